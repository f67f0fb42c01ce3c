"""
What one source says of one alarm, and which of its words count.

An alarm remembers the newest failure and the newest recovery it was told of.
Which of both is newer decides, so that signals may come late, twice or in any
order and still end in the same state. Their order is that of the failure's start,
then of the time it happened, then of arrival.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from contracts.outages import OutageKind, takes_voice

Level = Literal["down", "up", "unknown"]
Manner = Literal["level", "edge", "snapshot"]
AlarmKey = tuple[str, str]
"""A source and its own key of the alarm."""
CONFIRMING_REPEAT = timedelta(seconds=60)
"""Who says the same again after this time means it now."""


class Verdict(StrEnum):
    """What became of a signal; the values are those of the metric's label."""

    ACCEPTED = "accepted"
    REPEAT = "repeat"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    HELD = "held"


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

    @property
    def takes_voice(self) -> bool:
        """Return whether calls no longer arrive, as readers take it."""
        return takes_voice(self.kind, self.voice_reachable)

    @property
    def is_fault(self) -> bool:
        """Return whether an element above may be to blame for lost calls."""
        return self.takes_voice and self.kind != "planned"

    def of_kind(self, kind: OutageKind) -> "Word":
        """Return it as of that kind; what leaves calls alone still does."""
        if kind == self.kind:
            return self
        reachable = self.voice_reachable if self.takes_voice else True
        return replace(self, kind=kind, voice_reachable=reachable)


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
    """A failure that needs no hold; a recovery that needs no other proof."""
    message_id: str = ""
    manner: Manner = "level"
    started_at: datetime | None = None
    """Of a recovery: when the failure began that it ends."""
    aged: bool = False
    """The failure began so long ago that it may be over."""
    flapping: bool | None = None
    seen_since: datetime | None = None
    """When its hold began, where that is known otherwise."""

    @property
    def key(self) -> AlarmKey:
        """Return what tells its alarm from all others."""
        return self.source, self.alarm_id

    @property
    def is_down(self) -> bool:
        """Return whether it tells of a failure."""
        return self.state == "down"

    @property
    def held_from(self) -> datetime:
        """Return when its hold began: who sees levels also sees how long it lasts."""
        if self.seen_since:
            return self.seen_since
        if self.timed and self.manner != "edge" and not self.aged:
            return min(self.occurred_at, self.heard_at)
        return self.heard_at


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one alarm; kept after its outage, to know repeats."""

    source: str
    alarm_id: str
    word: Word
    heard_at: datetime
    """When its present state was first heard."""
    confirmed_at: datetime
    """When its present state was last heard."""
    held_from: datetime
    """From when its hold counts."""
    is_down: bool = False
    down_at: datetime | None = None
    """Start of the newest failure; a failure that is no newer is a repeat."""
    up_at: datetime | None = None
    unknown_at: datetime | None = None
    confirmed: bool = False
    """The failure needs no hold, or the recovery is proved."""
    aged: bool = False
    """It waits for somebody to say it again: it began too long ago."""
    absent: int = 0
    """In so many answers in a row its source no longer listed it."""
    flapping: bool = False
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

    @property
    def is_cleared(self) -> bool:
        """Return whether its source, and not a person, ended the newest failure."""
        return bool(self.up_at and (not self.down_at or self.up_at >= self.down_at))

    def dismissed(self) -> "Evidence":
        """Return it closed by a person: this failure never counts again."""
        # A recovery at the very time of the failure came before it, and ended another.
        up_at = None if self.up_at == self.down_at else self.up_at
        return replace(self, is_down=False, up_at=up_at)

    def forgotten(self) -> "Evidence":
        """Return it as if never heard: the same failure may be told again."""
        return replace(self, is_down=False, down_at=None, up_at=None)

    def doubted(self, at: datetime) -> "Evidence":
        """Return it in doubt: its source forgot what it said before."""
        return replace(self, unknown_at=at)


def weigh(known: Evidence | None, signal: Signal) -> tuple[Evidence | None, Verdict]:
    """Return what is known of the alarm after the signal, and what that one did."""
    if signal.state == "unknown":
        return known and _doubted(known, signal), Verdict.IGNORED
    if known is None:
        return _first(signal)
    if _is_of_an_older_failure(known, signal):
        return known, Verdict.LATE
    if known.is_down == signal.is_down and _own(known, signal):
        after, verdict = _again(known, signal)
    else:
        after, verdict = _turned(known, signal)
    if signal.flapping is not None:
        after = replace(after, flapping=signal.flapping)
    return after, verdict


def _is_of_an_older_failure(known: Evidence, signal: Signal) -> bool:
    began = signal.started_at
    return bool(
        not signal.is_down and began and known.down_at and began < known.down_at
    )


def _first(signal: Signal) -> tuple[Evidence, Verdict]:
    blank = Evidence(
        signal.source,
        signal.alarm_id,
        signal.word,
        heard_at=signal.heard_at,
        confirmed_at=signal.heard_at,
        held_from=signal.held_from,
        flapping=bool(signal.flapping),
    )
    verdict = Verdict.ACCEPTED if signal.is_down else Verdict.IGNORED
    if signal.is_down and signal.aged:
        verdict = Verdict.HELD
    return _taken(blank, signal, signal.occurred_at), verdict


def _again(known: Evidence, signal: Signal) -> tuple[Evidence, Verdict]:
    own = _own(known, signal)
    at = signal.occurred_at if signal.timed else own
    if own and at and at < own:
        if not _is_listed_since(known, signal):
            return known, Verdict.OUT_OF_ORDER
        at = own
    heard = replace(known, confirmed_at=signal.heard_at)
    confirmed = known.confirmed or signal.confirmed
    if not signal.is_down:
        return replace(heard, up_at=at, confirmed=confirmed), Verdict.REPEAT
    aged = known.aged and not _means_now(known, signal)
    heard = replace(
        heard,
        down_at=at,
        word=signal.word,
        confirmed=confirmed,
        aged=aged,
        absent=0,
    )
    same = (known.word, known.confirmed, known.aged) == (signal.word, confirmed, aged)
    return heard, Verdict.REPEAT if same else Verdict.ACCEPTED


def _is_listed_since(known: Evidence, signal: Signal) -> bool:
    """Return whether a list has it after it was heard; it may date it otherwise."""
    return signal.manner == "snapshot" and signal.heard_at >= known.heard_at


def _means_now(known: Evidence, signal: Signal) -> bool:
    waited = signal.heard_at - known.heard_at
    return signal.manner == "snapshot" or waited >= CONFIRMING_REPEAT


def _turned(known: Evidence, signal: Signal) -> tuple[Evidence, Verdict]:
    own, other = _own(known, signal), _other(known, signal)
    if not signal.timed:
        arrival = max(at for at in (signal.occurred_at, own, other) if at)
        return _taken(known, signal, arrival), Verdict.ACCEPTED
    if _is_late(signal, own, other):
        return known, Verdict.LATE
    held = signal.is_down and signal.aged
    verdict = Verdict.HELD if held else Verdict.ACCEPTED
    return _taken(known, signal, signal.occurred_at), verdict


def _is_late(signal: Signal, own: datetime | None, other: datetime | None) -> bool:
    """
    Return whether its turn is one that was heard before, or is over by now.

    Turns at one time go by arrival, since their repeats are known by their ids; a list,
    though, says again what was.
    """
    at = signal.occurred_at
    if own and at == own:
        return other != own or signal.manner == "snapshot"
    return any(at < known for known in (own, other) if known)


def _taken(known: Evidence, signal: Signal, at: datetime) -> Evidence:
    return replace(
        known,
        down_at=at if signal.is_down else known.down_at,
        up_at=known.up_at if signal.is_down else at,
        is_down=signal.is_down,
        word=signal.word if signal.is_down else known.word,
        confirmed=signal.confirmed,
        aged=signal.is_down and signal.aged,
        absent=0,
        heard_at=signal.heard_at,
        confirmed_at=signal.heard_at,
        held_from=signal.held_from,
    )


def _doubted(known: Evidence, signal: Signal) -> Evidence:
    newest = max(signal.occurred_at, known.unknown_at or signal.occurred_at)
    after = known.doubted(newest)
    return replace(after, flapping=signal.flapping or after.flapping)


def _own(known: Evidence, signal: Signal) -> datetime | None:
    return known.down_at if signal.is_down else known.up_at


def _other(known: Evidence, signal: Signal) -> datetime | None:
    return known.up_at if signal.is_down else known.down_at
