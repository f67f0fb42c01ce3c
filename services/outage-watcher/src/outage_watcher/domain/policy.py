"""How patient the watcher is, with each source and with lines that flap."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Holds:
    """What one source's word needs before it is told."""

    down: timedelta = timedelta(seconds=30)
    up: timedelta = timedelta(seconds=120)
    heartbeat_timeout: timedelta = timedelta(seconds=180)
    expire_after: timedelta | None = None
    """How long a failure lives without being said again; None: for ever."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it, with the sources that have holds of their own."""

    default: Holds = field(default_factory=Holds)
    sources: Mapping[str, Holds] = field(default_factory=dict)
    flap_limit: int = 3
    flap_window: timedelta = timedelta(minutes=30)
    flap_quiet: timedelta = timedelta(minutes=15)
    max_future_skew: timedelta = timedelta(seconds=60)

    def of(self, source: str) -> Holds:
        """Return the holds of a source."""
        return self.sources.get(source, self.default)
