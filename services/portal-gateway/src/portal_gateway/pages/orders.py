"""The tab »NGN-Aufträge«: orders, one order, and ordering the option."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway import texts
from portal_gateway.domain import ordering
from portal_gateway.domain.listing import View
from portal_gateway.domain.ordering import Order
from portal_gateway.domain.refused import Refused
from portal_gateway.http.routes import ORDER
from portal_gateway.pages import configurator, refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Customer, Sent, Visit
from portal_gateway.usecases import orders
from portal_gateway.usecases.orders import Placing

router = APIRouter()

HOME: Final = "/auftraege"
MOST_NUMBERS: Final = 50
OPEN: Final = ("enabled", "partly_enabled")


@router.get(HOME)
async def show_orders(visit: Customer) -> Response:
    """List the orders, newest first; an order of the option stands at its product."""
    found = await orders.all_of(visit.gateway, visit.customer)
    shown = [_listed(one, found) for one in found if not one.extends_order_id]
    if visit.is_fragment:
        return visit.fragment("parts/orders.html", orders=shown)
    return await visit.page("orders.html", orders=shown)


@router.get(f"{HOME}/{ORDER}")
async def show_order(order_id: str, visit: Customer) -> Response:
    """Show an order: positions as on the flyer, numbers, and what can be done."""
    context = await _told(visit, order_id)
    if visit.is_fragment:
        return visit.fragment("parts/order.html", **context)
    return await visit.page("order.html", **context)


@router.post(f"{HOME}/{ORDER}/option")
async def order_option(order_id: str, visit: Customer, form: Sent) -> Response:
    """Order the option for a contract there is."""
    _ = form
    placing = Placing(
        product=None,
        positions=(),
        option=True,
        extends_order_id=order_id,
        channel="portal",
    )
    actor = visit.session.name if visit.session else ""
    try:
        await orders.place(visit.gateway, visit.customer, actor, placing)
    except Refused as refused:
        if refused.code == "not_found":
            raise
        context = await _told(visit, order_id)
        said = texts.say(refused.code, visit.language, refused.facts)
        status = refusals.form_status(refused.code)
        context["problem"] = said.detail
        return await visit.page("order.html", status=status, **context)
    return visit.go(f"{HOME}/{quote(order_id)}", Notice("order.option.ordered"))


async def _told(visit: Visit, order_id: str) -> dict[str, Any]:
    order, numbers = await orders.one(visit.gateway, visit.customer, order_id)
    found = await orders.all_of(visit.gateway, visit.customer)
    added = next((one for one in found if _adds_to(one, order)), None)
    brings, state = ordering.option_of(order, found), numbers.state
    if state == "none" and added:
        state = added.state if added.state in {"refused", "cancelled"} else "ordered"
    if state == "ended" and brings and brings.state == "placed":
        state = "ordered"
    return {
        "order": order,
        "name": product_name(order),
        "added": added,
        "positions": order.positions or [{"name": product_name(order), "quantity": 1}],
        "numbers": numbers.numbers[:MOST_NUMBERS],
        "more": max(0, len(numbers.numbers) - MOST_NUMBERS),
        "option": state,
        "told": "gone" if state == "ended" and brings else state,
        "opens_on": numbers.opens_on,
        "is_open": state in OPEN,
        "configurator": _configurator(order, found),
        "orderable": state in {"none", "refused", "cancelled", "ended"}
        and not brings
        and order.product in ELIGIBLE_PRODUCTS
        and order.state in {"accepted", "cancelled"}
        and order in ordering.contracts(found),
        "problem": None,
    }


def _configurator(order: Order, found: Sequence[Order]) -> str:
    """
    Return where the order's numbers are set.

    They name the order of the product, whichever one brought the option; or none,
    where it is the customer's only one.
    """
    own = ordering.contracts(found)
    meant = [contract for contract in own if ordering.is_for(order, contract)]
    if len(own) == 1 or len(meant) != 1:
        return configurator.HOME
    return configurator.address(View(order=meant[0].order_id))


def _adds_to(one: Order, order: Order) -> bool:
    """Tell whether it orders the option for another order."""
    is_other = one.order_id != order.order_id
    return one.option and is_other and ordering.is_for(one, order)


def _listed(order: Order, found: Sequence[Order]) -> dict[str, Any]:
    option = ordering.option_of(order, found)
    state = "accepted" if order.state == "cancelled" and option else order.state
    name = product_name(order)
    return {
        "order": order,
        "name": name,
        "option": option,
        "state": state,
        "short": _short(order.order_id),
    }


def _short(order_id: str) -> str:
    """Return our own long ids by their beginning; those of others say something."""
    try:
        return str(UUID(order_id))[:8]
    except ValueError:
        return order_id


def product_name(order: Order) -> str:
    """Return the product as its customer knows it."""
    return ELIGIBLE_PRODUCTS.get(order.product, order.product)
