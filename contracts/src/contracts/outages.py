"""Outages as outage-watcher tells them; a higher version replaces a lower one."""

from typing import ClassVar, Literal

from typing_extensions import override

from contracts.event import Event, Moment, Name, ToldByOthers, Version

OutageKind = Literal["fault", "planned", "degradation"]


def takes_voice(kind: OutageKind, voice_reachable: bool | None) -> bool:  # noqa: FBT001 - as events have it
    """Return whether calls no longer arrive; a degradation alone leaves them."""
    return kind != "degradation" if voice_reachable is None else not voice_reachable


class OutageEvent(ToldByOthers):
    """One outage of a network element, or of a list of lines."""

    source: ClassVar[str] = "outage-watcher"

    outage_id: Name
    version: Version = 1
    """Grows with every change: extended, reduced, new estimate, cleared."""
    element: Name | None = None
    """Line, access node, aggregation or region; everything below it is affected."""
    lines: tuple[Name, ...] = ()
    """Where no element is named: the affected lines."""

    @property
    @override
    def key(self) -> str:
        return self.outage_id

    @property
    def places(self) -> tuple[str, ...]:
        """Return the elements and lines that are down, without repeats."""
        named = (self.element,) if self.element else ()
        return tuple(dict.fromkeys((*named, *self.lines)))


class OutageDetected(OutageEvent):
    """The outage is confirmed; with a higher version: this is its state now."""

    kind: OutageKind = "fault"
    voice_reachable: bool | None = None
    """True: calls still arrive (backup), nothing is forwarded. None: by kind."""
    occurred_at: Moment
    detected_at: Moment
    estimated_end: Moment | None = None
    reported_by: str = "unknown"
    note: str | None = None
    root_cause: Name | None = None
    """The element above whose failure explains this one."""
    uncertain: bool = False
    """A source is lost or its clear cannot be proved: it may be over already."""
    flapping: bool = False
    """It goes up and down; a clear then needs a longer quiet."""

    @property
    def takes_voice(self) -> bool:
        """Return whether calls no longer arrive."""
        return takes_voice(self.kind, self.voice_reachable)


class RecoveryNoticed(Event):
    """An outage works again and waits out its hold; without an end it failed anew."""

    source: ClassVar[str] = "outage-watcher"

    outage_id: Name
    clears_at: Moment | None
    """When it will be told as cleared, unless it fails before."""
    noticed_at: Moment
    """Of two notices of one outage the later one is true."""

    @property
    @override
    def key(self) -> str:
        return self.outage_id


class OutageCleared(OutageEvent):
    """The outage is over, withdrawn as a false alarm, or was too short to count."""

    reason: Literal["recovered", "withdrawn", "operator", "expired", "suppressed"] = (
        "recovered"
    )
    occurred_at: Moment | None = None
    cleared_at: Moment
    note: str | None = None
    """Why, where the reason does not say it all."""
    started_at: Moment | None = None
    """When it began: nobody else says it of one that was too short to be told."""
