"""What provisioning tells, each fact under an id that follows from it."""

from datetime import datetime

import structlog

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled
from contracts.orders import OrderConfirmed, OrderContent, OrderPlaced
from provisioning import metrics
from provisioning.domain.lines import Line
from provisioning.domain.option_changes import OptionChange
from provisioning.domain.orders import Order, Outcome, Refusal

log = structlog.get_logger()


async def tell_order(
    connection: Connection,
    order: Order,
    refused: Refusal | None,
    now: datetime,
    *,
    placed: OrderPlaced | None = None,
) -> None:
    """Tell the customer what became of his order; `placed`: in the first answer."""
    outcome: Outcome = "cancelled" if order.cancelled_at else "accepted"
    if refused:
        outcome = "refused"
    confirmed = OrderConfirmed(
        order_id=order.order_id,
        customer_number=order.customer_number,
        outcome=outcome,
        code=refused and refused.code,
        reason=refused and refused.reason,
        cancelled_at=order.cancelled_at,
        content=placed and _content(order, placed),
        confirmed_at=now,
    )
    # An order may be refused twice, for another reason, and given back twice.
    whys = {"refused": (confirmed.code,), "cancelled": (order.cancelled_at,)}
    why = whys.get(outcome, ())
    event_id = derived_id("OrderConfirmed", order.order_id, outcome, *why)
    await outbox.add(connection, confirmed, at=now, event_id=event_id)
    metrics.ORDERS.labels(outcome).inc()
    log.info(
        "order_settled",
        order_id=order.order_id,
        outcome=outcome,
        code=confirmed.code,
    )


def _content(order: Order, placed: OrderPlaced) -> OrderContent:
    return OrderContent(
        product=order.product,
        positions=placed.positions,
        option=order.option,
        extends_order_id=order.extends_order_id,
        channel=placed.channel,
        placed_by=placed.placed_by,
        placed_at=order.placed_at,
    )


async def tell_line(connection: Connection, line: Line, now: datetime) -> None:
    """Tell which elements are above a line, and whether it is gone."""
    connected = LineConnected(
        line=line.line,
        customer_number=line.customer_number,
        elements=line.elements,
        version=line.version,
        gone=line.gone,
    )
    event_id = derived_id("LineConnected", line.line, line.version)
    await outbox.add(connection, connected, at=now, event_id=event_id)
    log.info(
        "line_gone" if line.gone else "line_connected",
        line=line.line,
        version=line.version,
    )


async def tell_option(connection: Connection, change: OptionChange) -> None:
    """Tell one change of the option of a number or block."""
    event = _option_event(change)
    key = (change.numbers.first, change.numbers.last, change.version)
    event_id = derived_id(event.topic(), *key)
    await outbox.add(connection, event, at=change.at, event_id=event_id)
    log.info(
        "option_ended" if change.ended else "option_enabled",
        number=event.number,
        last=event.last,
        order_id=event.order_id,
        version=event.version,
        reason=change.ended,
    )


def _option_event(change: OptionChange) -> OptionEnabled | OptionDisabled:
    grant, numbers = change.grant, change.numbers
    last = None if numbers.is_single else numbers.last
    if change.ended:
        return OptionDisabled(
            number=numbers.first,
            last=last,
            customer_number=grant.customer_number,
            order_id=grant.order_id,
            version=change.version,
            reason=change.ended,
            disabled_at=change.at,
        )
    return OptionEnabled(
        number=numbers.first,
        last=last,
        customer_number=grant.customer_number,
        order_id=grant.order_id,
        version=change.version,
        product=grant.product,
        line=grant.line,
        extension=grant.extension,
        opened_on=grant.opened_on,
    )
