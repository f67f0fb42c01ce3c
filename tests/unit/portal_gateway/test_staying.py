"""Which numbers are still a customer's, by what porting told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal_gateway.domain.facts import Range
from portal_gateway.domain.plans import Plan
from portal_gateway.domain.staying import staying

TODAY = date(2026, 3, 2)
SINGLE = ("+4930111", "+4930111")
BLOCK = ("+49301200", "+49301299")
_START = datetime(2026, 1, 1, tzinfo=UTC)


def told(numbers: Range, way: str, days: int = 0, order: int = 0) -> Plan:
    """Say what was told: `way` is in or out, `days` after today."""
    at = _START + timedelta(minutes=order)
    return Plan(numbers, way == "out", TODAY + timedelta(days), at)


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ([], set()),
        ([told(SINGLE, "in", -3)], {SINGLE}),
        ([told(SINGLE, "in", +3)], {SINGLE}),
        ([told(SINGLE, "in", -3), told(SINGLE, "out", -1)], set()),
        ([told(SINGLE, "in", -3), told(SINGLE, "out", 0)], set()),
        ([told(SINGLE, "in", -3), told(SINGLE, "out", +1)], {SINGLE}),
        ([told(SINGLE, "out", -3), told(SINGLE, "in", -1)], {SINGLE}),
        ([told(SINGLE, "out", 0, order=1), told(SINGLE, "in", 0, order=2)], {SINGLE}),
        ([told(SINGLE, "out", 0, order=2), told(SINGLE, "in", 0, order=1)], set()),
        ([told(SINGLE, "out", -1)], set()),
        ([told(BLOCK, "in", -3), told(SINGLE, "out", -1)], {BLOCK}),
    ],
)
def test_a_number_stays_until_the_day_it_leaves(
    facts: list[Plan], left: set[Range]
) -> None:
    assert staying(facts, TODAY) == left
    assert staying(reversed(facts), TODAY) == left


def test_a_block_that_left_in_parts_is_gone_with_the_last() -> None:
    parts = [
        told((f"+493012{tens}0", f"+493012{tens}9"), "out", -1) for tens in range(10)
    ]
    came = told(BLOCK, "in", -3)

    assert staying([came, *parts[:9]], TODAY) == {BLOCK}
    assert staying([came, *parts], TODAY) == set()


def test_the_rest_of_a_block_counts_once() -> None:
    middle = told(("+49301240", "+49301249"), "out", -1)

    assert staying([told(BLOCK, "in", -3), middle], TODAY) == {BLOCK}
