"""The end of a customer: what named him is erased everywhere."""

from datetime import datetime
from typing import ClassVar

from typing_extensions import override

from contracts.event import Event


class CustomerErased(Event):
    """The contract is over: what names the customer goes, or gets the pseudonym."""

    source: ClassVar[str] = "portal-gateway"

    customer_number: str
    pseudonym: str
    """Stands for the customer where a row must stay; nobody else has it."""
    erased_by: str
    erased_at: datetime

    @property
    @override
    def key(self) -> str:
        return self.customer_number
