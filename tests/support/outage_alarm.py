"""What the model of outages keeps: alarms, what is said of them, planned work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from support.watching import NOON

Key = tuple[str, str]
Homes = Mapping[Key, str]
"""The open outage that each alarm belongs to, as operators see it."""
PERSON, WORK, TREE = "operator", "maintenance", "topology"
EVER = NOON - timedelta(days=1)


@dataclass
class Alarm:
    """What a source said of its alarm, and since when."""

    source: str
    name: str
    places: frozenset[str]
    kind: str = "fault"
    voice: bool | None = None
    is_down: bool = False
    down_at: datetime | None = None
    up_at: datetime | None = None
    heard_at: datetime = EVER
    held_from: datetime = EVER
    confirmed: bool = False
    is_due: bool = False
    """It lasted long enough while its source lived."""
    by_person: bool = False
    """A person ended its newest failure."""
    absent: int = 0
    turns: list[tuple[datetime, bool]] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.source, self.name

    def turn(self, *, down: bool, at: datetime, now: datetime) -> None:
        self.is_down, self.heard_at, self.absent = down, now, 0
        self.is_due = self.by_person = False
        self.turns.append((now, down))
        if down:
            self.down_at = at
        else:
            self.up_at = at

    def is_taken_back_by(self, said: "Said", now: datetime) -> bool:
        """Return whether its recovery was none: its source lists the failure still."""
        was_over = not self.is_down and not self.by_person and self.heard_at < now
        return bool(was_over and said.at and self.up_at and said.at < self.up_at)


@dataclass(frozen=True)
class Said:
    """One signal, as a story says it."""

    alarm: Alarm
    down: bool
    at: datetime | None
    """When it happened; None: nobody said it."""
    confirmed: bool = False
    edge: bool = False


@dataclass
class Work:
    """A maintenance window."""

    id: str
    places: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    is_over: bool = False


def takes_voice(failures: list[Alarm]) -> bool:
    """Return whether calls no longer arrive, by what all of them say together."""
    if any(each.voice is False for each in failures):
        return True
    reached = frozenset[str]().union(*(f.places for f in failures if f.voice))
    return any(f.kind != "degradation" and f.places - reached for f in failures)
