"""Numbers to come, of orders that have the option."""

from datetime import date

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Planned, Range
from portal_gateway.store.numbers import AROUND

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
_HAS_LEFT = """
    EXISTS (SELECT FROM planned_number AS gone
             WHERE (gone.number, gone.last, gone.customer_number)
                 = (plan.number, plan.last, plan.customer_number)
               AND gone.direction = 'out'
               AND (gone.effective_on, gone.told_at)
                   >= (plan.effective_on, plan.told_at)
               AND gone.effective_on <= $3)
    """


async def numbers(
    connection: Connection, customer: str, around: str | None, today: date
) -> dict[Range, Planned]:
    """Return all of a customer, or those that hold `around`; none that left again."""
    rows = await connection.fetch(
        f"""
        SELECT number, last, line, extension, effective_on, order_id
          FROM planned_number AS plan
         WHERE {AROUND} AND direction = 'in' AND {_HAS_OPTION} AND NOT {_HAS_LEFT}
        """,  # noqa: S608 - constants of the stores
        customer,
        around,
        today,
    )
    return {(row["number"], row["last"]): _planned(row) for row in rows}


def _planned(row: asyncpg.Record) -> Planned:
    return Planned(
        (row["number"], row["last"]),
        row["line"],
        row["extension"],
        row["effective_on"],
        row["order_id"],
    )
