"""Catalogue, orders and cancellations in PostgreSQL."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from contracts.orders import OrderCancelled, OrderPlaced
from provisioning.domain.orders import UNKNOWN_ORDER, Order, Product, Refusal


class OrderStore:
    """What was ordered and given back, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def lock(self, customer_number: str) -> None:
        """
        Let nobody else settle orders or movements of this customer until commit.

        Without it an order and a number that come at the same moment would not
        see each other. Taken before the locks of numbers, so nothing deadlocks.
        """
        await self._db.execute(
            """
            SELECT pg_advisory_xact_lock(
                   hashtext(current_schema() || '.customer'), hashtext($1))
            """,
            customer_number,
        )

    async def product(self, key: str) -> Product | None:
        """Return a product of the catalogue."""
        row = await self._db.fetchrow(
            "SELECT key, name, eligible, shapes FROM product WHERE key = $1", key
        )
        if row is None:
            return None
        return Product(**{**row, "shapes": frozenset(row["shapes"])})

    async def eligible_names(self) -> list[str]:
        """Return the names of the products that can have the option."""
        rows = await self._db.fetch(
            "SELECT name FROM product WHERE eligible ORDER BY lower(name)"
        )
        return [row["name"] for row in rows]

    async def order(self, order_id: str | None) -> Order | None:
        """Return an order, whoever's it is."""
        row = await self._db.fetchrow(f"{_ORDERS} WHERE o.order_id = $1", order_id)
        return _order(row) if row else None

    async def of(self, customers: Iterable[str]) -> dict[str, list[Order]]:
        """Return the orders of customers, by customer number."""
        rows = await self._db.fetch(
            f"{_ORDERS} WHERE o.customer_number = ANY($1) ORDER BY o.order_id",
            list(customers),
        )
        found: dict[str, list[Order]] = {}
        for row in rows:
            found.setdefault(row["customer_number"], []).append(_order(row))
        return found

    async def add(
        self,
        order: Order,
        placed: OrderPlaced,
        refusal: Refusal | None,
        settled_at: datetime,
    ) -> None:
        """Keep an order with its positions and, where it was refused, the reason."""
        await self._db.execute(
            """
            INSERT INTO customer_order
                        (order_id, customer_number, product, option, extends_order_id,
                         channel, placed_by, placed_at, refusal_code, refusal_reason,
                         settled_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            order.order_id,
            order.customer_number,
            order.product,
            order.option,
            order.extends_order_id,
            order.channel,
            placed.placed_by,
            order.placed_at,
            refusal and refusal.code,
            refusal and refusal.reason,
            settled_at,
        )
        await self._db.executemany(
            """
            INSERT INTO order_position (order_id, place, name, quantity)
                 VALUES ($1, $2, $3, $4)
            """,
            [
                (order.order_id, place, position.name, position.quantity)
                for place, position in enumerate(placed.positions, 1)
            ],
        )

    async def waiting(self, customer_number: str) -> list[Order]:
        """Return the add-ons that name an order that nobody knew, oldest first."""
        rows = await self._db.fetch(
            f"""
            {_ORDERS}
             WHERE o.customer_number = $1 AND o.refusal_code = $2
             ORDER BY o.placed_at, o.order_id
            """,
            customer_number,
            UNKNOWN_ORDER,
        )
        return [_order(row) for row in rows]

    async def settle(
        self, order: Order, refusal: Refusal | None, settled_at: datetime
    ) -> None:
        """Keep what became of an order that is judged anew."""
        await self._db.execute(
            """
            UPDATE customer_order
               SET extends_order_id = $2, refusal_code = $3, refusal_reason = $4,
                   settled_at = $5
             WHERE order_id = $1
            """,
            order.order_id,
            order.extends_order_id,
            refusal and refusal.code,
            refusal and refusal.reason,
            settled_at,
        )

    async def cancel(self, cancelled: OrderCancelled, at: datetime) -> bool:
        """Keep a cancellation, its order known or not; False when it says no more."""
        done = await self._db.execute(
            """
            INSERT INTO cancellation AS known
                        (order_id, customer_number, channel, cancelled_by, cancelled_at)
                 VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (order_id, customer_number) DO UPDATE
                    SET channel = excluded.channel,
                        cancelled_by = excluded.cancelled_by,
                        cancelled_at = excluded.cancelled_at
                  WHERE known.cancelled_at < excluded.cancelled_at
            """,
            cancelled.order_id,
            cancelled.customer_number,
            cancelled.channel,
            cancelled.cancelled_by,
            at,
        )
        return done == "INSERT 0 1"

    async def cancelled_at(
        self, order_id: str, customer_number: str
    ) -> datetime | None:
        """Return when the customer gave the order back; None: he did not."""
        found: datetime | None = await self._db.fetchval(
            """
            SELECT cancelled_at
              FROM cancellation
             WHERE order_id = $1 AND customer_number = $2
            """,
            order_id,
            customer_number,
        )
        return found


_ORDERS = """
    SELECT o.order_id, o.customer_number, o.product, o.option, o.extends_order_id,
           o.channel, o.placed_at, o.refusal_code, p.shapes, c.cancelled_at
      FROM customer_order AS o
      LEFT JOIN product AS p ON p.key = o.product
      LEFT JOIN cancellation AS c USING (order_id, customer_number)
"""


def _order(row: asyncpg.Record) -> Order:
    return Order(
        row["order_id"],
        row["customer_number"],
        row["product"],
        row["option"],
        row["extends_order_id"],
        row["channel"],
        row["placed_at"],
        frozenset(row["shapes"] or ()),
        row["refusal_code"] is not None,
        row["cancelled_at"],
    )
