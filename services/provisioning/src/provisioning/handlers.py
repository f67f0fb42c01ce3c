"""Every reaction of provisioning: to messages, and to the days that begin."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from chassis.clock import Clock, day_in_berlin, start_of_day
from chassis.erasing import Erasing
from chassis.errors import Rejected
from chassis.inbox import Received, UseCase
from chassis.postgres import TRANSIENT, Connection, Transaction
from chassis.service import Service
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.numbers import NumberPorted, NumberProvisioned
from contracts.orders import OrderCancelled, OrderPlaced
from provisioning.usecases.calendar import count_live, measure, open_due
from provisioning.usecases.erasing import erase_customer
from provisioning.usecases.numbers import take_number
from provisioning.usecases.orders import accept_order, cancel_order

E = TypeVar("E", bound=Event)

COUNTED_EVERY = timedelta(minutes=10)
"""How often live numbers are counted: a figure to look at, and no small question."""

log = structlog.get_logger()


def register(service: Service, *, calendar_poll: timedelta) -> None:
    """Connect the topics and the calendar with what is to be done."""
    erasing = Erasing(service.transaction, erase_customer)
    service.on(OrderPlaced, _on_time(service.clock, accept_order))
    service.on(NumberPorted, _on_time(service.clock, take_number))
    service.on(NumberProvisioned, _on_time(service.clock, take_number))
    service.on(CustomerErased, erasing.on_erased)
    service.watch(OrderCancelled, _on_order_cancelled(service))
    service.runs(Calendar(service.transaction, service.clock, calendar_poll).run)
    service.runs(erasing.run)


def _on_time(
    clock: Clock,
    use_case: Callable[[Received[E], Connection, Clock], Awaitable[None]],
) -> UseCase[E]:
    async def handle(received: Received[E], connection: Connection) -> None:
        await use_case(received, connection, clock)

    return handle


def _on_order_cancelled(
    service: Service,
) -> Callable[[Received[OrderCancelled]], Awaitable[None]]:
    async def handle(received: Received[OrderCancelled]) -> None:
        async with service.transaction() as connection:
            known = await cancel_order(received, connection, service.clock)
        # Only now: the cancellation is kept although its message is parked.
        if not known:
            raise Rejected(
                "unknown_order",
                f"No order {received.event.order_id} is known. If it comes later, it "
                "ends cancelled; else correct the order number and send again.",
            )

    return handle


class Calendar:
    """Opens numbers when their day begins in Germany."""

    def __init__(self, transaction: Transaction, clock: Clock, poll: timedelta) -> None:
        self._transaction = transaction
        self._clock = clock
        self._poll = poll
        self._counted_at: datetime | None = None

    async def run(self) -> None:
        """Look into the calendar for ever; a lost database is tried again."""
        while True:
            try:
                more = await self.look()
            except TRANSIENT as error:
                log.warning("calendar_interrupted", error=repr(error))
                more = False
            await asyncio.sleep(0 if more else self._pause(self._clock.now()))

    async def look(self) -> bool:
        """Open what is due now; True when there may be more."""
        opened = await open_due(self._transaction, self._clock)
        now = self._clock.now()
        async with self._transaction() as connection:
            await measure(connection)
            if self._counted_at is None or now - self._counted_at >= COUNTED_EVERY:
                await count_live(connection)
                self._counted_at = now
        return opened > 0

    def _pause(self, now: datetime) -> float:
        midnight = start_of_day(day_in_berlin(now) + timedelta(days=1))
        return min(self._poll, midnight - now).total_seconds()
