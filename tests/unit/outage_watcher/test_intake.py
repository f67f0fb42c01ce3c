"""What was told together takes effect in the order that tells customers no fault."""

import pytest

from outage_watcher.domain.notice import Notice, NoticeKind
from outage_watcher.intake import parted

BEGAN: NoticeKind = "maintenance_began"
ENDED: NoticeKind = "maintenance_ended"
GAP: NoticeKind = "incomplete"


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
    told: list[NoticeKind], early: list[NoticeKind], late: list[NoticeKind]
) -> None:
    before, after = parted([Notice("ves", kind) for kind in told])

    assert [each.kind for each in before] == early
    assert [each.kind for each in after] == late
