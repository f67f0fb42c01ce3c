"""Syslog lines as JSON: what napalm-logs makes of them, and lines as they are."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.domain.remark import RemarkKind
from outage_watcher.sources import times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, joined, planned, unknown_type
from outage_watcher.sources.syslog_lines import ADMIN, Line, Link, link_in, parsed
from outage_watcher.sources.values import first, mapping

RULES = Rules(line=(*Rules().line, "{host}/{interface}"), element=())
REMARKS: dict[str, RemarkKind] = {
    "MAINTENANCE_MODE_STARTED": "maintenance_began",
    "MAINTENANCE_MODE_ENDED": "maintenance_ended",
}
ALARMS: dict[str, Level] = {
    "MAJOR_ALARM_SET": "down",
    "MAJOR_ALARM_CLEARED": "up",
    "CRITICAL_ALARM_SET": "down",
    "CRITICAL_ALARM_CLEARED": "up",
}
LINKS: dict[str, Level] = {"INTERFACE_DOWN": "down", "INTERFACE_UP": "up"}
UNREAD = ("RAW", "UNKNOWN")
"""How napalm-logs calls what it could not understand: the line itself counts."""
HOSTS = ("host", "hostname", "fromhost", "HOSTNAME", "HOST", "_HOSTNAME", "source",
         "device", "sender", "host_name", "logsource", "fromhost-ip", "source_ip",
         "ip")  # fmt: skip
MESSAGES = ("message", "msg", "MESSAGE", "@message", "log", "short_message", "text",
            "body", "raw", "rawmsg", "line", "event", "event.original",
            "event.message")  # fmt: skip
TIMES = ("timestamp", "@timestamp", "time", "timereported", "eventtime", "isodate",
         "ISODATE", "R_ISODATE", "__REALTIME_TIMESTAMP", "date", "timegenerated",
         "received_at")  # fmt: skip
ORIGINS = ("log.syslog.hostname", "observer.hostname", "observer.name", "observer.ip")
"""Where the Elastic schema names who wrote the line."""
COLLECTORS = ("log.source.address", "log.source.ip", "host.name", "host.hostname")
"""Where it may stand too, if the line itself names nobody."""
DEEPEST = 4
_ALARM = re.compile(r"(?i)\b(?:major|critical) alarm (set|cleared), *(.+)")
_PORT_IN_ALARM = re.compile(r"\b((?:[a-z]{2,3}-\d+/\d+/\d+|[a-z]{2}\d+)(?:\.\d+)?)\b")


def read(body: Any, said: Said) -> None:
    """Read an event, a line, or a list of either."""
    if isinstance(body, list):
        return said.each(_records(body), read)
    if isinstance(body, str):
        return _line({}, body, said)
    told = dict(_flat(mapping(body)))
    if isinstance(body, dict):
        told |= body
    error = first(told, "error")
    details = mapping(told.get("message_details"))
    if error and error not in UNREAD and ("yang_message" in told or details):
        return _napalm(error, told, details, said)
    message = first(told, *MESSAGES) or first(details, "message")
    if not message:
        raise unknown_type("No line of syslog: there is no message.")
    return _line(told | {"host": first(told, *ORIGINS, *HOSTS)}, message, said)


def _records(told: list[Any]) -> list[Any]:
    """Return what a list holds; Fluentd puts tag and time before each record."""
    inner = [each for each in told if isinstance(each, dict)]
    times_ = [each for each in told if isinstance(each, int | float)]
    return [{"date": times_[0]} | inner[0]] if times_ and len(inner) == 1 else told


def _flat(told: dict[str, Any], above: str = "", depth: int = 0) -> Iterator[Any]:
    """Return the fields inside of objects, under names with dots."""
    for name, value in told.items():
        if isinstance(value, dict) and depth < DEEPEST:
            yield from _flat(value, f"{above}{name}.", depth + 1)
        elif above:
            yield above + name, value


def _napalm(
    error: str, told: dict[str, Any], details: dict[str, Any], said: Said
) -> None:
    host = first(told, "host") or first(details, "host") or first(told, "ip")
    at = times.instant(told.get("timestamp"), said.tz)
    text = first(details, "message")
    if error in REMARKS:
        return said.remark(REMARKS[error], place=said.rules.called(host), at=at)
    if error == "AGENT_INITIALIZED":
        return said.remark("restarted", alarm_id=f"{host}/", at=at)
    if error in ALARMS:
        return _alarm(ALARMS[error], host, text, at, said)
    state = LINKS.get(error)
    if state is None:
        return said.ignore(f"{error}: no state of an interface")
    tree = mapping(mapping(told.get("yang_message")).get("interfaces"))
    ports = mapping(tree.get("interface"))
    if not ports:
        raise unknown_type(f"{error} of {host} names no interface")
    for port, inside in ports.items():
        status = values.facts(mapping(mapping(inside).get("state")))
        is_off = bool(ADMIN.search(text)) or (not text and "adminstatus" in status)
        link = Link(port, state, is_off=is_off)
        _tell(link, host, at, said, {"os": first(told, "os")})
    return None


def _alarm(state: Level, host: str, text: str, at: datetime | None, said: Said) -> None:
    """Tell an alarm of a chassis where it names a port; the chassis is up."""
    what = re.sub(r"(?i)^(?:major|critical) alarm (?:set|cleared), *", "", text)
    found = _PORT_IN_ALARM.search(what)
    if not found:
        return said.unplaced(state, what[:200], f"an alarm of the chassis {host}")
    facts = values.facts({"host": host, "interface": found[1]})
    return said.tell(
        state, joined(host, what), facts, name=what, occurred_at=at, evidence="edge"
    )


def _line(told: dict[str, Any], message: str, said: Said) -> None:
    line = parsed(message, said.now, said.tz)
    host = first(told, "host") or line.host or values.host(first(told, *COLLECTORS))
    if host and (alarm := _ALARM.search(line.text)):
        state: Level = "down" if alarm[1].casefold() == "set" else "up"
        return _alarm(state, host, alarm[2], _when(told, line, said), said)
    link = link_in(line.text)
    if link is None:
        return said.ignore(f"{host}: no change of an interface")
    if not host:
        raise unknown_type("A line of syslog without a host.")
    at = _when(told, line, said)
    return _tell(link, host, at, said, values.facts(told))


def _when(told: dict[str, Any], line: Line, said: Said) -> datetime | None:
    """Return the time of the line itself, unless its clock is not set."""
    if line.at or line.is_unset:
        return line.at
    found = [told.get(name) for name in TIMES]
    at = times.first(said.tz, *found)
    of_year = (
        times.of_this_year(values.text(each), said.now, said.tz) for each in found
    )
    return at or next((each for each in of_year if each), None)


def _tell(
    link: Link, host: str, at: datetime | None, said: Said, more: dict[str, str]
) -> None:
    told = {"host": host, "interface": link.port, "description": link.description}
    facts = {**more, **values.facts(told)}
    facts.pop("line", None)  # in a log it is the text, and no place
    rules = said.rules
    names = (name for name in (link.description, link.port) if rules.is_line(name))
    place = next((rules.as_line(name) for name in names), None)
    parts = ["protocol" if link.is_protocol else ""]
    if link.is_protocol and link.state == "up":
        parts.append("")  # the hardware that it runs over
    for part in parts:
        said.tell(
            link.state,
            joined(host, link.port, part),
            facts,
            name=link.port,
            place=place,
            occurred_at=at,
            evidence="edge",
            **planned(link.is_off and link.state == "down"),
        )
