"""Which days of a number hold, whatever the order in which they were told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal_gateway.domain.facts import Range
from portal_gateway.domain.plans import Arrival, to_come

TODAY = date(2026, 3, 2)
SINGLE: Range = ("+4930111", "+4930111")
_START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = 60 * 24 * 60
"""Minutes from the start until today."""


def plan(
    way: str, days: int, line: str = "L1", *, order: int = 0, ported: bool = True
) -> Arrival:
    """Say what was told: `way` is in or out, `days` after today."""
    day, at = TODAY + timedelta(days), _START + timedelta(minutes=order)
    return Arrival(SINGLE, way == "out", day, at, line, ported)


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([], []),
        ([plan("in", 3)], [(3, "L1")]),
        ([plan("in", 3), plan("in", 7, order=1)], [(7, "L1")]),
        ([plan("in", 7), plan("in", 3, "L2", order=1)], [(3, "L2")]),
        (
            [plan("in", 3), plan("in", 7, "L2", order=1, ported=False)],
            [(3, "L1"), (7, "L2")],
        ),
        ([plan("in", 7), plan("in", 3, "L2", order=1, ported=False)], [(3, "L2")]),
        (
            [plan("in", 3), plan("out", 5), plan("in", 7, order=1)],
            [(3, "L1"), (7, "L1")],
        ),
        ([plan("in", -3), plan("out", 0), plan("in", 7, order=1)], [(7, "L1")]),
        (
            [
                plan("in", -9),
                plan("in", -2, "L2", ported=False),
                plan("in", 4, "L3", order=NOW),
            ],
            [(-2, "L2"), (-9, "L1"), (4, "L3")],
        ),
        (
            [plan("in", 0, "L2"), plan("in", 0, "L1", order=NOW)],
            [(0, "L1"), (0, "L2")],
        ),
        ([plan("in", 3), plan("out", 0)], [(3, "L1")]),
        ([plan("in", 0), plan("out", 0)], []),
        ([plan("in", 0), plan("out", 3)], [(0, "L1")]),
        ([plan("in", 3), plan("out", 3, order=1)], []),
        ([plan("out", 3), plan("in", 3, order=1)], [(3, "L1")]),
        ([plan("in", 3), plan("out", 4, order=1)], [(3, "L1")]),
        ([plan("in", -3), plan("out", -1), plan("out", 5, order=1)], [(-3, "L1")]),
    ],
)
def test_the_days_that_hold(
    plans: list[Arrival], expected: list[tuple[int, str]]
) -> None:
    for told in (plans, plans[::-1]):
        found = to_come(told, TODAY).get(SINGLE, [])
        days = [((one.effective_on - TODAY).days, one.line) for one in found]
        assert days == expected


def test_what_is_told_after_a_day_began_does_not_replace_it() -> None:
    late = plan("in", 7, order=NOW - 60 * 24 + 30)

    found = to_come([plan("in", -1), late], TODAY)[SINGLE]

    assert [(one.effective_on - TODAY).days for one in found] == [-1, 7]
