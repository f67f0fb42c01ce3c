"""What arrives, made plain: one form of time and place, whatever the source sends."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from chassis.errors import Rejected
from contracts.event import is_meant
from contracts.signals import NetworkSignal
from outage_watcher.domain.evidence import Signal, Word
from outage_watcher.domain.policy import Policy

HEARTBEAT = "heartbeat"
"""
The alarm id of a source's sign of life: up = alive, down = it no longer sees.

With `/` and a name behind it, it is one of the source's eyes, such as an exporter:
the source is blind from its `down` until its `up`, whatever else beats meanwhile.
"""
TIMES = ("occurred_at", "estimated_end", "started_at")
LONGEST_PLACE = 255
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unmapped(Rejected):
    """A failure that names no place: nobody can be protected by it."""

    def __init__(self) -> None:
        super().__init__("no_place", "A failure must name an element or lines.")


def read(item: object) -> NetworkSignal:
    """Return the signal that a decoded JSON value holds; raises Rejected."""
    if not isinstance(item, dict):
        raise Rejected("invalid", "A signal is a JSON object.")
    item = {name: value for name, value in item.items() if value not in (None, "")}
    try:
        signal = NetworkSignal.model_validate(
            item | _alarm(item) | _words(item) | _times(item)
        )
        return _checked(signal)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = first["msg"].replace("tuple", "list")
        raise Rejected("invalid", f"{where}: {what}"[:500]) from None
    except (OverflowError, OSError, ValueError) as error:
        raise Rejected("invalid", f"time: {error}"[:500]) from None


def is_heartbeat(signal: NetworkSignal) -> bool:
    """Return whether it tells of its source and not of a place."""
    return signal.alarm_id == HEARTBEAT or signal.alarm_id.startswith(f"{HEARTBEAT}/")


def eye_of(signal: NetworkSignal) -> str:
    """Return the name of the eye of which a heartbeat tells, else nothing."""
    return signal.alarm_id.removeprefix(HEARTBEAT).removeprefix("/")


def plain(
    event: NetworkSignal,
    *,
    now: datetime,
    sent_at: datetime,
    message_id: str,
    policy: Policy,
) -> Signal:
    """Return the signal as the machine takes it; a time in the future is not taken."""
    holds = policy.of(event.reported_by)
    latest = now + holds.max_future_skew
    believed = _believed(event.occurred_at, latest)
    began = believed or min(sent_at, now)
    # A list that shows a place as up has looked at it.
    lists_up = event.evidence == "snapshot" and event.state == "up"
    age = holds.max_age if holds.asked else holds.most_age
    may_be_over = event.state == "down" and event.evidence != "snapshot"
    return Signal(
        source=event.reported_by,
        alarm_id=event.alarm_id,
        state=event.state,
        word=word(event),
        occurred_at=began,
        heard_at=now,
        timed=believed is not None,
        confirmed=event.confirmed or lists_up,
        message_id=message_id,
        manner=event.evidence,
        started_at=_believed(event.started_at, latest),
        aged=may_be_over and began < now - age,
        flapping=event.flapping,
    )


def _believed(at: datetime | None, latest: datetime) -> datetime | None:
    return at if at and at <= latest else None


def word(event: NetworkSignal) -> Word:
    """Return what a signal says of the failure."""
    return Word(
        event.element,
        event.lines,
        event.kind,
        event.voice_reachable,
        event.estimated_end,
        event.note,
    )


def _checked(signal: NetworkSignal) -> NetworkSignal:
    lines = tuple(sorted({line.strip() for line in signal.lines if line.strip()}))
    element = (signal.element or "").strip() or None
    texts = (signal.reported_by, signal.alarm_id, element, signal.note, *lines)
    if any("\x00" in text for text in texts if text):
        raise Rejected("invalid", "A text holds a NUL character.")
    if any(len(line) > LONGEST_PLACE for line in lines):
        raise Rejected("invalid", f"lines: longer than {LONGEST_PLACE} characters")
    if signal.state == "down" and not (lines or element or is_heartbeat(signal)):
        raise Unmapped
    found = {name: instant(getattr(signal, name)) for name in TIMES}
    return signal.model_copy(update={"lines": lines, "element": element} | found)


def instant(at: datetime | None) -> datetime | None:
    """Return it in UTC; without a zone it is UTC. None for what says: not known."""
    if at is None or not is_meant(at):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return None if at == EPOCH else at


def _alarm(item: dict[str, Any]) -> dict[str, str]:
    """Return the alarm's id as text where it is a number, as many systems count."""
    said = item.get("alarm_id")
    return {"alarm_id": str(said)} if type(said) is int else {}


def _words(item: dict[str, Any]) -> dict[str, str]:
    """Return words of ours in small letters, however they are written."""
    said = {name: item.get(name) for name in ("state", "kind", "evidence")}
    return {n: s.strip().casefold() for n, s in said.items() if isinstance(s, str)}


def _times(item: dict[str, Any]) -> dict[str, datetime]:
    """Return the times that are numbers, in s, ms, µs or ns by their magnitude."""
    return {
        name: EPOCH + timedelta(seconds=seconds)
        for name in TIMES
        if (seconds := _seconds(item.get(name))) is not None
    }


def _seconds(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
    if number is None or isinstance(value, bool) or not math.isfinite(number):
        return None
    for limit, unit in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6)):
        if abs(number) < limit:
            return number / unit
    return number / 1e9
