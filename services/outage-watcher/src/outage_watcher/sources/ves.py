"""ONAP VES events, single, in a batch or as on the bus, and 3GPP notifications."""

import re
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Place, Rules
from outage_watcher.sources.said import Said, joined, unknown_type
from outage_watcher.sources.severities import Weight
from outage_watcher.sources.values import first, listing, mapping

RULES = Rules(element=("{element}", "{network_element}", "{source_name}"))
LISTENER_VERSION = re.compile(r"[4-7](\.\d+){0,2}")
OTHERS = frozenset(
    {"measurement", "measurementsForVfScaling", "mobileFlow", "notification", "other"}
    | {"perf3gpp", "pnfRegistration", "sipSignaling", "syslog", "voiceQuality"}
    | {"thresholdCrossingAlert", "thresholdCrossing"}
)
WHOLE = ("", "managedelement", "me", "mecontext", "networkelement", "ne", "node")
"""What the managed object is called when it is all of the element."""
DOMAINS = {
    name.casefold(): name
    for name in (*OTHERS, "fault", "heartbeat", "stateChange", "stndDefined")
}
STATES: dict[str, Level] = {"inservice": "up", "outofservice": "down"}


def read(body: Any, said: Said) -> None:
    """Read a message: `event`, `eventList`, a list, or an event as such."""
    if isinstance(body, list):
        return said.each(body, read)
    told = mapping(body)
    if isinstance(told.get("eventList"), list | dict):
        return said.each(listing(told["eventList"]), read)
    if isinstance(told.get("event"), dict):
        told = told["event"]
    if "notificationType" in told:
        return _notification(told, {}, said)
    header = mapping(told.get("commonEventHeader"))
    header = header | {"sourceName": first(header, "sourceName", "sourceId")}
    _check(header)
    domain = first(header, "domain")
    return _of_domain(DOMAINS.get(domain.casefold(), domain), told, header, said)


def _of_domain(
    domain: str, told: dict[str, Any], header: dict[str, Any], said: Said
) -> None:
    match domain:
        case "fault":
            _fault(mapping(told.get("faultFields")), header, said)
        case "stndDefined":
            if not first(header, "stndDefinedNamespace"):
                raise unknown_type("VES: stndDefined without a namespace")
            fields = mapping(told.get("stndDefinedFields"))
            _notification(mapping(fields.get("data")), header, said)
        case "heartbeat":
            said.heartbeat(alive=True)
        case "stateChange":
            _state_change(mapping(told.get("stateChangeFields")), header, said)
        case _ if domain in OTHERS:
            said.ignore(f"{domain}: no fault")
        case _:
            raise unknown_type(f"VES: the domain is {domain!r}")


def _check(header: dict[str, Any]) -> None:
    version = first(header, "vesEventListenerVersion")
    if version and not LISTENER_VERSION.fullmatch(version):
        raise unknown_type(f"VES: the listener version is {version!r}")
    for name in ("domain", "sourceName"):
        if not first(header, name):
            raise unknown_type(f"VES: the header has no {name}")


def _fault(fields: dict[str, Any], header: dict[str, Any], said: Said) -> None:
    weight = _weight(fields.get("eventSeverity"))
    condition = first(fields, "alarmCondition")
    if weight is None or not condition:
        raise unknown_type("VES: a fault has an alarmCondition and an eventSeverity.")
    state: Level = "up" if weight == "cleared" else "down"
    facts = _facts(fields, header)
    port = first(fields, "alarmInterfaceA")
    place = _place(facts, port, first(fields, "eventSourceType"), said.rules)
    if place is None and state == "down":
        why = "of a port of which nobody says the name"
        return said.unplaced(state, condition, why, weight=weight)
    began, last = _times(header)
    return said.tell(
        state,
        joined(first(header, "sourceName"), port, condition),
        facts,
        name=condition,
        weight=weight,
        place=place or Place(),
        occurred_at=last or began if state == "up" else began or last,
        **({"started_at": began} if state == "up" else {}),
    )


def _weight(severity: object) -> Weight | None:
    """Return what it says; here it is a word, and a number means nothing."""
    if severity is not None and not isinstance(severity, str):
        raise unknown_type("VES: a severity is a word")
    return severities.weigh(severity)


def _facts(fields: dict[str, Any], header: dict[str, Any]) -> dict[str, str]:
    more = (fields.get("alarmAdditionalInformation"), fields.get("additionalFields"))
    return values.facts(*more, header.get("internalHeaderFields"), fields, header)


def _place(
    facts: dict[str, str], port: str, of_type: str, rules: Rules
) -> Place | None:
    """Return what is named; a fault of a port is none of the whole element."""
    named = rules.find(facts)
    source = facts.get("sourcename", "")
    if named and named.element == source and rules.is_line(source):
        return rules.as_line(source)
    is_port = port or of_type.casefold() == "port"
    if named and named.element == source and is_port:
        return rules.as_line(joined(source, port)) if port else None
    return named


def _times(header: dict[str, Any]) -> tuple[Any, Any]:
    return (
        times.instant(header.get("startEpochMicrosec")),
        times.instant(header.get("lastEpochMicrosec")),
    )


def _state_change(fields: dict[str, Any], header: dict[str, Any], said: Said) -> None:
    new = first(fields, "newState")
    facts, port = _facts(fields, header), first(fields, "stateInterface")
    key = joined(first(header, "sourceName"), port, "stateChange")
    place = _place(facts, port, "", said.rules)
    began, last = _times(header)
    at = last or began
    if new.casefold() == "maintenance":
        return said.remark("maintenance_began", alarm_id=key, place=place, at=at)
    if not new:
        raise unknown_type("VES: a change of state without newState")
    state = STATES.get(new.casefold(), "unknown")
    if state == "up":  # from whatever it was: only work that runs is ended by it
        said.remark("maintenance_ended", alarm_id=key, place=place, at=at)
    return said.tell(state, key, facts, place=place, occurred_at=at)


def _notification(data: dict[str, Any], header: dict[str, Any], said: Said) -> None:
    """Read a notification of 3GPP TS 28.532, fault supervision."""
    kind = first(data, "notificationType").casefold()
    if kind == "notifyheartbeat":
        return said.heartbeat(alive=True)
    if kind in ("notifyalarmlistrebuilt", "notifypotentialfaultyalarmlist"):
        return said.remark("incomplete")
    alarm_id = first(data, "alarmId", "notificationId")
    if not kind.startswith("notify") or not alarm_id:
        raise unknown_type(f"3GPP: no alarm, notificationType {kind!r}")
    state: Level = "down"
    weight = _weight(data.get("perceivedSeverity"))
    if kind == "notifyclearedalarm" or weight == "cleared":
        state = "up"
    elif weight is None or "alarm" not in kind or kind == "notifychangedalarm":
        return said.ignore(f"{alarm_id}: {kind} says nothing of a state")
    facts = values.facts(data.get("additionalInformation"), data, header)
    place = _managed(first(data, "objectInstance", "systemDN"), facts, said.rules)
    name = first(data, "specificProblem", "probableCause")
    if place is None and state == "down":
        why = "of a part of an element, and of no line"
        return said.unplaced(state, name or alarm_id, why, weight=weight)
    return said.tell(
        state,
        joined(first(header, "sourceName"), alarm_id),
        facts,
        name=name,
        weight=weight,
        place=place or Place(),
        occurred_at=times.first(
            said.tz, data.get("alarmClearedTime") if state == "up" else None,
            data.get("eventTime"),
        ),
    )  # fmt: skip


def _managed(instance: str, facts: dict[str, str], rules: Rules) -> Place | None:
    """Return the line or element that is managed; a part of it is not all of it."""
    kind, _, name = instance.rsplit(",", 1)[-1].rpartition("=")
    is_whole = kind.strip().casefold() in WHOLE
    if is_whole and kind:
        facts["sourcename"] = name  # who tells it may be a manager of many
    elif is_whole:
        facts.setdefault("sourcename", name)
    source = facts.get("sourcename", "")
    if name and rules.is_line(name):
        return rules.as_line(name)
    place = rules.find(facts)
    is_part = not is_whole and name != source
    return None if is_part and place and place.element == source else place
