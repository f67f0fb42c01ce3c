"""Orders: which are refused, what they cover, and to which one a number belongs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

Outcome = Literal["accepted", "refused", "cancelled"]

UNKNOWN_ORDER = "unknown_order"
"""Why an add-on is refused until the order comes that it names."""
OPTION_NAME = "ecotel @once SelfCare"
NEVER = datetime.max.replace(tzinfo=UTC)
WITH_THE_PRODUCT = "product_order"
"""The channel of a new contract; the others add the option to one that exists."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the catalogue."""

    key: str
    name: str
    eligible: bool
    """Whether the option can be ordered with it."""
    shapes: frozenset[str]
    """What its numbers look like: single, block, extension."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order is not accepted; the reason is read by the customer."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was placed, and what became of it."""

    order_id: str
    customer_number: str
    product: str
    option: bool
    extends_order_id: str | None
    channel: str
    placed_at: datetime
    shapes: frozenset[str] = frozenset()
    refused: bool = False
    cancelled_at: datetime | None = None

    @property
    def age(self) -> tuple[datetime, str]:
        """Return what orders them in time, the same for everybody."""
        return (self.placed_at, self.order_id)

    def as_of(self, at: datetime) -> "Order":
        """Return it without what was given back later."""
        is_later = self.cancelled_at is not None and self.cancelled_at > at
        return replace(self, cancelled_at=None) if is_later else self

    @property
    def is_open_add_on(self) -> bool:
        """Return whether it means the customer's contracts without naming one."""
        return self.extends_order_id is None and self.channel != WITH_THE_PRODUCT


def refusal(
    order: Order, product: Product | None, extended: Order | None, names: Sequence[str]
) -> Refusal | None:
    """
    Return why the order cannot be accepted; None: it can.

    `extended` is the customer's contract that it names as the one to extend, if he
    has it; `names` are the products that can have the option.
    """
    if product is None:
        return Refusal(
            "unknown_product",
            f"Das Produkt „{order.product:.100}“ steht nicht im Katalog. "
            + orderable_with(names),
        )
    if order.option and not product.eligible:
        return Refusal(
            "product_not_eligible",
            f"{OPTION_NAME} ist zu {product.name} nicht erhältlich. "
            + orderable_with(names),
        )
    if order.extends_order_id is None:
        return None
    if extended is None:
        return Refusal(
            UNKNOWN_ORDER,
            f"Zu dieser Kundennummer gibt es keinen Auftrag „"
            f"{order.extends_order_id:.100}“. Bitte prüfen Sie die Auftragsnummer.",
        )
    if extended.product != order.product:
        return Refusal(
            "other_product",
            f"Der Auftrag {order.extends_order_id:.100} betrifft ein anderes Produkt "
            f"als {product.name}. Bitte nennen Sie dessen Produkt. "
            + orderable_with(names),
        )
    return None


def orderable_with(names: Sequence[str]) -> str:
    """Return the sentence that names the products that can have the option."""
    return f"Bestellbar ist {OPTION_NAME} mit: {', '.join(names)}."


def contracts(orders: Iterable[Order]) -> list[Order]:
    """
    Return the orders that numbers can belong to, oldest first.

    An add-on that names no order and finds none of its product stands for the
    contract that it means: one that is older than our books.
    """
    found: list[Order] = []
    accepted = [o for o in orders if not o.refused and o.extends_order_id is None]
    for order in sorted(accepted, key=lambda o: (o.is_open_add_on, o.age)):
        if not (order.is_open_add_on and any(_covers(order, c) for c in found)):
            found.append(order)
    return sorted(found, key=lambda contract: contract.age)


def _covers(add_on: Order, contract: Order) -> bool:
    return (
        add_on.is_open_add_on
        and add_on.product == contract.product
        and add_on.customer_number == contract.customer_number
        and contract.age <= add_on.age
    )


def option_since(contract: Order, orders: Iterable[Order]) -> datetime | None:
    """
    Return since when the contract has the option; None: it has not.

    Giving back the contract's option ends every add-on placed until then; one
    placed afterwards brings it back.
    """
    ended = contract.cancelled_at
    since = [
        order.placed_at
        for order in orders
        if order.option
        and not order.refused
        and order.cancelled_at is None
        and _carries(order, contract)
        and (ended is None or ended < order.placed_at)
    ]
    return min(since, default=None)


def _carries(order: Order, contract: Order) -> bool:
    means = (order.order_id, order.extends_order_id)
    return contract.order_id in means or _covers(order, contract)


def contract_of(
    order_id: str | None, shape: str, told_at: datetime, orders: Sequence[Order]
) -> Order | None:
    """
    Return the contract to which a customer's number belongs; None: none yet.

    A named order decides, an add-on for the one it extends. Without a name, of the
    contracts whose numbers look like this one, it is one that had the option when the
    number was told of, else the first that gets it: who ordered it waits for it, and
    one open too many harms nobody. Of several it is the newest placed by then, else
    the one placed next.
    """
    choice = contracts(orders)
    if order_id is not None:
        named = next((o for o in orders if o.order_id == order_id), None)
        ids = {order_id, named.extends_order_id if named else None}
        covered = [c for c in choice if c.order_id in ids]
        if not covered and named and not named.refused:
            covered = [c for c in choice if _covers(named, c)]
        return covered[-1] if covered else None
    fitting = [c for c in choice if shape in c.shapes] or choice
    before = [c for c in fitting if c.placed_at <= told_at]
    nearest = [*reversed(before), *fitting[len(before) :]]
    # As it was then: what is given back afterwards takes its numbers along.
    return min(nearest, key=lambda c: _option_from(c, orders, told_at), default=None)


def _option_from(contract: Order, orders: Iterable[Order], at: datetime) -> datetime:
    """Return from when on the contract has the option, that moment or later."""
    then = [o.as_of(at) for o in orders if o.placed_at <= at]
    if option_since(contract.as_of(at), then):
        return at
    later = (
        order.placed_at
        for order in orders
        if order.option
        and not order.refused
        and order.placed_at > at
        and _carries(order, contract)
    )
    return min(later, default=NEVER)
