"""When the nightly look at all targets comes."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import BERLIN
from forwarding.recheck import seconds_until_night


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "24.11. 03:00 +0100"),
        (datetime(2026, 11, 24, 1, 59, tzinfo=UTC), "24.11. 03:00 +0100"),
        (datetime(2026, 11, 24, 2, 0, tzinfo=UTC), "25.11. 03:00 +0100"),
        (datetime(2028, 2, 28, 12, 0, tzinfo=UTC), "29.02. 03:00 +0100"),
        # Clocks go from two to three: the last minute before it is of one o'clock.
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), "29.03. 03:00 +0200"),
        (datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC), "29.03. 03:00 +0200"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "30.03. 03:00 +0200"),
        # And from three back to two: half past two comes twice, three o'clock once.
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), "25.10. 03:00 +0100"),
        (datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC), "25.10. 03:00 +0100"),
        (datetime(2026, 10, 25, 1, 59, 30, tzinfo=UTC), "25.10. 03:00 +0100"),
    ],
)
def test_it_is_three_in_germany_each_night(now: datetime, night: str) -> None:
    comes = now + timedelta(seconds=seconds_until_night(now))

    assert f"{comes.astimezone(BERLIN):%d.%m. %H:%M %z}" == night
