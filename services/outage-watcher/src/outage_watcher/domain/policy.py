"""How patient the watcher is: with each source, with lines that flap, with storms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

MOST_QUIET: Final = timedelta(minutes=15)
QUIET_HOLDS: Final = 7.5
"""With the usual hold of two minutes, this many of them are `MOST_QUIET`."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What one source's word needs before it is told; each source may differ."""

    down: timedelta = timedelta(seconds=30)
    up: timedelta = timedelta(seconds=120)
    heartbeat_timeout: timedelta = timedelta(seconds=180)
    expire_after: timedelta | None = None
    """How long a failure lives without being said again; None: for ever."""
    stale_after: timedelta = timedelta(hours=24)
    """How long a recovery may stay unproved before the outage ends as expired."""
    flap_limit: int = 3
    """So many returns within `flap_window` are flapping."""
    flap_window: timedelta = timedelta(minutes=30)
    flap_quiet: timedelta | None = None
    """How long a flapping outage must be quiet; None: as `quiet` says."""
    storm_least: int = 50
    """More alarms than this within `storm_window` may be a fault of the monitoring."""
    storm_share: float = 0.2
    """The same as a share of all lines, whichever is more."""
    storm_window: timedelta = timedelta(seconds=60)
    storm_hold: timedelta = timedelta(seconds=120)
    """How long the failures of a storm wait for an explanation."""
    max_future_skew: timedelta = timedelta(seconds=60)
    """A source's clock may be ahead by this; what is later is not believed."""
    max_age: timedelta = timedelta(minutes=15)
    """A failure that began earlier waits until a source that can be asked lists it."""
    most_age: timedelta = timedelta(days=30)
    """One that began even earlier waits until any source says it again."""
    asked: bool = False
    """The source is asked what it knows: its clear counts once that agrees."""
    snapshots: int = 2
    """So many answers in a row without an alarm prove that it is over."""

    @property
    def quiet(self) -> timedelta:
        """How long a flapping outage must be quiet before it is cleared."""
        # Who holds recoveries for seconds does not want to wait minutes for this one.
        if self.flap_quiet is not None:
            return self.flap_quiet
        return min(MOST_QUIET, QUIET_HOLDS * self.up)


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it, with the sources that have holds of their own."""

    default: Holds = field(default_factory=Holds)
    sources: Mapping[str, Holds] = field(default_factory=dict)
    element_share: float = 0.8
    """From this share of its lines on, it is the element that failed."""
    element_least: int = 3
    """With fewer lines failing, nothing is concluded about an element."""

    def of(self, source: str) -> Holds:
        """Return the holds of a source."""
        return self.sources.get(source, self.default)
