"""
All of a customer at once, read one time for everything that pages show.

Who keeps 10,000 numbers would wait for them on every page. So an overview is kept as
long as it is true: every change of a customer's facts is hinted to all gateways, and
the hint ends it. Without hints, or when time alone may change something, it is read.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import day_in_berlin, start_of_day
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain.causes import lines_of
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture
from portal_gateway.domain.situation import Situation, situation
from portal_gateway.store import holds, picture
from portal_gateway.usecases.gateway import Gateway

LONGEST: Final = timedelta(seconds=60)
MOST_ENTRIES: Final = 200_000
"""Of all customers together that are kept."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The facts, the entries that follow from them, and what they add up to."""

    picture: Picture
    entries: list[Entry]
    situation: Situation

    def find(self, number: str, *, single: bool = False) -> Entry | None:
        """Return the entry that a number names, also one that is not listed."""
        return entry_rules.find(self.picture, number, single=single)

    @property
    def lasts_until(self) -> datetime:
        """Return when time alone may change it: a rehearsal ends, a day begins."""
        now = self.picture.now
        tomorrow = start_of_day(day_in_berlin(now) + timedelta(days=1))
        ends = [
            started.ends_at
            for all_started in self.picture.started.values()
            for started in all_started
            if started.ends_at and started.ends_at > now
        ]
        return min([*ends, tomorrow, now + LONGEST])


@dataclass(slots=True)
class Kept:
    """The overviews that are true as far as this gateway has heard."""

    _known: OrderedDict[str, tuple[tuple[int, int], Overview]] = field(
        default_factory=OrderedDict
    )

    def get(
        self, customer: str, heard: tuple[int, int], now: datetime
    ) -> Overview | None:
        """Return what is kept, unless something was heard or time has passed since."""
        then, known = self._known.get(customer, (None, None))
        if known is None or then != heard or now >= known.lasts_until:
            return None
        self._known.move_to_end(customer)
        return known

    def put(self, customer: str, heard: tuple[int, int], known: Overview) -> None:
        """Keep an overview; those unused longest go."""
        self._known[customer] = (heard, known)
        self._known.move_to_end(customer)
        total = sum(len(kept.entries) + 1 for _, kept in self._known.values())
        while total > MOST_ENTRIES and len(self._known) > 1:
            _, (_, gone) = self._known.popitem(last=False)
            total -= len(gone.entries) + 1


async def overview(gateway: Gateway, kept: Kept, customer: str) -> Overview:
    """Return everything about the numbers of a customer, as of now."""
    hub, now = gateway.hub, gateway.now()
    heard = hub.heard(customer)  # before reading: what comes meanwhile ends it
    if hub.is_listening and (known := kept.get(customer, heard, now)):
        return known
    async with gateway.transaction() as connection:
        facts = await picture.of_customer(connection, customer, at=now)
        is_held = await holds.is_all_held(connection)
    listed = entry_rules.entries(facts)
    # People know their lines, and not what stands above them.
    lines = lines_of(facts).items()
    outages = [
        replace(o, places=frozenset(line for line, its in lines if its & o.places))
        for o in facts.outages
    ]
    adds_up_to = situation(listed, outages, is_held=is_held)
    read = Overview(facts, listed, adds_up_to)
    if hub.is_listening:
        kept.put(customer, heard, read)
    return read
