"""
What is told late of a customer who is erased.

Topics have no common order: the end of a diversion may come after his data are gone,
and must not be kept under his number. What begins something after he was erased says
that he is a customer again.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, wraps
from typing import Any, Final

from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.event import Event
from contracts.numbers import LineConnected, NumberPorted, NumberProvisioned
from contracts.options import OptionEnabled
from contracts.orders import OrderConfirmed
from portal_gateway.store import erased

KEPT: Final = timedelta(days=30)
"""What comes still later was sent again by hand."""

Batch = Sequence[Received[Any]]
UseCase = Callable[[Batch, Connection], Awaitable[None]]
_digest = lru_cache(4096)(erased.digest)


def of_living(use_case: UseCase) -> UseCase:
    """Leave out what is told late of customers who are erased."""

    @wraps(use_case)
    async def handle(told: Batch, connection: Connection) -> None:
        if gone := await erased.lately(connection):
            told = await _of_living(told, connection, gone)
        await use_case(told, connection)

    return handle


async def _of_living(
    told: Batch, connection: Connection, gone: dict[bytes, datetime]
) -> Batch:
    back = set()
    for one in told:
        erased_at = gone.get(name := _digest(one.event.customer_number))
        if erased_at and one.time > erased_at and _begins(one.event, erased_at):
            back.add(name)
    if back:
        await erased.lift(connection, back)
    out = gone.keys() - back
    return [one for one in told if _digest(one.event.customer_number) not in out]


def _begins(event: Event, erased_at: datetime) -> bool:
    if isinstance(event, OrderConfirmed):
        # The answer may be late to an order that he placed before.
        return event.content is not None and event.content.placed_at > erased_at
    if isinstance(event, NumberPorted):
        return event.direction == "in"
    if isinstance(event, LineConnected):
        return not event.gone
    return isinstance(event, NumberProvisioned | OptionEnabled)
