"""Maintenance windows: work that is announced before it takes places out of service."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from contracts.operations import MaintenanceAnnounced
from outage_watcher.domain.evidence import Evidence, Signal, Word
from outage_watcher.domain.topology import Topology

SOURCE = "maintenance"
"""Who reports the places of a window as down while it runs."""


class Phase(StrEnum):
    """Where a window stands."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Window:
    """Planned work at some places, from when to when."""

    id: str
    word: Word
    """The places, and what else an outage by this work says of itself."""
    starts_at: datetime
    ends_at: datetime
    takes_service: bool = True
    """False: its places may fail, and only what fails is an outage."""
    phase: Phase = Phase.PLANNED
    version: int = 1
    planned_by: str = "unknown"
    external: bool = False
    """A source told of it, which tells its customers itself: not announced."""

    @property
    def due_at(self) -> datetime | None:
        """Return when it moves by itself."""
        match self.phase:
            case Phase.PLANNED:
                return self.starts_at
            case Phase.RUNNING:
                return self.ends_at
        return None

    @property
    def is_running(self) -> bool:
        """Return whether the work goes on."""
        return self.phase is Phase.RUNNING

    def at(self, now: datetime) -> "Window":
        """Return it as it stands at a time; a window that was missed is over."""
        if self.phase is Phase.PLANNED and self.starts_at <= now:
            after = Phase.RUNNING if now < self.ends_at else Phase.OVER
            return self.moved(after)
        if self.phase is Phase.RUNNING and self.ends_at <= now:
            return self.moved(Phase.OVER)
        return self

    def moved(self, phase: Phase) -> "Window":
        """Return its next version, in another phase."""
        return replace(self, phase=phase, version=self.version + 1)

    def explains(self, failure: Evidence, topology: Topology) -> bool:
        """Return whether a failure belongs to the work: it did not begin before."""
        if not self.is_running or failure.down_at is None:
            return False
        # A repeat may bring a newer time; where its hold began stays as it was.
        if min(failure.down_at, failure.held_from) < self.starts_at:
            return False
        places, here = failure.word.places, self.word.places
        return bool(places) and all(topology.covers(here, place) for place in places)

    def signal(self, now: datetime, said: Evidence | None) -> Signal | None:
        """Return what it says of its places, after what it said of them before."""
        down = self.is_running and self.takes_service
        if not down and said is None:
            return None
        return Signal(
            SOURCE,
            self.id,
            "down" if down else "up",
            replace(self.word, kind="planned", estimated_end=self.ends_at),
            occurred_at=self._down_since(now, said) if down else now,
            heard_at=now,
            timed=down,
            confirmed=True,
        )

    def _down_since(self, now: datetime, said: Evidence | None) -> datetime:
        """Return its start, or now where it gave the service back meanwhile."""
        if said is None or said.down_at is None:
            return self.starts_at
        gave_back = said.is_cleared and not said.is_down
        return now if gave_back else said.down_at

    def announced(self, now: datetime) -> MaintenanceAnnounced:
        """Return what readers are told of it."""
        return MaintenanceAnnounced(
            window_id=self.id,
            version=self.version,
            state=self.phase.value,
            element=self.word.element,
            lines=self.word.lines,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            takes_service=self.takes_service,
            voice_reachable=self.word.voice_reachable,
            note=self.word.note,
            announced_at=now,
        )
