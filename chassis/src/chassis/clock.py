"""The only place that reads the time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


class Clock(Protocol):
    """Tells the time; tests bring one of their own."""

    def now(self) -> datetime:
        """Return the time now, with its zone."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time now in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._at

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._at += by


def day_in_berlin(at: datetime) -> date:
    """Return the calendar day in Germany at that moment."""
    return at.astimezone(BERLIN).date()


def start_of_day(day: date) -> datetime:
    """Return the moment in which the day begins in Germany."""
    return datetime.combine(day, time.min, BERLIN).astimezone(UTC)
