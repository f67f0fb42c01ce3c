"""Which numbers are a customer's by what porting and inventory told of them."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from portal_gateway.domain.facts import Range


@dataclass(frozen=True, slots=True)
class Told:
    """Numbers come to a customer on a day, or leave him."""

    numbers: Range
    leaves: bool
    effective_on: date
    told_at: datetime


def staying(told: Iterable[Told], today: date) -> set[Range]:
    """Return the ranges of which a number is here today, or is to come."""
    in_order = sorted(told, key=lambda one: (one.effective_on, one.told_at, one.leaves))
    spans = {one.numbers: _span(one.numbers) for one in in_order}
    ends = sorted({end for span in spans.values() for end in span})
    owner: list[Range | None] = [None] * len(ends)
    for one in in_order:
        if one.leaves and one.effective_on > today:
            continue
        first, behind = (bisect_left(ends, end) for end in spans[one.numbers])
        owner[first:behind] = [None if one.leaves else one.numbers] * (behind - first)
    return {numbers for numbers in owner if numbers}


def _span(numbers: Range) -> tuple[int, int]:
    first, last = numbers
    return int(first[1:]), int(last[1:]) + 1
