"""Placing orders and giving the option back."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import new_id
from contracts.orders import Channel, OrderCancelled, OrderPlaced, OrderPosition
from contracts.products import ELIGIBLE_PRODUCTS, product_key
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain.facts import Picture, Range
from portal_gateway.domain.ordering import Order, contracts, is_for, option_of
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import accounts, hints, history, orders, picture
from portal_gateway.usecases import once
from portal_gateway.usecases.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Placing:
    """An order as somebody placed it."""

    product: str | None
    positions: tuple[OrderPosition, ...]
    option: bool
    extends_order_id: str | None
    channel: Channel


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number of an order, open or to come."""

    span: Range
    extension: str | None
    opens_on: date | None


@dataclass(frozen=True, slots=True)
class OrderNumbers:
    """The numbers of an order, and how far the option is."""

    numbers: list[Numbered]
    state: str
    opens_on: date | None


Told = tuple[Order, OrderNumbers]
"""An order as it is told."""


async def place(gateway: Gateway, customer: str, actor: str, placing: Placing) -> Order:
    """Keep the order and tell provisioning; raises Refused."""
    now = gateway.now()
    async with gateway.transaction() as connection:
        if await accounts.customer(connection, customer) is None:
            raise not_found()
        if placed := await once.effect(connection):
            return await _own(connection, customer, placed)
        product, extends = await _meant(connection, customer, placing)
        event = OrderPlaced(
            order_id=new_id(),
            customer_number=customer,
            product=product,
            positions=placing.positions,
            option=placing.option,
            extends_order_id=extends,
            channel=placing.channel,
            placed_by=actor,
            placed_at=now,
        )
        await orders.add(connection, event)
        await once.note_effect(connection, event.order_id)
        await outbox.add(connection, event, at=now)
        await history.note(
            connection,
            "order_placed",
            at=now,
            actor=actor,
            customer=customer,
            detail={"order_id": event.order_id, "channel": placing.channel},
        )
        await hints.order_changed(connection, customer, event.order_id)
        return await _own(connection, customer, event.order_id)


async def cancel(
    gateway: Gateway, customer: str, actor: str, order_id: str, channel: Channel
) -> Order:
    """
    Give the option of an order back; doing it again changes nothing.

    Unless it was ordered again for this contract: then it is given back once more.
    """
    now = gateway.now()
    async with gateway.transaction() as connection:
        order = await _own(connection, customer, order_id)
        if order.state == "refused" or not order.option:
            raise Refused("order_not_cancellable")
        found = await orders.all_of(connection, customer)
        if _is_given_back(order, found):
            return order
        event = OrderCancelled(
            order_id=order_id,
            customer_number=customer,
            channel=channel,
            cancelled_by=actor,
            cancelled_at=now,
        )
        await orders.set_cancelled(connection, order_id, now)
        await outbox.add(connection, event, at=now)
        await history.note(
            connection,
            "order_cancelled",
            at=now,
            actor=actor,
            customer=customer,
            detail={"order_id": order_id, "channel": channel},
        )
        await hints.order_changed(connection, customer, order_id)
        return await _own(connection, customer, order_id)


def _is_given_back(order: Order, found: Sequence[Order]) -> bool:
    if order.state != "cancelled" and not order.cancelled_at:
        return False
    return order not in contracts(found) or option_of(order, found) is None


async def all_of(gateway: Gateway, customer: str) -> list[Order]:
    """Return the customer's orders, newest first."""
    async with gateway.transaction() as connection:
        return await orders.all_of(connection, customer)


async def told(
    gateway: Gateway, customer: str, only: Container[str] | None = None
) -> list[Told]:
    """Return the customer's orders, or some, with their numbers, newest first."""
    async with gateway.transaction() as connection:
        found = await orders.all_of(connection, customer)
        known = await picture.of_customer(connection, customer, at=gateway.now())
    return with_numbers(known, found, only)


async def one(gateway: Gateway, customer: str, order_id: str) -> Told:
    """Return an order with its numbers; raises Refused where it is not his."""
    mine = await told(gateway, customer, {order_id})
    if not mine:
        raise not_found()
    return mine[0]


async def _own(connection: Connection, customer: str, order_id: str) -> Order:
    order = await orders.one(connection, customer, order_id)
    if order is None:
        raise not_found()
    return order


async def _meant(
    connection: Connection, customer: str, placing: Placing
) -> tuple[str, str | None]:
    """Return the product, and the contract that is extended."""
    product, extends = placing.product, None
    if product is not None:
        product = product_key(product)
    if placing.extends_order_id:
        extended = await orders.one(connection, customer, placing.extends_order_id)
        if extended is None:
            raise not_found()
        found = await orders.all_of(connection, customer)
        meant = [one for one in contracts(found) if is_for(extended, one)]
        contract = meant[0] if meant else extended
        product = product or contract.product
        if product != contract.product:
            raise Refused("product_differs")
        if option_of(contract, found):
            raise Refused("option_already_ordered")
        extends = contract.order_id
    if product is None:
        raise Refused("product_missing")
    if placing.option and product not in ELIGIBLE_PRODUCTS:
        raise product_not_eligible()
    return product, extends


def product_not_eligible() -> Refused:
    """Return the refusal that names the products that can have the option."""
    return Refused(
        "product_not_eligible",
        facts={"products": ", ".join(ELIGIBLE_PRODUCTS.values())},
        more={"eligible_products": list(ELIGIBLE_PRODUCTS)},
    )


def with_numbers(
    known: Picture, found: Sequence[Order], only: Container[str] | None = None
) -> list[Told]:
    """Return the orders, or some of them, with their numbers."""
    own = contracts(found)
    return [
        (order, _numbers(known, order, found, own))
        for order in found
        if only is None or order.order_id in only
    ]


def _numbers(
    known: Picture, order: Order, found: Sequence[Order], own: Sequence[Order]
) -> OrderNumbers:
    meant = [contract for contract in own if is_for(order, contract)]
    mine, is_only = _names(order, found, meant), len(own) == 1
    live = [option for option in known.options.values() if option.order_id in mine]
    coming = [
        planned
        for span in known.planned
        if (planned := entry_rules.coming(known, span))
        and (planned.order_id in mine or (planned.order_id is None and is_only))
    ]
    numbers = [Numbered(o.span, o.extension, None) for o in live if o.enabled]
    numbers += [Numbered(p.span, p.extension, p.effective_on) for p in coming]
    numbers.sort(key=lambda number: number.span)
    opens_on = min((planned.effective_on for planned in coming), default=None)
    if order.state == "refused":
        return OrderNumbers(numbers, "refused", opens_on)
    if order.state == "cancelled" and not option_of(order, found):
        return OrderNumbers(numbers, "cancelled", opens_on)
    enabled = any(option.enabled for option in live)
    ended = bool(live) or _is_over(order, found, meant)
    state = _option_state(order, enabled=enabled, ended=ended, coming=bool(coming))
    return OrderNumbers(numbers, state, opens_on)


def _is_over(order: Order, found: Sequence[Order], meant: Sequence[Order]) -> bool:
    """Tell whether its contracts were given back, and it with them."""
    alive = any(option_of(contract, found) for contract in meant)
    return bool(order.option and meant and not alive and not order.cancelled_at)


def _names(order: Order, found: Sequence[Order], meant: Sequence[Order]) -> set[str]:
    """Return the orders that numbers of this one, for the contracts, may name."""
    names = {one.order_id for one in found if any(is_for(one, c) for c in meant)}
    return names | {order.order_id} | {contract.order_id for contract in meant}


def _option_state(order: Order, *, enabled: bool, ended: bool, coming: bool) -> str:
    if enabled:
        return "partly_enabled" if coming else "enabled"
    if coming:
        return "coming"
    if ended:
        return "ended"
    return "ordered" if order.option else "none"
