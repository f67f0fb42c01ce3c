"""Which numbers are a customer's by what porting and inventory told of them."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date

from portal_gateway.domain.facts import Range
from portal_gateway.domain.plans import Plan, holding


def staying(plans: Iterable[Plan], today: date) -> set[Range]:
    """Return the ranges of which a number is here today, or is to come."""
    in_order = sorted(holding(plans), key=lambda one: one.order)
    spans = {one.numbers: _span(one.numbers) for one in in_order}
    ends = sorted({end for span in spans.values() for end in span})
    owner: list[Range | None] = [None] * len(ends)
    for one in in_order:
        if one.leaves and one.effective_on > today:
            continue
        first, behind = (bisect_left(ends, end) for end in spans[one.numbers])
        owner[first:behind] = [None if one.leaves else one.numbers] * (behind - first)
    return {numbers for numbers in owner if numbers}


def is_staying(plans: Iterable[Plan], today: date) -> bool:
    """Tell whether a number that is in all of them is here today, or is to come."""
    is_here = False
    for one in sorted(holding(plans), key=lambda each: each.order):
        if not one.leaves or one.effective_on <= today:
            is_here = not one.leaves
    return is_here


def _span(numbers: Range) -> tuple[int, int]:
    first, last = numbers
    return int(first[1:]), int(last[1:]) + 1
