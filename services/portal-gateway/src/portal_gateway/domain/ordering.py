"""Orders: which are contracts, and which of them have the option."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

WITH_THE_PRODUCT: Final = "product_order"
"""The channel of a new contract; the others add the option to one that exists."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order with its state: placed, accepted, refused or cancelled."""

    order_id: str
    customer_number: str
    product: str
    positions: list[dict[str, Any]]
    option: bool
    extends_order_id: str | None
    channel: str
    placed_by: str
    placed_at: datetime
    state: str
    code: str | None
    reason: str | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None


def contracts(found: Iterable[Order]) -> list[Order]:
    """
    Return the orders that numbers can belong to, newest first, as provisioning does.

    An order of the option that names no order is for those of its product; where
    there is none it stands for a contract older than our books.
    """
    own: list[Order] = []
    named = [one for one in found if one.extends_order_id is None]
    accepted = [one for one in named if one.state != "refused"]
    for one in sorted(accepted, key=lambda order: (_is_open(order), _age(order))):
        if not any(_covers(one, contract) for contract in own):
            own.append(one)
    return sorted(own, key=_age, reverse=True)


def is_for(order: Order, contract: Order) -> bool:
    """Tell whether an order is the contract, or one of the option for it."""
    means = (order.order_id, order.extends_order_id)
    return contract.order_id in means or _covers(order, contract)


def _covers(order: Order, contract: Order) -> bool:
    return (
        _is_open(order)
        and contract.extends_order_id is None
        and contract.product == order.product
        and _age(contract) <= _age(order)
    )


def _is_open(order: Order) -> bool:
    """Tell whether it means the customer's contracts without naming one."""
    return order.extends_order_id is None and order.channel != WITH_THE_PRODUCT


def _age(order: Order) -> tuple[datetime, str]:
    return order.placed_at, order.order_id


def option_of(contract: Order, found: Iterable[Order]) -> Order | None:
    """Return the order that brings the contract the option; None: it has not."""
    ended = contract.cancelled_at
    return next(
        (
            one
            for one in found
            if one.option
            and one.state in ("placed", "accepted")
            and not one.cancelled_at
            and is_for(one, contract)
            and (ended is None or ended < one.placed_at)
        ),
        None,
    )


def has_option(order_id: str | None, found: Iterable[Order]) -> bool:
    """Tell whether numbers that name the order, or none, are to have the option."""
    found = list(found)
    named = [one for one in found if one.order_id == order_id]
    return any(
        option_of(contract, found)
        for contract in contracts(found)
        if order_id is None or any(is_for(one, contract) for one in named)
    )
