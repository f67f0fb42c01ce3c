"""Days begin in Germany, in summer and in winter."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.clock import SetClock, SystemClock, day_in_berlin, start_of_day


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        (date(2026, 11, 23), "2026-11-22T23:00", 24),
        (date(2026, 7, 1), "2026-06-30T22:00", 24),
        (date(2026, 3, 29), "2026-03-28T23:00", 23),  # summer time begins
        (date(2026, 3, 30), "2026-03-29T22:00", 24),
        (date(2026, 10, 25), "2026-10-24T22:00", 25),  # summer time ends
        (date(2026, 10, 26), "2026-10-25T23:00", 24),
        (date(2027, 1, 1), "2026-12-31T23:00", 24),
        (date(2028, 2, 29), "2028-02-28T23:00", 24),
    ],
)
class TestDay:
    def test_begins_at_midnight_in_berlin(
        self, day: date, begins: str, hours: int
    ) -> None:
        start = start_of_day(day)
        length = start_of_day(day + timedelta(days=1)) - start

        assert start == datetime.fromisoformat(begins).replace(tzinfo=UTC)
        assert length == timedelta(hours=hours)

    def test_holds_its_first_and_its_last_moment(
        self, day: date, begins: str, hours: int
    ) -> None:
        start = datetime.fromisoformat(begins).replace(tzinfo=UTC)
        end = start + timedelta(hours=hours)
        moment = timedelta(microseconds=1)

        assert day_in_berlin(start) == day_in_berlin(end - moment) == day
        assert day_in_berlin(start - moment) == day - timedelta(days=1)
        assert day_in_berlin(end) == day + timedelta(days=1)


class TestClocks:
    def test_the_machines_clock_goes_and_knows_its_zone(self) -> None:
        first, second = SystemClock().now(), SystemClock().now()

        assert first <= second
        assert first.tzinfo is UTC

    def test_a_set_clock_stands_until_it_is_moved(self) -> None:
        noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
        clock = SetClock(noon)
        assert clock.now() == clock.now() == noon

        clock.move(timedelta(hours=-1))

        assert clock.now() == noon - timedelta(hours=1)
