"""How a payload was read, in a form that people and programs can look at."""

from datetime import datetime
from typing import Any

from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.remark import Remark
from outage_watcher.sources.said import Said

MAX_SKEW_SECONDS = 60


def shown(said: Said) -> dict[str, list[Any]]:
    """Return what the dry run answers; without a time it is that of arrival."""
    beats = [signal for signal in said.signals if reading.is_heartbeat(signal)]
    return {
        "signals": [
            place
            for signal in said.signals
            if not reading.is_heartbeat(signal)
            for place in places(signal, _believed(signal, said.now))
        ],
        "heartbeats": [_beat(beat) for beat in beats],
        "quarantined": [
            {"code": each.code, "reason": each.reason} for each in said.quarantined
        ],
        "rejected": [
            {"code": each.code, "reason": each.reason} for each in said.rejected
        ],
    }


def in_full(said: Said) -> dict[str, list[Any]]:
    """Return it with remarks and with what was ignored, and why."""
    return shown(said) | {
        "remarks": [_remark(each) for each in said.remarks],
        "ignored": [{"reason": reason} for reason in said.ignored],
    }


def places(signal: NetworkSignal, at: datetime | None) -> list[dict[str, object]]:
    """Return a signal once for each place that it names."""
    said: dict[str, object] = {
        "state": signal.state,
        "alarm_id": signal.alarm_id,
        "occurred_at": at.isoformat() if at else None,
        "kind": signal.kind,
    }
    lines = [said | {"element": None, "line": line} for line in signal.lines]
    if signal.element or not lines:
        return [said | {"element": signal.element, "line": None}, *lines]
    return lines


def _believed(signal: NetworkSignal, now: datetime) -> datetime:
    at = signal.occurred_at
    if at is None or (at - now).total_seconds() > MAX_SKEW_SECONDS:
        return now
    return at


def _beat(beat: NetworkSignal) -> dict[str, object]:
    eye = beat.alarm_id.removeprefix(reading.HEARTBEAT).lstrip("/")
    told: dict[str, object] = {"source": beat.reported_by, "alive": beat.state == "up"}
    return told | ({"eye": eye} if eye else {})


def _remark(remark: Remark) -> dict[str, object]:
    return {
        "kind": remark.kind,
        "alarm_id": remark.alarm_id,
        "element": remark.element,
        "lines": list(remark.lines),
        "until": remark.until.isoformat() if remark.until else None,
    }
