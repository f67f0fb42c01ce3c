"""Orders: placed and cancelled through the gateway, settled by provisioning."""

from datetime import datetime
from typing import ClassVar, Literal

from typing_extensions import override

from contracts.event import Event, Fact, Moment, Name, ToldByOthers

Channel = Literal["product_order", "portal", "phone", "mail"]


class OrderPosition(Fact):
    """One line of an order, as it is printed: what, and how many."""

    name: str
    quantity: int = 1


class OrderPlaced(ToldByOthers):
    """A customer ordered a product, or the option for a contract he has."""

    source: ClassVar[str] = "portal-gateway"

    order_id: Name
    customer_number: Name
    product: Name
    """Catalogue key, see `contracts.products`."""
    positions: tuple[OrderPosition, ...] = ()
    option: bool = True
    """Whether ecotel @once SelfCare is one of the positions."""
    extends_order_id: Name | None = None
    """The product order to which the option is added later."""
    channel: Channel
    placed_by: str
    placed_at: datetime

    @property
    @override
    def key(self) -> str:
        return self.customer_number


class OrderCancelled(Event):
    """The customer gave the option back: it ends for all numbers of the order."""

    source: ClassVar[str] = "portal-gateway"

    order_id: Name
    customer_number: Name
    channel: Channel
    cancelled_by: str
    cancelled_at: datetime

    @property
    @override
    def key(self) -> str:
        return self.customer_number


class OrderContent(Fact):
    """What was ordered, and by whom."""

    product: Name
    positions: tuple[OrderPosition, ...] = ()
    option: bool
    extends_order_id: Name | None = None
    """The contract that is extended, also where the order named an add-on of it."""
    channel: Channel
    placed_by: str
    placed_at: Moment


class OrderConfirmed(Event):
    """Provisioning accepted an order or refused it, and says why."""

    source: ClassVar[str] = "provisioning"

    order_id: Name
    customer_number: Name
    outcome: Literal["accepted", "refused", "cancelled"]
    code: Name | None = None
    reason: str | None = None
    cancelled_at: Moment | None = None
    """Since when the option is given back; None: it is not."""
    content: OrderContent | None = None
    """In the first answer, as the portal knows no order of another channel."""
    confirmed_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.customer_number
