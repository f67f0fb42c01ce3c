"""Icinga 2: objects of its event stream, of its API, and notifications."""

from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.domain.remark import RemarkKind
from outage_watcher.sources import plugins, times, values
from outage_watcher.sources.plugins import Checked
from outage_watcher.sources.said import Said, unknown_type
from outage_watcher.sources.values import first, listing, mapping

RULES = plugins.RULES
CHECKED_OK, CHECKED_WARNING = "0", "1"
HARD = "1"
DOWNTIMES: dict[str, RemarkKind] = {
    "DowntimeStarted": "maintenance_began",
    "DowntimeTriggered": "maintenance_began",
    "DowntimeRemoved": "maintenance_ended",
    "DowntimeEnded": "maintenance_ended",
}
OTHERS = frozenset(
    {"CommentAdded", "CommentRemoved", "DowntimeAdded", "ObjectCreated"}
    | {"ObjectModified"}
)
"""Event types that say nothing of a state."""


def read(body: Any, said: Said) -> None:
    """Read an event, a list of them, or a list of objects from the API."""
    if isinstance(body, list):
        return said.each(body, read)
    told = mapping(body)
    results = told.get("results")
    if isinstance(results, list | dict):
        return said.each(listing(results), _object)
    kind = values.text(told.get("type"))
    if reader := READERS.get(kind):
        return reader(told, said)
    if kind in OTHERS:
        return said.ignore(f"{kind}: says nothing of a state")
    if kind in DOWNTIMES:
        return _downtime(told, DOWNTIMES[kind], said)
    return plugins.read(body, said)  # what a notification script sends


def _check_result(told: dict[str, Any], said: Said) -> None:
    result = mapping(told.get("check_result"))
    after = mapping(result.get("vars_after"))
    state = values.text(result.get("state"))
    _told(told, state, values.text(after.get("state_type")), said, is_check=True)


def _state_change(told: dict[str, Any], said: Said) -> None:
    state, hard = values.text(told.get("state")), values.text(told.get("state_type"))
    _told(told, state, hard, said)


def _told(
    told: dict[str, Any], state: str, state_type: str, said: Said, *,
    is_check: bool = False, **more: Any,
) -> None:  # fmt: skip
    checked = _checked(told)
    if not state:
        raise unknown_type(f"{checked.alarm_id}: no state is told")
    level = _level(state, is_service=bool(checked.service), is_check=is_check)
    is_hard = state_type.casefold() in (HARD, "hard")
    if level == "down" and not is_hard:
        level = "unknown"  # soft: it is still being tried again
    depth = values.text(told.get("downtime_depth")) or "0"
    at = times.first(said.tz, told.get("timestamp"), told.get("last_state_change"))
    plugins.tell(checked, level, said, is_planned=depth != "0", at=at, **more)


def _level(state: str, *, is_service: bool, is_check: bool) -> Level:
    """Return what it means; the check of a host has the states of a service."""
    if is_check and not is_service:
        return "up" if state in (CHECKED_OK, CHECKED_WARNING) else "down"
    states = plugins.SERVICE_STATES if is_service else plugins.HOST_STATES
    return states.get(state.casefold(), "unknown")


def _notification(told: dict[str, Any], said: Said) -> None:
    checked = _checked(told)
    kind = values.key(values.text(told.get("notification_type")))
    at = times.instant(told.get("timestamp"), said.tz)
    if remark := plugins.REMARKS.get(kind):
        said.remark(
            remark, alarm_id=checked.alarm_id, place=checked.place(said.rules), at=at
        )
    elif kind == "problem":
        result = mapping(told.get("check_result"))
        state = values.text(result.get("state")) or values.text(told.get("state"))
        level: Level = "down"
        if checked.service and state:
            level = plugins.SERVICE_STATES.get(state.casefold(), "unknown")
        plugins.tell(checked, level, said, at=at)
    elif kind == "recovery":
        plugins.tell(checked, "up", said, at=at)
    else:
        said.ignore(f"Notification {kind}: says nothing of a state")


def _acknowledgement(told: dict[str, Any], said: Said) -> None:
    checked = _checked(told)
    was_set = told.get("type") == "AcknowledgementSet"
    said.remark(
        "acknowledged" if was_set else "unacknowledged",
        alarm_id=checked.alarm_id,
        place=checked.place(said.rules),
        at=times.instant(told.get("timestamp"), said.tz),
    )


def _flapping(told: dict[str, Any], said: Said) -> None:
    checked = _checked(told)
    flaps = values.is_true(told.get("is_flapping"))
    said.remark(
        "flapping_began" if flaps else "flapping_ended",
        alarm_id=checked.alarm_id,
        place=checked.place(said.rules),
        at=times.instant(told.get("timestamp"), said.tz),
    )


def _downtime(told: dict[str, Any], kind: RemarkKind, said: Said) -> None:
    downtime = mapping(told.get("downtime"))
    checked = _checked(downtime | told)
    tz = said.tz
    said.remark(
        kind,
        alarm_id=checked.alarm_id,
        place=checked.place(said.rules),
        at=times.instant(told.get("timestamp"), tz),
        until=times.instant(downtime.get("end_time"), tz),
        work=first(downtime, "__name", "name"),
    )


def _deleted(told: dict[str, Any], said: Said) -> None:
    kind, name = first(told, "object_type"), first(told, "object_name")
    if kind not in ("Host", "Service") or not name:
        return said.ignore("ObjectDeleted: no host and no service")
    host, _, service = name.partition("!")
    at = times.instant(told.get("timestamp"), said.tz)
    return plugins.tell(Checked(host, service), "up", said, at=at, deleted=True)


def _object(told: Any, said: Said) -> None:
    attrs = mapping(mapping(told).get("attrs"))
    kind = values.text(mapping(told).get("type"))
    if kind not in ("Host", "Service") or not attrs:
        raise unknown_type("No host or service of the API.")
    name = first(attrs, "__name") or first(told, "name")
    host, _, service = name.partition("!")
    named = {"host": first(attrs, "host_name") or host} if kind == "Service" else {}
    whole = attrs | {"host": host} | named | mapping(attrs.get("vars"))
    whole |= {"service": service} if kind == "Service" else {}
    whole["timestamp"] = attrs.get("last_hard_state_change")
    state = values.text(attrs.get("state"))
    hard = values.text(attrs.get("state_type"))
    flapping = _flaps(attrs.get("flapping"))
    _told(whole, state, hard, said, evidence="snapshot", flapping=flapping)


def _flaps(told: Any) -> bool | None:
    """Return whether a list says that it flaps; older ones say nothing of it."""
    return values.is_true(told) if values.text(told) else None


def _checked(told: dict[str, Any]) -> Checked:
    host = first(told, "host", "host_name")
    if not host:
        raise unknown_type("An event without a host.")
    return Checked(host, first(told, "service", "service_name"), values.facts(told))


READERS = {
    "Host": _object,
    "Service": _object,
    "CheckResult": _check_result,
    "StateChange": _state_change,
    "Notification": _notification,
    "AcknowledgementSet": _acknowledgement,
    "AcknowledgementCleared": _acknowledgement,
    "Flapping": _flapping,
    "ObjectDeleted": _deleted,
}
