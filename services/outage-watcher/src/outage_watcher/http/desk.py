"""What the HTTP routes stand on."""

from dataclasses import dataclass, field

from chassis.clock import Clock
from chassis.postgres import Transaction
from outage_watcher.http.sources import Sources
from outage_watcher.sources.formats import Inbounds
from outage_watcher.usecases import Operations, Watcher


@dataclass(frozen=True, slots=True)
class Desk:
    """The watcher, and how to reach it in a transaction."""

    watcher: Watcher
    sources: Sources
    changing: Transaction
    """For what waits for the outages' lock: in a storm it may have to come again."""
    looking: Transaction
    clock: Clock
    most_bytes: int
    inbounds: Inbounds = field(default_factory=Inbounds)
    at_once: int = 2000
    """So many signals of a list are taken before others have their turn."""

    @property
    def operations(self) -> Operations:
        """Return who carries out what operators command."""
        return Operations(self.watcher)
