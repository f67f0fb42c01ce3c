"""The end of a customer: what named him is erased everywhere."""

from typing import ClassVar

from typing_extensions import override

from contracts.event import Event, Moment, Name


class CustomerErased(Event):
    """The contract is over: what names the customer goes, or gets the pseudonym."""

    source: ClassVar[str] = "portal-gateway"

    customer_number: Name
    pseudonym: Name
    """Stands for the customer where a row must stay; nobody else has it."""
    erased_by: str
    erased_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.customer_number
