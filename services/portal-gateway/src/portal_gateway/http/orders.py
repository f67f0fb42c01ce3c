"""Products, orders, and giving the option back."""

from typing_extensions import TypedDict

from contracts.orders import Channel, OrderPosition
from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway.domain.refused import Refused
from portal_gateway.http import ordered, people
from portal_gateway.http.answering import answer
from portal_gateway.http.bodies import NewOrder
from portal_gateway.http.ordered import OrderDetail, OrderShape
from portal_gateway.http.people import CustomerNumber, For, Person, Running
from portal_gateway.http.routes import ORDER, new_router
from portal_gateway.usecases import orders
from portal_gateway.usecases.orders import Placing

router = new_router("orders")


@answer
class Product(TypedDict):
    """A product, by the word that orders name it with."""

    product: str
    name: str


@answer
class ProductList(TypedDict):
    """The products with which the option can be ordered."""

    products: list[Product]


@answer
class OrderList(TypedDict):
    """Orders, newest first."""

    orders: list[OrderShape]


@router.get("/products")
async def list_products(_person: Person) -> ProductList:
    """List the products with which the option can be ordered."""
    return {
        "products": [
            {"product": key, "name": name} for key, name in ELIGIBLE_PRODUCTS.items()
        ]
    }


@router.get("/orders")
async def list_orders(acting: For, gateway: Running) -> OrderList:
    """List the orders, newest first."""
    found = await orders.told(gateway, acting.customer)
    return {"orders": [ordered.order(*told) for told in found]}


@router.get(f"/orders/{ORDER}")
async def show_order(order_id: str, acting: For, gateway: Running) -> OrderDetail:
    """Show an order with its positions and numbers."""
    return ordered.order_detail(*await orders.one(gateway, acting.customer, order_id))


@router.post("/orders", status_code=202)
async def place_order(
    body: NewOrder,
    person: Person,
    gateway: Running,
    customer_number: CustomerNumber = None,
) -> OrderShape:
    """Order a product with the option, or the option for an order there is."""
    named = body.customer_number or customer_number
    acting = await people.acting(person, gateway, named)
    placing = Placing(
        product=body.product,
        positions=tuple(
            OrderPosition(name=position.name, quantity=position.quantity)
            for position in body.positions
        ),
        option=body.option,
        extends_order_id=body.extends_order_id,
        channel=_channel(person.role, body.channel),
    )
    order = await orders.place(gateway, acting.customer, acting.name, placing)
    return ordered.order(*await orders.one(gateway, acting.customer, order.order_id))


@router.delete(f"/orders/{ORDER}", status_code=202)
async def give_option_back(
    order_id: str, acting: For, gateway: Running, channel: Channel | None = None
) -> OrderShape:
    """End the option for all numbers of the order."""
    by = _channel(acting.session.role, channel)
    await orders.cancel(gateway, acting.customer, acting.name, order_id, by)
    return ordered.order(*await orders.one(gateway, acting.customer, order_id))


def _channel(role: str, channel: Channel | None) -> Channel:
    """Return the channel that is recorded; each role has its own."""
    if role == "customer":
        if channel not in {None, "portal"}:
            raise Refused("channel_not_allowed")
        return "portal"
    if channel == "portal":
        raise Refused("channel_not_allowed")
    return channel or "phone"
