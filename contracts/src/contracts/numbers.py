"""What the carrier's porting and provisioning systems tell of numbers and lines."""

from typing import ClassVar, Literal

from typing_extensions import override

from contracts.event import Day, Event, Name, ToldByOthers, Version
from contracts.phone_number import PhoneNumber


class NumberEvent(ToldByOthers):
    """A number, or a block from `number` to `last`, comes to a line on a day."""

    number: PhoneNumber
    last: PhoneNumber | None = None
    """The last number of a block; None for a single number."""
    extension: Name | None = None
    """The extension (Nebenstelle) that a hosted PBX shows for it."""
    customer_number: Name
    order_id: Name | None = None
    """The product order it belongs to; None: the customer's only one."""
    line: Name
    elements: tuple[Name, ...] = ()
    """The network elements above the line, nearest first; empty: as known."""
    effective_on: Day
    """From 00:00 Europe/Berlin of this day."""

    @property
    @override
    def key(self) -> str:
        return self.number


class NumberPorted(NumberEvent):
    """A number is ported in from another carrier, or out to one."""

    source: ClassVar[str] = "porting-system"

    direction: Literal["in", "out"] = "in"


class NumberProvisioned(NumberEvent):
    """A number is newly provisioned, or moved to another line."""

    source: ClassVar[str] = "inventory"


class LineConnected(Event):
    """A line hangs on these network elements from now on."""

    source: ClassVar[str] = "provisioning"

    line: Name
    customer_number: Name
    elements: tuple[Name, ...]
    """Nearest first: access node, aggregation, region."""
    version: Version
    gone: bool = False
    """The line was taken out of service: nothing can fail there any more."""

    @property
    @override
    def key(self) -> str:
        return self.line
