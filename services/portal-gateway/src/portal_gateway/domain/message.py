"""A message as it leaves the house, and the one way in which an address says no."""

from dataclasses import dataclass
from typing import Protocol

from chassis.errors import Rejected


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent; `reference` is the same for every try of one notice."""

    to: str
    subject: str
    text: str
    reference: str
    language: str


class AddressRefused(Rejected):
    """The provider knows no such address: trying again is of no use."""

    def __init__(self, why: str) -> None:
        super().__init__("address_refused", why[:200])


class Sender(Protocol):
    """
    Hands messages to a provider.

    Raises AddressRefused when it can never arrive, and Unavailable when it may later;
    a message handed over twice with one reference is the provider's to drop.
    """

    async def send(self, message: Message) -> None:
        """Return once the provider has taken it."""
