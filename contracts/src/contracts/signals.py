"""What network monitoring says of a line or network element."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from contracts.event import Event
from contracts.outages import OutageKind


class NetworkSignal(Event):
    """A source's belief about an element or some lines now: a level, not an edge."""

    source: ClassVar[str] = "network-monitoring"

    reported_by: str = Field(alias="source", min_length=1, max_length=100)
    alarm_id: str = Field(min_length=1, max_length=255)
    """The source's own key of the alarm: the same for its repeat and its clear."""
    element: str | None = Field(default=None, min_length=1, max_length=255)
    lines: tuple[str, ...] = Field(default=(), max_length=100_000)
    state: Literal["down", "up", "unknown"]
    occurred_at: datetime | None = None
    confirmed: bool = False
    """The source debounces by itself: no hold-down."""
    kind: OutageKind = "fault"
    voice_reachable: bool | None = None
    estimated_end: datetime | None = None
    note: str | None = Field(default=None, max_length=2000)
    evidence: Literal["level", "edge", "snapshot"] = "level"
    """How the source knows: it says what is, told one change, or listed all it has."""
    started_at: datetime | None = None
    """When the failure began that a recovery ends."""
    deleted: bool = False
    """The alarm was taken away, which is no proof that the place is up."""
    flapping: bool | None = None
    """Whether the source itself says that the place goes up and down."""

    @property
    @override
    def key(self) -> str:
        return f"{self.reported_by}|{self.alarm_id}"
