"""
What one source says of one alarm, and which of its words count.

An alarm remembers the newest failure and the newest recovery it was told of.
Which of both is newer decides, so that signals may come late, twice or in any
order and still end in the same state.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from contracts.outages import OutageKind

Level = Literal["down", "up", "unknown"]
AlarmKey = tuple[str, str]
"""A source and its own key of the alarm."""


class Verdict(StrEnum):
    """What became of a signal; the values are those of the metric's label."""

    ACCEPTED = "accepted"
    REPEAT = "repeat"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Word:
    """What fails and how, as somebody says it."""

    element: str | None = None
    lines: tuple[str, ...] = ()
    kind: OutageKind = "fault"
    voice_reachable: bool | None = None
    estimated_end: datetime | None = None
    note: str | None = None

    @property
    def places(self) -> frozenset[str]:
        """Return the element and the lines alike."""
        return frozenset((self.element, *self.lines) if self.element else self.lines)


@dataclass(frozen=True, slots=True)
class Signal:
    """One word of a source, ready to be weighed."""

    source: str
    alarm_id: str
    state: Level
    word: Word
    occurred_at: datetime
    heard_at: datetime
    timed: bool = True
    """False: the source gave no time, so `occurred_at` is when it arrived."""
    confirmed: bool = False
    message_id: str = ""

    @property
    def key(self) -> AlarmKey:
        """Return what tells its alarm from all others."""
        return self.source, self.alarm_id

    @property
    def is_down(self) -> bool:
        """Return whether it tells of a failure."""
        return self.state == "down"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one alarm; kept after its outage, to know repeats."""

    source: str
    alarm_id: str
    word: Word
    heard_at: datetime
    """When its present state was first heard; holds count from here."""
    confirmed_at: datetime
    """When its present state was last heard."""
    is_down: bool = False
    down_at: datetime | None = None
    """Start of the newest failure; a failure that is no newer is a repeat."""
    up_at: datetime | None = None
    unknown_at: datetime | None = None
    confirmed: bool = False
    outage_id: str | None = None
    """The open outage that it belongs to."""

    @property
    def key(self) -> AlarmKey:
        """Return what tells its alarm from all others."""
        return self.source, self.alarm_id

    @property
    def is_doubted(self) -> bool:
        """Return whether the source itself no longer knows since its last word."""
        known = [at for at in (self.down_at, self.up_at) if at]
        return self.unknown_at is not None and all(self.unknown_at > at for at in known)

    def dismissed(self) -> "Evidence":
        """Return it closed by a person: this failure never counts again."""
        return replace(self, is_down=False)

    def forgotten(self) -> "Evidence":
        """Return it as if never heard: the same failure may be told again."""
        return replace(self, is_down=False, down_at=None, up_at=None)


def weigh(known: Evidence | None, signal: Signal) -> tuple[Evidence | None, Verdict]:
    """Return what is known of the alarm after the signal, and what that one did."""
    if signal.state == "unknown":
        return known and _doubted(known, signal), Verdict.IGNORED
    if known is None:
        return _first(signal)
    if known.is_down == signal.is_down and _own(known, signal):
        return _again(known, signal)
    return _turned(known, signal)


def _first(signal: Signal) -> tuple[Evidence, Verdict]:
    blank = Evidence(
        signal.source,
        signal.alarm_id,
        signal.word,
        heard_at=signal.heard_at,
        confirmed_at=signal.heard_at,
    )
    verdict = Verdict.ACCEPTED if signal.is_down else Verdict.IGNORED
    return _taken(blank, signal, signal.occurred_at), verdict


def _again(known: Evidence, signal: Signal) -> tuple[Evidence, Verdict]:
    own = _own(known, signal)
    at = signal.occurred_at if signal.timed else own
    if own and at and at < own:
        return known, Verdict.OUT_OF_ORDER
    heard = replace(known, confirmed_at=signal.heard_at)
    if not signal.is_down:
        return replace(heard, up_at=at), Verdict.REPEAT
    confirmed = known.confirmed or signal.confirmed
    heard = replace(heard, down_at=at, word=signal.word, confirmed=confirmed)
    if signal.word == known.word and confirmed == known.confirmed:
        return heard, Verdict.REPEAT
    return heard, Verdict.ACCEPTED


def _turned(known: Evidence, signal: Signal) -> tuple[Evidence, Verdict]:
    own, other = _own(known, signal), _other(known, signal)
    if not signal.timed:
        arrival = max(at for at in (signal.occurred_at, own, other) if at)
        return _taken(known, signal, arrival), Verdict.ACCEPTED
    if own and signal.occurred_at <= own:
        return known, Verdict.LATE
    if other and signal.occurred_at < other:
        return known, Verdict.LATE
    return _taken(known, signal, signal.occurred_at), Verdict.ACCEPTED


def _taken(known: Evidence, signal: Signal, at: datetime) -> Evidence:
    return replace(
        known,
        down_at=at if signal.is_down else known.down_at,
        up_at=known.up_at if signal.is_down else at,
        is_down=signal.is_down,
        word=signal.word if signal.is_down else known.word,
        confirmed=signal.is_down and signal.confirmed,
        heard_at=signal.heard_at,
        confirmed_at=signal.heard_at,
    )


def _doubted(known: Evidence, signal: Signal) -> Evidence:
    newest = max(signal.occurred_at, known.unknown_at or signal.occurred_at)
    return replace(known, unknown_at=newest)


def _own(known: Evidence, signal: Signal) -> datetime | None:
    return known.down_at if signal.is_down else known.up_at


def _other(known: Evidence, signal: Signal) -> datetime | None:
    return known.up_at if signal.is_down else known.down_at
