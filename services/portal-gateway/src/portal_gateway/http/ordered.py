"""How orders look in JSON."""

from typing import Annotated

from typing_extensions import TypedDict

from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway.domain.ordering import Order
from portal_gateway.http.answering import Channel, Day, Moment, Number, answer, one_of
from portal_gateway.http.shapes import last, moment
from portal_gateway.usecases.orders import Numbered, OrderNumbers


@answer
class Position(TypedDict):
    """One line of an order, as it is printed."""

    name: str
    quantity: int


@answer
class OrderOption(TypedDict):
    """How far the option is for the numbers of an order."""

    state: str
    opens_on: Day | None
    """The next day on which numbers are to open."""


@answer
class OrderShape(TypedDict):
    """An order and how far its option is."""

    order_id: str
    customer_number: str
    product: str
    product_name: str
    positions: list[Position]
    extends_order_id: str | None
    """The contract to which the option was ordered later."""
    channel: Channel
    placed_by: str
    placed_at: Moment
    state: Annotated[str, one_of("placed", "accepted", "refused", "cancelled")]
    code: str | None
    """Why it was refused."""
    reason: str | None
    """The same in words."""
    cancelling: bool
    """It was given back, and that is not confirmed yet."""
    option: OrderOption


@answer
class OrderNumber(TypedDict):
    """A number of an order, open or to come."""

    number: Number
    last: Number | None
    """The last number of a block."""
    extension: str | None
    opens_on: Day | None
    """Null: it is open."""


@answer
class OrderDetail(OrderShape):
    """An order with its numbers."""

    numbers: list[OrderNumber]


def order(one: Order, numbers: OrderNumbers) -> OrderShape:
    """Return an order and how far the option is."""
    opens_on = numbers.opens_on.isoformat() if numbers.opens_on else None
    return {
        "order_id": one.order_id,
        "customer_number": one.customer_number,
        "product": one.product,
        "product_name": texts_of_product(one.product),
        "positions": [
            {"name": each["name"], "quantity": each["quantity"]}
            for each in one.positions
        ],
        "extends_order_id": one.extends_order_id,
        "channel": one.channel,
        "placed_by": one.placed_by,
        "placed_at": moment(one.placed_at),
        "state": one.state,
        "code": one.code,
        "reason": one.reason,
        "cancelling": bool(one.cancelled_at) and one.state != "cancelled",
        "option": {"state": numbers.state, "opens_on": opens_on},
    }


def order_detail(one: Order, numbers: OrderNumbers) -> OrderDetail:
    """Return an order with its numbers."""
    shown = [_order_number(each) for each in numbers.numbers]
    return {**order(one, numbers), "numbers": shown}


def _order_number(one: Numbered) -> OrderNumber:
    return {
        "number": one.span[0],
        "last": last(one.span),
        "extension": one.extension,
        "opens_on": one.opens_on.isoformat() if one.opens_on else None,
    }


def texts_of_product(product: str) -> str:
    """Return the product's name as customers know it."""
    return ELIGIBLE_PRODUCTS.get(product, product)
