"""TMF642 Alarm Management, versions 4 and 5: events, and alarms themselves."""

import re
from datetime import datetime
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Place, Rules, together
from outage_watcher.sources.said import Said, planned, unknown_type
from outage_watcher.sources.values import first, listing, mapping

RULES = Rules(
    element=(), place=("{alarmed_object}", "{affected_service}", "{managed_object}")
)
EVENT = re.compile(
    r"(?i)^(?:.*[./#])?alarm"
    r"(create|raise|attributevaluechange|change|statechange|delete|remove|clear)"
    r"\w*?(?:event|notification)?$"
)
TASK = re.compile(r"(?i)(ack|unack|clear|comment|group|ungroup)alarms?\w*(event|$)")
"""What people do to alarms; the alarm's own event tells what came of it."""
LINE_TYPES = re.compile(r"(?i)line|circuit|subscriber|\bont\b|\bcpe\b|access|port|uni")
SAME_AS = {"raise": "create", "remove": "delete"}
CLEARED, RAISED = ("cleared", "closed", "terminated"), ("raised", "updated", "active")


def read(body: Any, said: Said) -> None:
    """Read an event, an alarm, or a list of either."""
    if isinstance(body, list):
        return said.each(body, read)
    told = mapping(body)
    kind = first(told, "eventType", "@type", "type")
    if match := EVENT.match(kind.replace("_", "").replace("-", "")):
        word = match[1].casefold()
        word = SAME_AS.get(word, word)
        first_, *others = _alarms(told)
        said.each(others, lambda alarm, said: _event(word, alarm, told, said))
        return _event(word, first_, told, said)
    if TASK.search(kind):
        return said.ignore(f"{kind}: what people do to alarms")
    if first(told, "id", "externalAlarmId") and _is_alarm(told):
        return _alarm("create", told, told, said)
    raise unknown_type(f"No event of TMF642: eventType {kind!r}")


def _alarms(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the alarms of an event: one, or as some write it, a list of one."""
    found: list[dict[str, Any]] = []
    for event in listing(told.get("event")) or [{}]:
        inner = mapping(event)
        alarms = inner.get("alarm") or inner.get("resource") or inner
        found += map(mapping, listing(alarms or told.get("alarm")) or [{}])
    return found


def _is_alarm(told: dict[str, Any]) -> bool:
    return "perceivedSeverity" in told or first(told, "@type") == "Alarm"


def _event(kind: str, alarm: dict[str, Any], event: dict[str, Any], said: Said) -> None:
    if not _id(alarm):
        raise unknown_type("An event without the id of its alarm.")
    if kind == "delete":
        at = _when(said, alarm.get("alarmClearedTime"), *_event_times(event))
        return said.tell(
            "up", _id(alarm), {}, place=_place(alarm, said.rules) or Place(),
            occurred_at=at, deleted=True,
        )  # fmt: skip
    if kind == "clear":
        alarm = {"state": "cleared"} | alarm
    return _alarm(kind, alarm, event, said)


def _alarm(kind: str, alarm: dict[str, Any], event: dict[str, Any], said: Said) -> None:
    tz, alarm_id = said.tz, _id(alarm)
    if first(alarm, "ackState", "state").casefold() == "acknowledged":
        said.remark("acknowledged", alarm_id=alarm_id)
    state = _state(alarm)
    place = _place(alarm, said.rules)
    if state is None:
        return said.ignore(f"{alarm_id}: says nothing of a state")
    if (
        state == "down"
        and place is None
        and kind != "create"
        and not _says_raised(alarm)
    ):
        return said.ignore(
            f"{alarm_id}: a partial change, of what the event does not say"
        )
    if state == "up":
        at = times.first(
            tz, alarm.get("alarmClearedTime"), alarm.get("alarmChangedTime")
        )
    else:
        at = times.first(
            tz, alarm.get("alarmRaisedTime"), alarm.get("alarmReportingTime")
        )
    return said.tell(
        state,
        alarm_id,
        values.facts(alarm, alarm.get("characteristic"), _details(alarm)),
        name=first(alarm, "specificProblem", "probableCause") or alarm_id,
        weight=severities.weigh(alarm.get("perceivedSeverity"), severities.ITU),
        place=place,
        occurred_at=at or _when(said, *_event_times(event)),
        **_began(state, alarm, said),
        **planned(state == "down" and _is_planned(alarm)),
    )


def _began(state: Level, alarm: dict[str, Any], said: Said) -> dict[str, Any]:
    if state != "up":
        return {}
    return {"started_at": times.instant(alarm.get("alarmRaisedTime"), said.tz)}


def _state(alarm: dict[str, Any]) -> Level | None:
    """Return what the alarm says; a field that is missing says nothing."""
    weight = severities.weigh(alarm.get("perceivedSeverity"), severities.ITU)
    state = first(alarm, "state", "alarmState").casefold()
    if weight == "cleared" or state in CLEARED:
        return "up"
    ended = times.instant(alarm.get("alarmClearedTime"))
    if ended and state not in RAISED:
        return "up"
    if weight is None and not _says_raised(alarm):
        return None
    if values.is_false(alarm.get("serviceAffecting")) or weight == "lesser":
        return "unknown"
    return "down"


def _says_raised(alarm: dict[str, Any]) -> bool:
    return first(alarm, "state", "alarmState").casefold() in RAISED


def _is_planned(alarm: dict[str, Any]) -> bool:
    told = first(alarm, "plannedOutageIndicator", "plannedOutageIndication").casefold()
    return values.is_true(told) or "plan" in told.replace("unplanned", "")


def _place(alarm: dict[str, Any], rules: Rules) -> Place | None:
    details = values.facts(alarm.get("characteristic"), _details(alarm), alarm)
    if place := rules.find(details):
        return place
    objects = listing(alarm.get("alarmedObject")) or listing(
        alarm.get("affectedService")
    )
    kind = first(alarm, "alarmedObjectType")
    return together(*(_object(each, kind, rules) for each in objects))


def _object(told: Any, kind: str, rules: Rules) -> Place | None:
    """Return an alarmed object as the line or element that it is."""
    if isinstance(told, str):
        told = {"id": told}
    thing = mapping(mapping(told).get("entity")) or mapping(told)
    name = first(thing, "id", "name") or first(thing, "href").rsplit("/", 1)[-1]
    if not name:
        return None
    kind = first(thing, "@referredType", "type") or kind
    if rules.is_line(name) or LINE_TYPES.search(kind):
        return rules.as_line(name)
    return rules.called(name)


def _details(alarm: dict[str, Any]) -> Any:
    found = alarm.get("additionalInformation", alarm.get("alarmDetails"))
    return found if isinstance(found, dict | list) else None


def _id(alarm: dict[str, Any]) -> str:
    return first(alarm, "id", "alarmId", "externalAlarmId")


def _event_times(event: dict[str, Any]) -> list[object]:
    return [event.get(name) for name in ("timeOcurred", "timeOccurred", "eventTime")]


def _when(said: Said, *told: object) -> datetime | None:
    return times.first(said.tz, *told)
