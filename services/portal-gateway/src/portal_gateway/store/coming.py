"""Numbers to come, of orders that have the option."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Planned, Range
from portal_gateway.domain.ordering import has_option
from portal_gateway.domain.plans import Arrival, to_come
from portal_gateway.store import orders
from portal_gateway.store.numbers import AROUND, PLAN, facts_of


async def numbers(
    connection: Connection, customer: str, around: str | None, today: date
) -> Mapping[Range, Sequence[Planned]]:
    """Return all of a customer, or those that hold `around`; none that left again."""
    rows = await connection.fetch(
        f"""
        SELECT {PLAN}, extension, order_id
          FROM number_plan
         WHERE {AROUND}
        """,  # noqa: S608 - constants of the stores
        customer,
        around,
    )
    placed = await orders.all_of(connection, customer) if rows else []
    named = {row["order_id"] for row in rows}
    option = {order_id: has_option(order_id, placed) for order_id in named}
    return to_come((_arrival(row, option) for row in rows), today)


def _arrival(row: asyncpg.Record, option: Mapping[str | None, bool]) -> Arrival:
    order_id = row["order_id"]
    return Arrival(*facts_of(row), row["extension"], order_id, option[order_id])
