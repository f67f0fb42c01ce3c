"""Orders: accepted, refused and given back."""

from dataclasses import replace
from datetime import datetime

import structlog

from chassis.clock import Clock
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.orders import OrderCancelled, OrderPlaced
from contracts.products import product_key
from provisioning.domain.checks import check, moment
from provisioning.domain.orders import (
    UNKNOWN_ORDER,
    Order,
    Refusal,
    contract_of,
    refusal,
)
from provisioning.store.numbers import NumberStore
from provisioning.store.orders import OrderStore
from provisioning.usecases.settling import settle_numbers
from provisioning.usecases.telling import tell_order

log = structlog.get_logger()


async def accept_order(
    received: Received[OrderPlaced], connection: Connection, clock: Clock
) -> None:
    """Accept or refuse an order once, whatever the ids of its messages."""
    placed, orders = received.event, OrderStore(connection)
    check(placed, received.time)
    await orders.lock(placed.customer_number)
    known = await orders.order(placed.order_id)
    if known:
        same_customer(known, placed.customer_number)
        log.info("order_repeated", order_id=known.order_id)
        return
    given_back = await orders.cancelled_at(placed.order_id, placed.customer_number)
    order, refused = await _judged(_ordered(placed, given_back), orders)
    await orders.add(order, placed, refused, clock.now())
    await tell_order(connection, order, refused, clock.now(), placed=placed)
    if refused is None:
        await _take_waiting(order.customer_number, connection, clock)
        await _settle_customer(order.customer_number, connection, clock)


async def cancel_order(
    received: Received[OrderCancelled], connection: Connection, clock: Clock
) -> bool:
    """
    End the option of an order; False when the order is not known (yet).

    The cancellation is kept even then, so that an order which it overtook ends
    cancelled. Of several the latest counts, and repeating one does no harm.
    """
    cancelled, orders = received.event, OrderStore(connection)
    check(cancelled, received.time)
    await orders.lock(cancelled.customer_number)
    order = await orders.order(cancelled.order_id)
    if order:
        same_customer(order, cancelled.customer_number)
        _not_refused(order)
    new = await orders.cancel(cancelled, moment(cancelled.cancelled_at))
    if order and new:
        order = replace(order, cancelled_at=moment(cancelled.cancelled_at))
        await tell_order(connection, order, None, clock.now())
        await _settle_customer(order.customer_number, connection, clock)
    return order is not None


def same_customer(order: Order, customer_number: str) -> None:
    """Raise Rejected where an order is not the customer's."""
    if order.customer_number != customer_number:
        raise Rejected(
            "foreign_order",
            f"Order {order.order_id} belongs to another customer than "
            f"{customer_number}: correct the order or customer number and send again.",
        )


def _not_refused(order: Order) -> None:
    if order.refused:
        raise Rejected(
            "refused_order",
            f"Order {order.order_id} was refused: there is nothing to cancel.",
        )


async def _take_waiting(
    customer_number: str, connection: Connection, clock: Clock
) -> None:
    """Judge anew the add-ons that came before the order that they name."""
    orders, is_news = OrderStore(connection), True
    while is_news:
        is_news = False
        for waiting in await orders.waiting(customer_number):
            order, refused = await _judged(replace(waiting, refused=False), orders)
            if refused is None or refused.code != UNKNOWN_ORDER:
                await orders.settle(order, refused, clock.now())
                await tell_order(connection, order, refused, clock.now())
                is_news = True  # it may be the one that another names


def _ordered(placed: OrderPlaced, cancelled_at: datetime | None) -> Order:
    return Order(
        placed.order_id,
        placed.customer_number,
        product_key(placed.product),
        placed.option,
        placed.extends_order_id,
        placed.channel,
        moment(placed.placed_at),
        cancelled_at=cancelled_at,
    )


async def _judged(order: Order, orders: OrderStore) -> tuple[Order, Refusal | None]:
    mine = (await orders.of([order.customer_number])).get(order.customer_number, [])
    extended = contract_of(order.extends_order_id, "", order.placed_at, mine)
    product, names = await orders.product(order.product), await orders.eligible_names()
    refused = refusal(order, product, extended, names)
    if order.extends_order_id and extended:
        order = replace(order, extends_order_id=extended.order_id)
    return replace(order, refused=refused is not None), refused


async def _settle_customer(
    customer_number: str, connection: Connection, clock: Clock
) -> None:
    spans = await NumberStore(connection).spans_of(customer_number)
    await settle_numbers(spans, connection, clock)
