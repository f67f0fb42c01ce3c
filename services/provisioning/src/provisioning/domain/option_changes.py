"""
What was told of the option, and what is added to it.

Readers take a number's own fact where there is one, else that of the block around
it. So a number that differs from its block is always told of on its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from contracts.number_range import NumberRange
from provisioning.domain import numbers as n
from provisioning.domain.numbers import Span, Tenure

Ended = Literal["ported_out", "cancelled"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a customer has: the option for a number or block of an order."""

    numbers: NumberRange
    customer_number: str
    order_id: str
    product: str
    line: str
    extension: str | None
    opened_on: date = field(compare=False)


@dataclass(frozen=True, slots=True)
class OptionChange:
    """One fact about a number or block, as it is told; never changed afterwards."""

    grant: Grant
    version: int
    ended: Ended | None
    """Why the option ended; None: it began or moved."""
    at: datetime

    @property
    def numbers(self) -> NumberRange:
        """Return the number or block it speaks of."""
        return self.grant.numbers

    def tells(self, grant: Grant) -> bool:
        """Return whether it says so already, in whatever range."""
        return not self.ended and replace(grant, numbers=self.numbers) == self.grant


class Telling:
    """What was told until now, and what is added to it."""

    def __init__(self, told: Iterable[OptionChange], now: datetime) -> None:
        self.now = now
        self.changes: list[OptionChange] = []
        self.facts: dict[NumberRange, OptionChange] = {}
        self._blocks: dict[NumberRange, Span] = {}
        for change in sorted(told, key=lambda c: c.version):
            self._note(change)

    def _note(self, change: OptionChange) -> None:
        self.facts[change.numbers] = change
        if not change.numbers.is_single:
            self._blocks[change.numbers] = n.span_of(change.numbers)

    def fact(self, piece: Span) -> OptionChange | None:
        """Return what readers believe of a piece: its own fact, else its block's."""
        own = self.facts.get(_single(piece[0])) if piece[1] - piece[0] == 1 else None
        around = (self.facts[block] for block in self._blocks_across(piece))
        return own or max(around, key=_weight, default=None)

    def _blocks_across(self, span: Span) -> Iterator[NumberRange]:
        return (block for block, at in self._blocks.items() if n.overlap(span, at))

    def end_blocks(
        self,
        pieces: Sequence[Span],
        grants: Sequence[Grant | None],
        holders: Sequence[Tenure | None],
    ) -> None:
        """End the option of blocks that no customer has as such any more."""
        for numbers, span in self._blocks.items():
            change = self.facts[numbers]
            if change.ended:
                continue
            customer, inside = change.grant.customer_number, n.within(pieces, span)
            has = {(g.numbers, g.customer_number) for i in inside if (g := grants[i])}
            if (numbers, customer) not in has:
                stays_on = any(_is_of(holders[i], customer) for i in inside)
                self._end(change, numbers, stays_on=stays_on)

    def begin_blocks(
        self, pieces: Iterable[Span], grants: Iterable[Grant | None]
    ) -> None:
        """Tell of blocks as such, unless another block lies across them."""
        having: dict[NumberRange, Counter[Grant]] = defaultdict(Counter)
        for (first, end), grant in zip(pieces, grants, strict=True):
            if grant and not grant.numbers.is_single:
                having[grant.numbers][grant] += end - first
        for numbers, shares in having.items():
            known = self.facts.get(numbers)
            told = known and any(known.tells(grant) for grant in shares)
            if not told and not self._is_crossed(numbers):
                self._begin(shares.most_common(1)[0][0], numbers)

    def settle_numbers(
        self,
        pieces: Iterable[Span],
        grants: Iterable[Grant | None],
        holders: Iterable[Tenure | None],
    ) -> None:
        """Tell of single numbers, and of those that differ from their block."""
        for piece, grant, holder in zip(pieces, grants, holders, strict=True):
            believed = self.fact(piece)
            if believed is None or believed.ended:
                if grant:
                    self._each(piece, grant)
            elif grant is None or not believed.tells(grant):
                self._correct(piece, believed, grant, holder)

    def _correct(
        self,
        piece: Span,
        believed: OptionChange,
        grant: Grant | None,
        holder: Tenure | None,
    ) -> None:
        customer = believed.grant.customer_number
        if grant is None or grant.customer_number != customer:
            stays_on = _is_of(holder, customer)
            for number in range(*piece):
                self._end(believed, _single(number), stays_on=stays_on)
        if grant:
            self._each(piece, grant)

    def _each(self, piece: Span, grant: Grant) -> None:
        for number in range(*piece):
            self._begin(grant, _single(number))

    def _is_crossed(self, numbers: NumberRange) -> bool:
        return any(
            other != numbers and not self.facts[other].ended
            for other in self._blocks_across(n.span_of(numbers))
        )

    def _begin(self, grant: Grant, numbers: NumberRange) -> None:
        self._tell(replace(grant, numbers=numbers), None)

    def _end(
        self, change: OptionChange, numbers: NumberRange, *, stays_on: bool
    ) -> None:
        ended: Ended = "cancelled" if stays_on else "ported_out"
        self._tell(replace(change.grant, numbers=numbers), ended)

    def _tell(self, grant: Grant, ended: Ended | None) -> None:
        change = OptionChange(grant, self._next_version(grant.numbers), ended, self.now)
        self._note(change)
        self.changes.append(change)

    def _next_version(self, numbers: NumberRange) -> int:
        span = n.span_of(numbers)
        near: Iterable[NumberRange] = self.facts
        if numbers.is_single:
            near = (numbers, *self._blocks)
        return 1 + max(
            (
                self.facts[other].version
                for other in near
                if other in self.facts and n.overlap(span, n.span_of(other))
            ),
            default=0,
        )


def _weight(change: OptionChange) -> tuple[bool, int]:
    return (change.ended is None, change.version)


def _is_of(holder: Tenure | None, customer: str) -> bool:
    return holder is not None and holder.first.customer_number == customer


def _single(number: int) -> NumberRange:
    return NumberRange.single(f"+{number}")
