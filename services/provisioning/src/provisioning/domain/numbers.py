"""Numbers: who holds which, derived from all movements and from no history."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

from chassis.clock import start_of_day
from contracts.number_range import NumberRange

Direction = Literal["in", "out"]
Status = Literal["planned", "replaced", "live", "contested", "ended", "done"]
Span = tuple[int, int]
"""Numbers from the first one up to, and without, the second."""


def span_of(numbers: NumberRange) -> Span:
    """Return a range as integers; no two numbers have the same one."""
    return int(numbers.first[1:]), int(numbers.last[1:]) + 1


@dataclass(frozen=True, slots=True)
class Movement:
    """A fact: numbers come to a customer's line on a day, or leave him."""

    id: int
    numbers: NumberRange
    direction: Direction
    ported: bool
    """From or to another carrier; False: provisioned or moved here."""
    customer_number: str
    order_id: str | None
    line: str
    elements: tuple[str, ...]
    extension: str | None
    effective_on: date
    told_at: datetime
    received_at: datetime
    opened_at: datetime | None = None
    status: Status = "planned"

    @property
    def span(self) -> Span:
        """Return its numbers as integers."""
        return span_of(self.numbers)

    @property
    def due_at(self) -> datetime:
        """Return the moment from which it holds."""
        return start_of_day(self.effective_on)

    @property
    def as_of(self) -> tuple[date, datetime, int]:
        """Return what orders movements: the day, then what was told last."""
        return (self.effective_on, self.told_at, self.id)

    @property
    def shape(self) -> str:
        """Return what its numbers look like, in the words of the catalogue."""
        if self.extension is not None:
            return "extension"
        return "single" if self.numbers.is_single else "block"

    def is_due(self, now: datetime) -> bool:
        """Return whether it holds; what has opened stays so on any clock."""
        return self.opened_at is not None or self.due_at <= now


@dataclass(frozen=True, slots=True)
class Tenure:
    """A customer's stay with a number, from its arrival through all its moves."""

    first: Movement
    latest: Movement
    order_id: str | None
    extension: str | None
    opened_at: datetime | None

    @classmethod
    def begun(cls, by: Movement) -> "Tenure":
        """Return the stay that an arrival begins."""
        return cls(by, by, by.order_id, by.extension, by.opened_at)

    def moved(self, by: Movement) -> "Tenure":
        """Return the stay after another arrival; what it leaves out stays known."""
        opened = [at for at in (self.opened_at, by.opened_at) if at]
        return replace(
            self,
            latest=by,
            order_id=by.order_id or self.order_id,
            extension=by.extension or self.extension,
            opened_at=min(opened, default=None),
        )


Stays = dict[str, Tenure]
"""Customer to his stay; more than one claim the same numbers."""


def replaced(movements: Sequence[Movement]) -> set[int]:
    """Return the ids of plans that a newer plan replaced before they opened."""
    alike = defaultdict(list)
    for movement in movements:
        alike[_subject(movement)].append(movement)
    return {
        old.id
        for old in movements
        if any(_replaces(new, old, movements) for new in alike[_subject(old)])
    }


def _subject(movement: Movement) -> tuple[object, ...]:
    return movement.numbers, movement.direction, movement.customer_number


def _replaces(new: Movement, old: Movement, movements: Iterable[Movement]) -> bool:
    return (
        (new.told_at, new.id) > (old.told_at, old.id)
        and old.opened_at is None
        and new.received_at < old.due_at
        and not _is_next_move(new, old)
        and not any(_parts(between, old, new) for between in movements)
    )


def _is_next_move(new: Movement, old: Movement) -> bool:
    """Return whether the newer one is a step of its own, to another line."""
    return (
        new.direction == "in"
        and not (new.ported and old.ported)
        and new.line != old.line
        and new.effective_on > old.effective_on
    )


def _parts(between: Movement, old: Movement, new: Movement) -> bool:
    """Return whether the customer left (or came back) between two movements."""
    return (
        between.direction != old.direction
        and between.customer_number == old.customer_number
        and overlap(between.span, old.span)
        and old.effective_on <= between.effective_on <= new.effective_on
    )


def overlap(one: Span, other: Span) -> bool:
    """Return whether two spans share a number."""
    return one[0] < other[1] and other[0] < one[1]


def segments(spans: Iterable[Span]) -> list[Span]:
    """Return the pieces into which the ends of all spans cut the numbers."""
    ends = sorted({end for span in spans for end in span})
    return list(pairwise(ends))


def within(pieces: Sequence[Span], span: Span) -> range:
    """Return the indexes of the pieces that make up a span."""
    return range(
        bisect_left(pieces, (span[0], 0)),
        bisect_left(pieces, (span[1], 0)),
    )


def stays(
    movements: Iterable[Movement], pieces: Sequence[Span], now: datetime
) -> list[Stays]:
    """
    Return who stays with each piece now.

    A block that moves, or is told of again, does not bring back single numbers
    that left it: that takes an arrival of what the customer no longer has.
    """
    found: list[Stays] = [{} for _ in pieces]
    left: set[tuple[str, int]] = set()
    due = [movement for movement in movements if movement.is_due(now)]
    for movement in sorted(due, key=lambda m: m.as_of):
        customer, inside = movement.customer_number, within(pieces, movement.span)
        if movement.direction == "out":
            left |= {(customer, i) for i in inside if found[i].pop(customer, None)}
            continue
        moves = any(customer in found[i] for i in inside)
        for i in inside:
            if not (moves and (customer, i) in left):
                _arrive(found[i], movement)
                left.discard((customer, i))
    return found


def _arrive(stays_there: Stays, movement: Movement) -> None:
    stay = stays_there.get(movement.customer_number)
    stays_there[movement.customer_number] = (
        stay.moved(movement) if stay else Tenure.begun(movement)
    )


def components(spans: Iterable[Span]) -> list[Span]:
    """Return the spans joined where they overlap: what must be settled together."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span[0] < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span[1]))
        else:
            joined.append(span)
    return joined
