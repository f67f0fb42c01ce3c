"""Numbers to come, of orders that have the option."""

from collections.abc import Mapping, Sequence
from datetime import date

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Planned, Range
from portal_gateway.domain.plans import Arrival, to_come
from portal_gateway.store.numbers import AROUND, PLAN, facts_of

_MEANT = """(ordered.extends_order_id IS NULL AND ordered.channel <> 'product_order'
              AND contract.customer_number = ordered.customer_number
              AND contract.product = ordered.product
              AND contract.placed_at <= ordered.placed_at
              AND coalesce(contract.cancelled_at < ordered.placed_at, true))"""
"""Who orders the option without naming an order means those of its product."""

_HAS_OPTION = f"""
    EXISTS (SELECT FROM product_order AS ordered
             WHERE ordered.customer_number = plan.customer_number
               AND ordered.option
               AND ordered.state IN ('placed', 'accepted')
               AND (plan.order_id IS NULL
                    OR plan.order_id IN (ordered.order_id, ordered.extends_order_id)
                    OR EXISTS (SELECT FROM product_order AS contract
                                WHERE contract.order_id = plan.order_id
                                  AND {_MEANT})))
    """  # noqa: S608 - a constant of this module


async def numbers(
    connection: Connection, customer: str, around: str | None, today: date
) -> Mapping[Range, Sequence[Planned]]:
    """Return all of a customer, or those that hold `around`; none that left again."""
    rows = await connection.fetch(
        f"""
        SELECT {PLAN}, extension, order_id, {_HAS_OPTION} AS has_option
          FROM number_plan AS plan
         WHERE {AROUND}
        """,  # noqa: S608 - constants of the stores
        customer,
        around,
    )
    return to_come(map(_arrival, rows), today)


def _arrival(row: asyncpg.Record) -> Arrival:
    return Arrival(*facts_of(row), row["extension"], row["order_id"], row["has_option"])
