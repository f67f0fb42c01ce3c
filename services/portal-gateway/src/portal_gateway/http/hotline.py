"""What agents do: open and find customers, look at them, have letters sent."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from typing_extensions import TypedDict

from contracts.phone_number import mask
from portal_gateway.http import ordered, shapes
from portal_gateway.http.answering import Moment, Number, answer
from portal_gateway.http.bodies import Erasure, NewCustomer, OrderedLetter
from portal_gateway.http.ordered import OrderShape
from portal_gateway.http.people import Agent, Named, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import EntryShape
from portal_gateway.store.accounts import Customer
from portal_gateway.store.hotline import Deed
from portal_gateway.usecases import customers, hotline, personal
from portal_gateway.usecases.hotline import Overview

router = new_router("hotline")

MOST_ENTRIES = 200


@answer
class CustomerShape(TypedDict):
    """A customer as the carrier knows him."""

    customer_number: str
    name: str
    address: str
    allowed_countries: list[str]
    """ISO 3166 regions that the contract allows as targets."""
    created_at: Moment


@answer
class CustomerList(TypedDict):
    """The customers that were found."""

    customers: list[CustomerShape]


@answer
class LineShape(TypedDict):
    """A line with the elements above it."""

    line: str
    elements: list[str]


@answer
class LetterShape(TypedDict):
    """A letter with a first or new password."""

    reason: str
    written_at: Moment
    valid_until: Moment


@answer
class DeedShape(TypedDict):
    """What somebody did, as the audit has it; targets are masked."""

    at: Moment
    actor: str
    action: str
    number: Number | None
    last: Number | None
    detail: dict[str, Any]


@answer
class CustomerOverview(CustomerShape):
    """All that the hotline sees of a customer; targets show their beginning only."""

    own_credentials: bool
    """He changed those of the letter."""
    second_factor_since: Moment | None
    lines: list[LineShape]
    orders: list[OrderShape]
    forwardings: list[EntryShape]
    """The first 200."""
    forwardings_count: int
    letters: list[LetterShape]
    audit: list[DeedShape]


@answer
class LetterOrdered(TypedDict):
    """A letter is on its way to the address that is on file."""

    customer_number: str


@answer
class ErasedCustomer(TypedDict):
    """The customer is gone; the pseudonym stands where the law wants a row."""

    pseudonym: str


@router.post("/customers", status_code=201)
async def open_customer(
    body: NewCustomer, session: Agent, gateway: Running
) -> CustomerShape:
    """Open a customer (agents only); his first password goes out by post."""
    customer = await customers.open_customer(
        gateway,
        session,
        customer_number=body.customer_number,
        name=body.name,
        address=body.address,
        countries=body.allowed_countries,
    )
    return _shown(customer)


@router.get("/customers")
async def find_customers(
    session: Agent,
    gateway: Running,
    query: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> CustomerList:
    """Find customers by number, name, or one of their phone numbers."""
    found = await hotline.find(gateway, session, query, limit)
    return {"customers": [_shown(customer) for customer in found]}


@router.get("/customers/{customer_number}")
async def show_customer(
    customer_number: Named, session: Agent, gateway: Running
) -> CustomerOverview:
    """Show a customer with lines, orders, numbers (targets masked) and audit."""
    return _overview(await hotline.look_at(gateway, session, customer_number))


@router.post("/customers/{customer_number}/letters", status_code=202)
async def order_letter(
    customer_number: Named, body: OrderedLetter, session: Agent, gateway: Running
) -> LetterOrdered:
    """Have a letter with a new password sent to the address that is on file."""
    await hotline.order_letter(
        gateway, session, customer_number, resets_factor=body.resets_second_factor
    )
    return {"customer_number": customer_number}


@router.post("/customers/{customer_number}/erasure")
async def erase_customer(
    customer_number: Named, body: Erasure, session: Agent, gateway: Running
) -> ErasedCustomer:
    """Erase a customer whose contract is over; nobody can undo it."""
    pseudonym = await personal.erase(
        gateway,
        customer_number,
        repeated=body.repeated_customer_number,
        by=session.name,
    )
    return {"pseudonym": pseudonym}


def _shown(customer: Customer) -> CustomerShape:
    return {
        "customer_number": customer.customer_number,
        "name": customer.name,
        "address": customer.address,
        "allowed_countries": customer.allowed_countries,
        "created_at": shapes.moment(customer.created_at),
    }


def _overview(seen: Overview) -> CustomerOverview:
    return {
        **_shown(seen.customer),
        "own_credentials": seen.access.has_own_credentials,
        "second_factor_since": shapes.moment(seen.access.factor_since),
        "lines": [
            {"line": line.line, "elements": line.elements} for line in seen.lines
        ],
        "orders": [ordered.order(*told) for told in seen.orders],
        "forwardings": [
            masked(shapes.entry(entry)) for entry in seen.entries[:MOST_ENTRIES]
        ],
        "forwardings_count": len(seen.entries),
        "letters": [
            {
                "reason": letter.reason,
                "written_at": shapes.moment(letter.written_at),
                "valid_until": shapes.moment(letter.valid_until),
            }
            for letter in seen.letters
        ],
        "audit": [_happened(deed) for deed in seen.audit],
    }


def masked(entry: EntryShape) -> EntryShape:
    """Return an entry whose targets show their beginning only."""
    rule = entry["rule"]
    return {
        **entry,
        "target_in_effect": _mask(entry["target_in_effect"]),
        "rule": {
            **rule,
            "target": _mask(rule["target"]),
            "fallback_target": _mask(rule["fallback_target"]),
        },
    }


def _mask(number: str | None) -> str | None:
    return mask(number) if number else None


def _happened(deed: Deed) -> DeedShape:
    return {
        "at": shapes.moment(deed.at),
        "actor": deed.actor,
        "action": deed.action,
        "number": deed.number,
        "last": deed.last,
        "detail": _without_numbers(deed.detail),
    }


def _without_numbers(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is no target: an agent sees those where he asks for them."""
    return {
        name: mask(value) if isinstance(value, str) and value.startswith("+") else value
        for name, value in detail.items()
        if name not in {"chain", "rule", "before", "after"}
    }
