"""The life of the option, number by number, as provisioning tells it."""

from datetime import date, datetime
from typing import ClassVar, Literal

from typing_extensions import override

from contracts.event import Event, Version
from contracts.phone_number import PhoneNumber


class OptionEvent(Event):
    """A fact about one number or block; a higher version replaces a lower one."""

    source: ClassVar[str] = "provisioning"

    number: PhoneNumber
    last: PhoneNumber | None = None
    """The last number of a block; None for a single number."""
    customer_number: str
    order_id: str
    version: Version
    """Grows with every change of this number, also across owners."""

    @property
    @override
    def key(self) -> str:
        return self.number


class OptionEnabled(OptionEvent):
    """The customer may forward this number (or block) from now on."""

    product: str
    line: str
    extension: str | None = None
    opened_on: date


class OptionDisabled(OptionEvent):
    """The option ended: ported out or cancelled. Inside a block it is an exception."""

    reason: Literal["ported_out", "cancelled"]
    disabled_at: datetime
