"""LISTEN and NOTIFY: hints to every gateway that something of a customer changed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import asyncpg

from chassis import tracing
from chassis.postgres import Connection

CHANNEL = "portal_gateway_changes"
LONGEST_PAYLOAD = 7900
MOST_NUMBERS = 200

Hint = dict[str, Any]


async def numbers_changed(
    connection: Connection, changes: Mapping[str, Iterable[str]]
) -> None:
    """Tell which numbers of which customers changed, once this commits."""
    parts = ((customer, sorted(set(numbers))) for customer, numbers in changes.items())
    pairs = [
        (customer, numbers if len(numbers) <= MOST_NUMBERS else None)
        for customer, numbers in parts
    ]
    await _notify(connection, list(_payloads(pairs)))


async def anything_changed(connection: Connection, customers: Iterable[str]) -> None:
    """Tell that anything of these customers may have changed, once this commits."""
    pairs: list[tuple[str, list[str] | None]] = [(one, None) for one in set(customers)]
    await _notify(connection, list(_payloads(pairs)))


async def order_changed(connection: Connection, customer: str, order_id: str) -> None:
    """Tell that an order changed, once this commits."""
    await orders_changed(connection, [(customer, order_id)])


async def orders_changed(
    connection: Connection, changed: Iterable[tuple[str, str]]
) -> None:
    """Tell which orders of which customers changed, once this commits."""
    trace = _trace()
    told = ({"customer": customer, "order": order} for customer, order in set(changed))
    await _notify(connection, [json.dumps(one | trace) for one in told])


async def outages_changed(connection: Connection, ids: Iterable[str]) -> None:
    """Tell that outages, or planned work, changed, once this commits."""
    trace = _trace()
    await _notify(connection, [json.dumps({"outage": one} | trace) for one in set(ids)])


async def sessions_ended(connection: Connection, account: int) -> None:
    """Tell that sessions of an account ended, once this commits."""
    await _notify(connection, [json.dumps({"account": account})])


def _trace() -> dict[str, str]:
    """Return the trace under way, so that whoever watches can be told of it."""
    return {"trace": traceparent} if (traceparent := tracing.current.get()) else {}


def _payloads(pairs: list[tuple[str, list[str] | None]]) -> Iterator[str]:
    part: dict[str, list[str] | None] = {}
    length = 0
    for customer, numbers in pairs:
        more = len(customer) + 8 + sum(len(number) + 4 for number in numbers or ())
        if part and length + more > LONGEST_PAYLOAD - 150:
            yield json.dumps({"numbers": part} | _trace())
            part, length = {}, 0
        part[customer] = numbers
        length += more
    if part:
        yield json.dumps({"numbers": part} | _trace())


async def _notify(connection: Connection, payloads: list[str]) -> None:
    await connection.execute(
        "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload",
        CHANNEL,
        payloads,
    )


class Listening:
    """A connection of its own that hears the hints of all gateways."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def open(
        self, hear: Callable[[Hint], None], lost: Callable[[], None]
    ) -> None:
        """Call `hear` with every hint from now on, and `lost` when it ends."""

        def on_notify(_c: object, _pid: int, _channel: str, payload: object) -> None:
            hear(json.loads(str(payload)))

        self._connection = await asyncpg.connect(self._url, command_timeout=10)
        self._connection.add_termination_listener(lambda _connection: lost())
        await self._connection.add_listener(CHANNEL, on_notify)

    async def is_alive(self) -> bool:
        """Tell whether the server still answers on the connection."""
        if self._connection is None or self._connection.is_closed():
            return False
        return bool(await self._connection.fetchval("SELECT true"))

    def close(self) -> None:
        """End it at once."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
