"""What was told together takes effect in the order that tells customers no fault."""

import pytest

from outage_watcher.domain.remark import Remark, RemarkKind
from outage_watcher.intake import parted

BEGAN: RemarkKind = "maintenance_began"
ENDED: RemarkKind = "maintenance_ended"
GAP: RemarkKind = "incomplete"


@pytest.mark.parametrize(
    ("told", "early", "late"),
    [
        ([], [], []),
        ([BEGAN, GAP], [BEGAN, GAP], []),
        ([ENDED, GAP], [GAP], [ENDED]),
        ([BEGAN, ENDED], [BEGAN], [ENDED]),
        ([ENDED, BEGAN], [ENDED, BEGAN], []),
    ],
)
def test_work_ends_after_the_signals_unless_it_begins_again(
    told: list[RemarkKind], early: list[RemarkKind], late: list[RemarkKind]
) -> None:
    before, after = parted([Remark("ves", kind) for kind in told])

    assert [each.kind for each in before] == early
    assert [each.kind for each in after] == late
