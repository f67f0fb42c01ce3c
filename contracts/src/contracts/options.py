"""The life of the option, number by number, as provisioning tells it."""

from typing import ClassVar, Literal

from typing_extensions import override

from contracts.event import Day, Event, Moment, Name, Version
from contracts.phone_number import PhoneNumber


class OptionEvent(Event):
    """A fact about one number or block; a higher version replaces a lower one."""

    source: ClassVar[str] = "provisioning"

    number: PhoneNumber
    last: PhoneNumber | None = None
    """The last number of a block; None for a single number."""
    customer_number: Name
    order_id: Name
    version: Version
    """Grows with every change of this number, also across owners."""

    @property
    @override
    def key(self) -> str:
        return self.number


class OptionEnabled(OptionEvent):
    """The customer may forward this number (or block) from now on."""

    product: Name
    line: Name
    extension: Name | None = None
    opened_on: Day


class OptionDisabled(OptionEvent):
    """The option ended: ported out or cancelled. Inside a block it is an exception."""

    reason: Literal["ported_out", "cancelled"]
    disabled_at: Moment
