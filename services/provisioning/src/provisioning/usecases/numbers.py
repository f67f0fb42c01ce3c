"""Numbers: taken in, moved, and let go."""

from datetime import datetime
from typing import TypeVar

from chassis.clock import Clock
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.numbers import NumberEvent, NumberPorted
from provisioning.domain.checks import check, range_of
from provisioning.domain.numbers import Movement, span_of
from provisioning.store.numbers import NumberStore
from provisioning.store.orders import OrderStore
from provisioning.usecases.orders import same_customer
from provisioning.usecases.settling import settle_numbers

N = TypeVar("N", bound=NumberEvent)


async def take_number(
    received: Received[N], connection: Connection, clock: Clock
) -> None:
    """Keep what porting or inventory says of a number, and open it if it is due."""
    told, numbers = received.event, NumberStore(connection)
    check(told, received.time)
    span = span_of(range_of(told.number, told.last))
    orders = OrderStore(connection)
    await orders.lock(told.customer_number)
    if order := await orders.order(told.order_id):
        same_customer(order, told.customer_number)
    await numbers.lock([span])
    # Read behind the lock: midnight may have passed while it was waited for.
    await numbers.add(_movement(received, clock.now()))
    await settle_numbers([span], connection, clock)


def _movement(received: Received[N], now: datetime) -> Movement:
    told = received.event
    return Movement(
        id=0,
        numbers=range_of(told.number, told.last),
        direction=told.direction if isinstance(told, NumberPorted) else "in",
        ported=isinstance(told, NumberPorted),
        customer_number=told.customer_number,
        order_id=told.order_id,
        line=told.line,
        elements=told.elements,
        extension=told.extension,
        effective_on=told.effective_on,
        told_at=received.time,
        received_at=now,
    )
