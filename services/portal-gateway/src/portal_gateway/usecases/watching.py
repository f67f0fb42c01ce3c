"""What a watching client should hear after a change, read from the tables."""

from dataclasses import dataclass, field

from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Outage, Picture
from portal_gateway.domain.ranges import range_of
from portal_gateway.domain.refused import Refused
from portal_gateway.store import picture
from portal_gateway.usecases import orders, outages
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.live import MOST_CHANGES, Changes
from portal_gateway.usecases.orders import Told
from portal_gateway.usecases.outages import Touched

FEW = 10
"""Up to so many numbers are read one by one, more of them all at once."""


@dataclass(slots=True)
class News:
    """What changed, as it is now; `resync`: too much, read everything."""

    entries: list[Entry] = field(default_factory=list)
    outages: list[Touched] = field(default_factory=list)
    orders: list[Told] = field(default_factory=list)
    resync: bool = False


async def news(gateway: Gateway, customer: str, changes: Changes) -> News:
    """Return what changed for the customer."""
    told = News()
    if changes.orders:
        # All: what becomes of a contract becomes of the orders that extend it.
        told.orders = await orders.told(gateway, customer)
    for outage_id in sorted(changes.outages):
        try:
            told.outages.append(await outages.one(gateway, customer, outage_id))
        except Refused:
            continue  # it touches nothing of his
    touched = [one.outage for one in told.outages]
    told.entries, is_gone = await _entries(gateway, customer, changes.numbers, touched)
    told.resync = is_gone or max(len(told.entries), len(told.orders)) > MOST_CHANGES
    return told


async def _entries(
    gateway: Gateway, customer: str, numbers: set[str], touched: list[Outage]
) -> tuple[list[Entry], bool]:
    """Return what there is now, and whether a number is not there any more."""
    if not numbers and not touched:
        return [], False
    one_by_one = not touched and len(numbers) <= FEW
    found: list[Entry] = []
    async with gateway.transaction() as connection:
        for around in sorted(numbers) if one_by_one else [None]:
            known = await picture.of_customer(
                connection,
                customer,
                at=gateway.now(),
                around=around.split("-")[0] if around else None,
            )
            if around:
                found += _named(known, around)
            else:
                found += _changed(known, numbers, touched)
    spans = {one.span for one in found}
    return found, not spans.issuperset(map(range_of, numbers))


def _named(known: Picture, hint: str) -> list[Entry]:
    first, _, last = hint.partition("-")
    entry = entry_rules.find(known, first, single=not last)
    return [entry] if entry else []


def _changed(known: Picture, numbers: set[str], touched: list[Outage]) -> list[Entry]:
    places = frozenset().union(*(one.touched | one.places for one in touched))
    spans = {range_of(number) for number in numbers}
    return [
        entry
        for entry in entry_rules.entries(known)
        if entry.span in spans or known.places_of(entry.line) & places
    ]
