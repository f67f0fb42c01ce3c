"""The use cases of provisioning on PostgreSQL, as messages reach them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from chassis import postgres
from chassis.clock import Clock, SetClock, start_of_day
from chassis.inbox import Received, first_of
from chassis.postgres import Connection, Pool
from contracts.event import Event, new_id
from contracts.numbers import NumberPorted, NumberProvisioned
from contracts.orders import OrderCancelled, OrderPlaced
from provisioning.usecases.calendar import open_due
from provisioning.usecases.numbers import take_number
from provisioning.usecases.orders import accept_order, cancel_order
from support.provisioning import CABINET, CITY, LINE, OFFICE, ONE, TODAY

E = TypeVar("E", bound=Event)
Told = dict[str, Any]


@dataclass
class World:
    """Messages go in, events come out of the outbox."""

    pool: Pool
    clock: SetClock
    _told: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]  # not generic before 3.13

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction, as the service does."""
        async with postgres.transaction(self.pool) as connection:
            yield connection

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        self.clock.move(moment.astimezone(UTC) - self.clock.now())

    async def begin(self, on: date) -> None:
        """Let a day begin in Germany, and the calendar look."""
        self.at(start_of_day(on))
        await self.look()

    async def look(self) -> int:
        """Open what is due."""
        return await open_due(self.transaction, self.clock)

    async def place(
        self, order_id: str = "P-1", product: str = "sip-trunk-2.0", **more: Any
    ) -> None:
        """Place an order."""
        await self.give(accept_order, order_placed(order_id, product, **more))

    async def cancel(
        self,
        order_id: str = "P-1",
        customer: str = OFFICE,
        at: datetime | None = None,
    ) -> bool:
        """Give an order back; False when it is not known."""
        event = OrderCancelled(
            order_id=order_id,
            customer_number=customer,
            channel="phone",
            cancelled_by="agent",
            cancelled_at=at or self.clock.now(),
        )
        async with self.transaction() as connection:
            return await cancel_order(self.received(event), connection, self.clock)

    async def port(
        self, number: str = ONE, last: str | None = None, **more: Any
    ) -> None:
        """Port a number in, or with direction="out" out."""
        await self.give(take_number, ported(number, last, **more))

    async def provision(
        self, number: str = ONE, last: str | None = None, **more: Any
    ) -> None:
        """Provision a number, or move it to another line."""
        event = NumberProvisioned(**_number(number, last, more), **more)
        await self.give(take_number, event)

    async def give(
        self,
        use_case: Callable[[Received[E], Connection, Clock], Awaitable[None]],
        event: E,
        message_id: str | None = None,
    ) -> None:
        """Give a message to its use case, once for each id."""
        received = self.received(event, message_id)
        async with self.transaction() as connection:
            for new in await first_of(connection, event.topic(), [received]):
                await use_case(new, connection, self.clock)

    def received(self, event: E, message_id: str | None = None) -> Received[E]:
        """Return an event as its message brings it, told after all before it."""
        later = timedelta(microseconds=next(self._told))
        return Received(event, message_id or new_id(), self.clock.now() + later)

    async def told(self, *topics: str) -> list[Told]:
        """Return the events that are told, in order."""
        rows = await self.pool.fetch("SELECT topic, value FROM outbox ORDER BY id")
        return [
            {"type": row["topic"], **json.loads(row["value"])}
            for row in rows
            if not topics or row["topic"] in topics
        ]

    async def tale(self) -> list[tuple[str, str, int]]:
        """Return type, number and version of each change of the option."""
        told = await self.told("OptionEnabled", "OptionDisabled")
        return [(event["type"], event["number"], event["version"]) for event in told]

    async def enabled(self) -> list[str]:
        """Return each number that was enabled, once for each time."""
        return [event["number"] for event in await self.told("OptionEnabled")]


def order_placed(
    order_id: str = "P-1", product: str = "sip-trunk-2.0", **more: Any
) -> OrderPlaced:
    """Return an order with the option, placed with the product."""
    known = {
        "customer_number": OFFICE,
        "channel": "product_order",
        "placed_by": "web",
        "placed_at": datetime(2026, 11, 1, 8, tzinfo=UTC),
    }
    return OrderPlaced(order_id=order_id, product=product, **(known | more))


def ported(number: str = ONE, last: str | None = None, **more: Any) -> NumberPorted:
    """Return a number that is ported in today."""
    return NumberPorted(**_number(number, last, more), **more)


def _number(number: str, last: str | None, more: dict[str, Any]) -> dict[str, Any]:
    known = {
        "customer_number": OFFICE,
        "line": LINE,
        "elements": (CABINET, CITY),
        "effective_on": TODAY,
    }
    return {
        "number": number,
        "last": last,
        **{name: value for name, value in known.items() if name not in more},
    }
