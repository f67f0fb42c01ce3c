"""Forwardings that are held off: to a target, of a customer, or all of them."""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from contracts.event import Event, Moment, Name, Version
from contracts.phone_number import PhoneNumber

HoldSubject = Literal["target", "customer", "all"]
HoldReason = Literal["owner", "misuse"]
"""The owner of the target wants no forwarded calls; or somebody misuses it."""


class ForwardingsHeld(Event):
    """Forwardings to a target, of a customer, or all are held off, or follow again."""

    source: ClassVar[str] = "portal-gateway"

    subject: HoldSubject
    number: PhoneNumber | None = None
    """For `target`: the number that calls may not be sent to."""
    last: PhoneNumber | None = None
    """The last number of a whole range of targets."""
    customer_number: Name | None = None
    """For `customer`: whose forwardings they are."""
    held: bool
    """False: the hold is lifted, and forwardings follow the facts again."""
    reason: HoldReason = "misuse"
    because: str = Field(default="", max_length=500)
    """Why, for the audit; customers are told the reason alone."""
    version: Version
    """Of two events on a subject the higher one is true."""
    held_by: str = Field(max_length=100)
    held_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.number or self.customer_number or self.subject
