"""One outage told from end to end: what was forwarded, when, where to, what failed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from portal_gateway.domain.facts import (
    Outage,
    Range,
    find_block,
    is_block,
    last_of_target,
)
from portal_gateway.domain.ranges import size, total

Moment = Literal[
    "announced", "occurred", "noticed", "forwarded", "expected", "cleared", "back"
]


@dataclass(frozen=True, slots=True)
class Flip:
    """The network began, moved or ended a diversion."""

    span: Range
    version: int
    in_effect: bool
    target: str | None
    keeps_extension: bool
    rule: str
    outage_id: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """Calls to `span` rang at `target` from `began` to `ended`; None: they still do."""

    span: Range
    target: str | None
    target_last: str | None
    """The last number of a target that is a block."""
    rule: str
    reason: str
    outage_id: str | None
    began: datetime
    ended: datetime | None = None
    numbers: int = 1
    """Of a block those that are not told by themselves."""

    def lasted(self, now: datetime) -> timedelta:
        """Return how long it was, or is so far."""
        return (self.ended or now) - self.began


@dataclass(frozen=True, slots=True)
class Failure:
    """A diversion that did not work at once."""

    span: Range
    code: str
    attempts: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """A moment on the time line; `expected` lies ahead or was only ever a guess."""

    what: Moment
    at: datetime


@dataclass(frozen=True, slots=True)
class Bare:
    """
    Numbers that were not diverted.

    `reason` is how they are set, what failed, or None where they are armed by now.
    """

    span: Range
    numbers: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a customer may know of an outage."""

    outage: Outage
    places: tuple[str, ...]
    steps: tuple[Step, ...]
    intervals: tuple[Interval, ...]
    failures: tuple[Failure, ...]
    bare: tuple[Bare, ...]
    longest_wait: timedelta | None
    numbers: int
    """How many were diverted, blocks without the numbers in them that were not."""

    @property
    def unprotected(self) -> int:
        """Return how many numbers were not diverted."""
        return sum(one.numbers for one in self.bare)


def intervals(flips: Iterable[Flip]) -> list[Interval]:
    """Return from when to when calls of each range went where, oldest first."""
    ordered = sorted(flips, key=lambda flip: (flip.span, flip.version))
    told = {
        span: list(of_span)
        for span, of_span in groupby(ordered, key=lambda flip: flip.span)
    }
    blocks = [span for span in told if is_block(span)]
    found: list[Interval] = []
    for span, own in told.items():
        block = None if is_block(span) else find_block(blocks, span[0])
        found += _of_one(own, told[block] if block else ())
    return sorted(found, key=lambda one: (one.began, one.span))


def _of_one(flips: Sequence[Flip], of_block: Sequence[Flip]) -> list[Interval]:
    found: list[Interval] = []
    for place, flip in enumerate(flips):
        if not flip.in_effect:
            continue
        following = flips[place + 1] if place + 1 < len(flips) else None
        if flip.rule == "block":  # from here on its block speaks for it
            told = next((one for one in of_block if one.version > flip.version), None)
            following = min(
                filter(None, (following, told)),
                key=lambda one: one.version,
                default=None,
            )
        interval = Interval(
            flip.span,
            flip.target,
            last_of_target(flip.span, flip.target, keeps=flip.keeps_extension),
            flip.rule,
            flip.reason,
            flip.outage_id,
            flip.at,
            following.at if following else None,
        )
        if found and _goes_on(found[-1], interval):
            interval = _joined(found.pop(), interval)
        found.append(interval)
    return found


def _goes_on(one: Interval, other: Interval) -> bool:
    """Tell whether nothing changed for a caller: told again, or for a new cause."""
    rings_there = (one.target, one.target_last) == (other.target, other.target_last)
    return rings_there and one.ended == other.began


def _joined(one: Interval, other: Interval) -> Interval:
    return replace(one, ended=other.ended, rule=other.rule)


def during(found: Iterable[Interval], outage: Outage, now: datetime) -> list[Interval]:
    """Return those that began by the outage, or stood while it lasted."""
    until = outage.cleared_at or now
    return [
        one
        for one in found
        if one.outage_id == outage.id
        or (one.began <= until and (one.ended is None or one.ended > outage.since))
    ]


def count(found: Collection[Interval], apart: frozenset[str]) -> int:
    """Count the numbers, each once; `apart`: those not diverted with their block."""
    own = {one.span[0] for one in found if not is_block(one.span)}
    return total(one.span for one in found) - len(apart - own)


def without(found: Collection[Interval], apart: frozenset[str]) -> list[Interval]:
    """Count in each interval of a block its numbers but those told by themselves."""
    blocks = sorted({one.span for one in found if is_block(one.span)})
    singles: dict[str, list[Interval]] = {number: [] for number in apart}
    for one in found:
        if not (is_block(one.span) or one.span[0] in apart):
            singles.setdefault(one.span[0], []).append(one)
    inside: dict[Range | None, list[list[Interval]]] = defaultdict(list)
    for number, told in singles.items():
        inside[find_block(blocks, number)].append(told)
    return [
        replace(one, numbers=size(one.span) - _beside(one, inside[one.span]))
        for one in found
    ]


def _beside(block: Interval, singles: Iterable[Sequence[Interval]]) -> int:
    """Count those that the block does not speak for; without intervals: ever."""
    return sum(not (told and _is_back(told[-1], block)) for told in singles)


def _is_back(last: Interval, block: Interval) -> bool:
    """Tell whether a number gave its own rule up before: it is one of its block's."""
    return last.rule == "block" and bool(last.ended and last.ended <= block.began)


def longest_wait(
    found: Iterable[Interval], outage: Outage, detected_at: datetime | None
) -> timedelta | None:
    """
    Return the longest time from the notice of the outage to a diversion by it.

    What the customer set up during the outage did not wait for us.
    """
    if detected_at is None:
        return None
    waits = [
        one.began - detected_at
        for one in found
        if one.outage_id == outage.id
        and one.reason == "outage"
        and one.began >= detected_at
    ]
    return max(waits, default=None)


def steps(
    outage: Outage,
    found: Sequence[Interval],
    detected_at: datetime | None,
) -> tuple[Step, ...]:
    """Return the time line, in the order in which it happened or should."""
    mine = [one for one in found if one.outage_id == outage.id] or list(found)
    ends = [one.ended for one in mine if one.ended]
    is_back = bool(mine) and len(ends) == len(mine) and not outage.is_open
    ahead = outage.kind == "planned" and detected_at and detected_at < outage.since
    known: list[tuple[Moment, datetime | None]] = [
        ("announced" if ahead else "noticed", detected_at),
        ("occurred", outage.since),
        ("forwarded", min((one.began for one in mine), default=None)),
        ("expected", outage.estimated_end),
        ("cleared", outage.cleared_at),
        ("back", max(ends) if is_back else None),
    ]
    told = [Step(what, at) for what, at in known if at]
    return tuple(sorted(told, key=lambda step: step.at))
