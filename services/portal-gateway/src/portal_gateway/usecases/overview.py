"""All of a customer at once, read one time for everything a page shows."""

from dataclasses import dataclass

from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture
from portal_gateway.domain.situation import Situation, situation
from portal_gateway.store import picture
from portal_gateway.usecases.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Overview:
    """The facts, the entries that follow from them, and what they add up to."""

    picture: Picture
    entries: list[Entry]
    situation: Situation


async def overview(gateway: Gateway, customer: str) -> Overview:
    """Return everything about the numbers of a customer, as of now."""
    async with gateway.transaction() as connection:
        known = await picture.of_customer(connection, customer, at=gateway.now())
    listed = entry_rules.entries(known)
    return Overview(known, listed, situation(listed, known.outages))
