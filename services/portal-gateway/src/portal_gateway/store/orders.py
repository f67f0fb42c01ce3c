"""Orders as the customer placed them, and what provisioning said."""

import json
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from contracts.orders import OrderConfirmed, OrderContent, OrderPlaced
from portal_gateway.domain.ordering import Order


async def add(connection: Connection, order: OrderPlaced) -> None:
    """Keep an order that was placed; one whose id is known changes nothing."""
    await connection.execute(
        """
        INSERT INTO product_order
                    (order_id, customer_number, product, positions, option,
                     extends_order_id, channel, placed_by, placed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING
        """,
        order.order_id,
        order.customer_number,
        order.product,
        json.dumps([position.model_dump() for position in order.positions]),
        order.option,
        order.extends_order_id,
        order.channel,
        order.placed_by,
        order.placed_at,
    )


async def all_of(connection: Connection, customer_number: str) -> list[Order]:
    """Return the customer's orders, newest first."""
    rows = await connection.fetch(
        """
        SELECT * FROM product_order
         WHERE customer_number = $1
         ORDER BY placed_at DESC, order_id
        """,
        customer_number,
    )
    return [_order(row) for row in rows]


async def one(
    connection: Connection, customer_number: str, order_id: str
) -> Order | None:
    """Return an order of this customer, locked until commit."""
    row = await connection.fetchrow(
        """
        SELECT * FROM product_order
         WHERE customer_number = $1 AND order_id = $2
           FOR UPDATE
        """,
        customer_number,
        order_id,
    )
    return _order(row) if row else None


async def set_cancelled(connection: Connection, order_id: str, at: datetime) -> None:
    """Note that the customer gave the option back."""
    await connection.execute(
        "UPDATE product_order SET cancelled_at = $2 WHERE order_id = $1", order_id, at
    )


async def confirm(connection: Connection, event: OrderConfirmed) -> bool:
    """
    Take over what provisioning said unless something newer is known.

    An order that came to it by another channel is kept, too. What is cancelled stays
    so, and becomes so, whatever its clock said before.
    """
    if event.content:
        await add(connection, _placed(event, event.content))
    done = await connection.execute(
        """
        UPDATE product_order
           SET state = $3, code = $4, reason = $5, confirmed_at = $6,
               cancelled_at = CASE WHEN $3 = 'cancelled'
                                   THEN coalesce(greatest(cancelled_at, $7), $6)
                                   ELSE cancelled_at END
         WHERE order_id = $1 AND customer_number = $2
           AND (state <> 'cancelled' OR ($3 = 'cancelled' AND cancelled_at < $7))
           AND (confirmed_at IS NULL OR confirmed_at < $6 OR $3 = 'cancelled')
        """,
        event.order_id,
        event.customer_number,
        event.outcome,
        event.code,
        event.reason,
        event.confirmed_at,
        event.cancelled_at,
    )
    return done == "UPDATE 1"


def _placed(event: OrderConfirmed, content: OrderContent) -> OrderPlaced:
    return OrderPlaced(
        order_id=event.order_id, customer_number=event.customer_number, **dict(content)
    )


def _order(row: asyncpg.Record) -> Order:
    return Order(**{**row, "positions": json.loads(row["positions"])})
