"""Zabbix: webhook media type, real-time export, and answers of its API."""

import re
from typing import Any

from pydantic_core import from_json

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Place, Rules, filled
from outage_watcher.sources.said import Said, planned, unknown_type
from outage_watcher.sources.values import Facts, first, listing, mapping

RULES = Rules(element=("{element}", "{network_element}", "{access_node}", "{node}"))
STATES: dict[str, Level] = {
    "1": "down",
    "0": "up",
    "problem": "down",
    "resolved": "up",
    "ok": "up",
    "recovery": "up",
}
OF_TRIGGERS = ("", "0", "4")
"""Sources of events that tell of what is watched: triggers and services."""
WHOLE_HOST = re.compile(r"(?i)unavailable|unreachable|not reachable|\bdown\b|offline")
PART = re.compile(
    r"(?i)\b(?:interface|port|link|line|leitung|peer|neighbou?r|session|bgp|ospf|tunnel"
    r"|vpn|fan|power|psu|temperature|sensor|battery|slot|card|module|disk|storage|raid"
    r"|memory|cpu|process|service|agent)s?\b"
)
"""What fails without its host, in the words of Zabbix' own templates."""


def read(body: Any, said: Said) -> None:
    """Read one event, a list of them, or an answer of the API."""
    if isinstance(body, list):
        return said.each(body, read)
    told = mapping(body)
    if isinstance(told.get("result"), list):
        return _history(told["result"], said)
    if {"eventid", "clock", "value"} <= told.keys():
        return _exported(told, said)
    if "itemid" in told:
        return said.ignore("a value of an item, and no event")
    return _webhook(told, said)


def _exported(told: dict[str, Any], said: Said) -> None:
    state = STATES.get(values.text(told.get("value")))
    event = first(told, "p_eventid", "eventid")
    if state is None or not event:
        raise unknown_type("An exported event has a value of 0 or 1 and an id.")
    if state == "up" and not first(told, "p_eventid"):
        return said.ignore(f"{event}: a recovery that names no problem")
    return _tell(state, event, told, _clock(told), said)


def _history(events: list[Any], said: Said) -> None:
    """Read what the API tells: a problem that has a recovery is over."""
    known = [mapping(event) for event in events]
    problems = {
        recovery: first(event, "eventid")
        for event in known
        if (recovery := first(event, "r_eventid")) not in ("", "0")
    }
    for event in known:
        own, state = first(event, "eventid"), STATES.get(first(event, "value") or "1")
        recovery = first(event, "r_eventid") or "0"
        if not own:
            said.reject(unknown_type("An event without an id."), event)
        elif state == "up" and own in problems:
            _tell("up", problems[own], event, _clock(event), said, snapshot=True)
        elif recovery != "0" or state == "up":
            said.ignore(f"{own}: already over")
        else:
            _tell("down", own, event, _clock(event), said, snapshot=True)


def _webhook(told: dict[str, Any], said: Said) -> None:
    told = {values.key(name): value for name, value in told.items()}
    event = first(told, "eventid", "problemid", "peventid")
    if first(told, "eventsource") not in OF_TRIGGERS:
        return said.ignore(f"{event}: an event of discovery or of Zabbix itself")
    state = STATES.get(
        first(told, "eventvalue", "value", "triggervalue", "eventstatus", "status",
              "triggerstatus").casefold()
    )  # fmt: skip
    if state is None or not event:
        raise unknown_type("No event of Zabbix: its id or its value is missing.")
    tz = said.tz
    action = first(told, "eventupdateaction").casefold()
    if "acknowledged" in action:
        undone = action.startswith("unack")
        said.remark("unacknowledged" if undone else "acknowledged", alarm_id=event)
    names = ("eventrecovery", "event") if state == "up" else ("event",)
    found = (
        times.first(
            tz, f"{first(told, name + 'date')} {first(told, name + 'time')}",
            first(told, name + "timestamp"),
        )
        for name in names
    )  # fmt: skip
    at = next((each for each in found if each), None)
    if state == "up" and at and not first(told, "eventrecoverydate"):
        at = None  # the only time is that of the problem
    return _tell(state, event, told, at, said)


def _tell(
    state: Level, event: str, told: dict[str, Any], at: Any, said: Said, *,
    snapshot: bool = False,
) -> None:  # fmt: skip
    facts = _facts(told)
    severity = first(told, "severity", "eventnseverity", "nseverity", "eventseverity")
    said.tell(
        state,
        event,
        facts,
        name=first(told, "name", "eventname", "triggername", "alertsubject"),
        weight=severities.weigh(severity, severities.ZABBIX),
        place=_place(facts, said.rules),
        occurred_at=at,
        **planned(state == "down" and values.is_true(told.get("suppressed"))),
        **({"evidence": "snapshot"} if snapshot else {}),
    )


def _place(facts: Facts, rules: Rules) -> Place | None:
    """Return what the tags name; the host only when it is all of it that fails."""
    if place := rules.find(facts):
        return place
    host = filled(("{host_host}", "{host_name}", "{host}"), facts)
    if not host:
        return None
    if rules.is_line(host):
        return rules.as_line(host)
    name = filled(("{event_name}", "{name}"), facts)
    is_part = facts.get("interface") or PART.search(
        f"{name} {facts.get('component', '')}"
    )
    is_whole = facts.get("scope") == "availability" or WHOLE_HOST.search(name)
    return rules.called(host) if is_whole and not is_part else None


def _facts(told: dict[str, Any]) -> dict[str, str]:
    tags = next(
        (t for n in ("tags", "eventtags", "eventtagsjson") if (t := told.get(n))), None
    )
    if isinstance(tags, str):
        tags = _tags_in(tags)
    if isinstance(tags, list):
        tags = [_pair(each) if isinstance(each, str) else each for each in tags]
    hosts = [each if isinstance(each, dict) else {"host": each}
             for each in listing(told.get("hosts"))]  # fmt: skip
    host = mapping(hosts[0]) if len(hosts) == 1 else {}
    named = {"host_host": host.get("host"), "host_name": host.get("name")}
    return values.facts(tags, named, told)


def _tags_in(tags: str) -> Any:
    """Return the tags in a text: JSON, or `name:value` with commas."""
    try:
        return from_json(tags)
    except ValueError:
        return tags.split(",")


def _pair(tag: str) -> dict[str, str]:
    name, _, value = tag.partition(":" if ":" in tag else "=")
    return {"tag": name.strip(), "value": value}


def _clock(told: dict[str, Any]) -> Any:
    seconds = values.text(told.get("clock"))
    nanoseconds = values.number(told.get("ns"))
    if seconds.isdecimal() and nanoseconds is not None:
        return times.instant(f"{seconds}.{nanoseconds:09}")
    return times.instant(seconds)
