"""Facts to tell provisioning: a customer, his orders and his numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from chassis.clock import start_of_day
from contracts.number_range import NumberRange
from contracts.products import ELIGIBLE_PRODUCTS
from provisioning.domain import numbers as n
from provisioning.domain.numbers import Movement
from provisioning.domain.option_changes import Grant, OptionChange, Telling
from provisioning.domain.options import settle
from provisioning.domain.orders import Order, Product, contract_of, refusal

OFFICE, RIVAL = "70001234", "70009999"
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
MORNING = NOON - timedelta(hours=3)

ONE, TWO, THREE = "+493023125001", "+493023125002", "+493023125003"
BLOCK = ("+492214710000", "+492214710999")
INSIDE, NEIGHBOUR = "+492214710123", "+492214710124"

LINE, OTHER_LINE = "L-4711", "L-4712"
CABINET, CITY = "dslam-koeln-7", "agg-koeln"

CATALOGUE = {
    key: Product(key, name, eligible=True, shapes=frozenset({"single", "block"}))
    for key, name in ELIGIBLE_PRODUCTS.items()
} | {"mobile": Product("mobile", "Mobilfunk", eligible=False, shapes=frozenset())}

Channel = Literal["product_order", "portal", "phone", "mail"]


def day(number: int) -> date:
    """Return a day, so many after today."""
    return TODAY + timedelta(days=number)


def an_order(
    order_id: str = "P-1",
    *,
    customer: str = OFFICE,
    product: str = "sip-trunk-2.0",
    option: bool = True,
    extends: str | None = None,
    channel: Channel = "product_order",
    at: datetime = MORNING,
) -> Order:
    """Return an order as it was placed."""
    return Order(order_id, customer, product, option, extends, channel, at)


def a_movement(  # noqa: PLR0913 - a test names what it is about
    number: str = ONE,
    last: str | None = None,
    *,
    direction: n.Direction = "in",
    ported: bool = True,
    customer: str = OFFICE,
    order_id: str | None = None,
    line: str = LINE,
    extension: str | None = None,
    on: date = TODAY,
    told_at: datetime = MORNING,
) -> Movement:
    """Return a movement as porting or inventory tells it."""
    return Movement(
        0,
        NumberRange(number, last or number),
        direction,
        ported,
        customer,
        order_id,
        line,
        (CABINET, CITY),
        extension,
        on,
        told_at,
        NOON,
    )


class Books:
    """Provisioning without a database: facts go in, what is told comes out."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.orders: dict[str, Order] = {}
        self.refused: dict[str, str] = {}
        self.cancelled: dict[tuple[str, str], datetime] = {}
        self.movements: list[Movement] = []
        self.told: list[OptionChange] = []

    def take(self, *facts: Order | Movement | tuple[str, str, datetime]) -> None:
        """Take orders, movements and cancellations, one after the other."""
        for fact in facts:
            if isinstance(fact, Order):
                self._place(fact)
            elif isinstance(fact, Movement):
                number = len(self.movements) + 1
                known = replace(fact, id=number, received_at=self.now)
                self.movements.append(known)
            else:
                self._cancel(*fact)
            self.settle()

    def _place(self, order: Order) -> None:
        if order.order_id in self.orders:
            return
        mine = self._of(order.customer_number)
        extended = contract_of(order.extends_order_id, "", order.placed_at, mine)
        product = CATALOGUE.get(order.product)
        why = refusal(order, product, extended, list(ELIGIBLE_PRODUCTS.values()))
        self.orders[order.order_id] = replace(
            order,
            extends_order_id=extended.order_id
            if extended and order.extends_order_id
            else order.extends_order_id,
            shapes=product.shapes if product else frozenset(),
            refused=why is not None,
            cancelled_at=self.cancelled.get((order.order_id, order.customer_number)),
        )
        if why:
            self.refused[order.order_id] = why.code

    def _cancel(self, order_id: str, customer: str, at: datetime) -> None:
        self.cancelled.setdefault((order_id, customer), at)
        order = self.orders.get(order_id)
        if order and order.customer_number == customer:
            at = self.cancelled[order_id, customer]
            self.orders[order_id] = replace(order, cancelled_at=at)

    def _of(self, customer: str) -> list[Order]:
        return [o for o in self.orders.values() if o.customer_number == customer]

    def settle(self) -> None:
        """Tell and note what follows from all facts now."""
        customers = {m.customer_number for m in self.movements}
        orders = {customer: self._of(customer) for customer in customers}
        spans = [m.span for m in self.movements]
        for group in n.components(spans):
            near = [m for m in self.movements if n.overlap(m.span, group)]
            told = [c for c in self.told if n.overlap(n.span_of(c.numbers), group)]
            settled = settle(near, told, orders, self.now)
            noted = {m.id: m for m in settled.movements}
            self.movements = [noted.get(m.id, m) for m in self.movements]
            self.told += settled.changes

    def wait_until(self, on: date) -> None:
        """Let time pass until the first moment of a day in Germany."""
        self.now = start_of_day(on)
        self.settle()

    def believed(self, number: str) -> tuple[str, str, str, str, str | None] | None:
        """Return customer, order, product, line and extension, as readers see it."""
        piece = n.span_of(NumberRange.single(number))
        change = Telling(self.told, self.now).fact(piece)
        if change is None or change.ended:
            return None
        grant = change.grant
        return (
            grant.customer_number,
            grant.order_id,
            grant.product,
            grant.line,
            grant.extension,
        )

    def grant(self, number: str) -> Grant:
        """Return what readers see of a number that has the option."""
        piece = n.span_of(NumberRange.single(number))
        change = Telling(self.told, self.now).fact(piece)
        assert change, "never told"
        assert not change.ended, change.ended
        return change.grant

    def tale(self, number: str, last: str | None = None) -> list[str]:
        """Return what was told of exactly this number or block, in order."""
        numbers = NumberRange(number, last or number)
        return [
            change.ended or f"enabled for {change.grant.customer_number}"
            for change in self.told
            if change.numbers == numbers
        ]
