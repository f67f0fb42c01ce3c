"""What network operations command of outages and plan, and what became of it."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from contracts.event import Event, Moment, Name, Version, is_meant
from contracts.outages import OutageKind

OutageCommand = Literal[
    "declare",
    "extend",
    "reduce",
    "correct",
    "withdraw",
    "clear",
    "plan",
    "replan",
    "cancel",
]
"""The first six are about an outage, the last three about a maintenance window."""
OutageField = Literal[
    "places", "kind", "voice_reachable", "estimated_end", "note", "starts_at", "ends_at"
]


class OutageCommanded(Event):
    """Somebody in network operations declares, changes or ends an outage or window."""

    source: ClassVar[str] = "portal-gateway"

    command_id: str = Field(min_length=1, max_length=100)
    """The same for a repeat, which is answered again and has no second effect."""
    action: OutageCommand
    subject: str = Field(min_length=1, max_length=255)
    """The id of the outage or window; for `declare` and `plan` the first place."""
    expected_version: Version | None = None
    """Refused when the outage or window has another one by now."""
    element: str | None = Field(default=None, max_length=255)
    """A place to declare, add (`extend`), take away (`reduce`), set or plan for."""
    lines: tuple[Name, ...] = Field(default=(), max_length=100_000)
    kind: OutageKind | None = None
    voice_reachable: bool | None = None
    occurred_at: datetime | None = None
    """For `declare`: since when; None: since now."""
    estimated_end: datetime | None = None
    starts_at: datetime | None = None
    """For `plan` and `replan`; with `ends_at`, RFC 3339 with an offset."""
    ends_at: datetime | None = None
    takes_service: bool | None = None
    """For a window. False: its places may fail, and only what fails is diverted."""
    note: str | None = Field(default=None, max_length=2000)
    """What customers and colleagues may read."""
    unset: tuple[OutageField, ...] = ()
    """For `correct`: given back to the sources, whatever was said by hand before."""
    because: str = Field(min_length=1, max_length=500)
    """Why, for the audit."""
    commanded_by: str = Field(min_length=1, max_length=100)
    commanded_at: Moment

    @property
    def unmeant(self) -> str | None:
        """Return the name of a time that is none, if there is one."""
        for name in ("occurred_at", "estimated_end", "starts_at", "ends_at"):
            if (at := getattr(self, name)) and not is_meant(at):
                return name
        return None

    @property
    @override
    def key(self) -> str:
        return self.subject


class OutageCommandAnswered(Event):
    """A command of network operations took effect, or was refused with the reason."""

    source: ClassVar[str] = "outage-watcher"

    command_id: Name
    action: OutageCommand
    subject: Name
    outcome: Literal["accepted", "refused"]
    outage_id: Name | None = None
    """The outage that was declared or changed."""
    window_id: Name | None = None
    """The maintenance window that was planned or changed."""
    version: Version | None = None
    """Of the outage or window after the command."""
    code: Name | None = None
    """Why it was refused: `unknown_outage`, `outage_is_over`, `version_conflict`, …"""
    reason: str | None = None
    commanded_by: str
    answered_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.subject


class MaintenanceAnnounced(Event):
    """Work is planned at some places; with a higher version: this is its state now."""

    source: ClassVar[str] = "outage-watcher"

    window_id: Name
    version: Version = 1
    state: Literal["planned", "running", "over", "cancelled"] = "planned"
    element: Name | None = None
    lines: tuple[Name, ...] = ()
    starts_at: Moment
    ends_at: Moment
    takes_service: bool = True
    """The places are down from start to end, and their calls are forwarded."""
    voice_reachable: bool | None = None
    note: str | None = None
    announced_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.window_id

    @property
    def places(self) -> tuple[str, ...]:
        """Return the elements and lines that are worked at, without repeats."""
        named = (self.element,) if self.element else ()
        return tuple(dict.fromkeys((*named, *self.lines)))
