"""Log-in, log-out, credentials, and the customers that agents open."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from portal_gateway import texts
from portal_gateway.http import people, shapes
from portal_gateway.http.bodies import Credentials, Forgotten, Login, NewCustomer
from portal_gateway.http.people import Agent, HalfLoggedIn, Running
from portal_gateway.http.problems import RESPONSES
from portal_gateway.http.routes import Route
from portal_gateway.store.accounts import Customer
from portal_gateway.usecases import accounts, customers

router = APIRouter(route_class=Route, responses=RESPONSES, tags=["accounts"])


@router.post("/login")
async def log_in(
    body: Login, request: Request, response: Response, gateway: Running
) -> dict[str, bool]:
    """Begin a session; with a posted password it may only change the credentials."""
    address = request.client.host if request.client else "unknown"
    begun = await accounts.log_in(gateway, body.username, body.password, address)
    people.set_cookie(response, gateway, begun)
    return {"must_change_credentials": begun.must_change}


@router.post("/logout", status_code=204)
async def log_out(request: Request, response: Response, gateway: Running) -> None:
    """End the session; without one, nothing happens."""
    await accounts.log_out(gateway, people.token_of(request))
    people.drop_cookie(response, gateway)


@router.post("/credentials")
async def change_credentials(
    body: Credentials, session: HalfLoggedIn, response: Response, gateway: Running
) -> dict[str, bool]:
    """Change user name and password together; all other sessions end."""
    begun = await accounts.change_credentials(
        gateway,
        session,
        username=body.username,
        password=body.password,
        current=body.current_password,
    )
    people.set_cookie(response, gateway, begun)
    return {"must_change_credentials": begun.must_change}


@router.post("/credentials/forgotten", status_code=202)
async def send_letter_again(
    body: Forgotten, request: Request, gateway: Running
) -> dict[str, str]:
    """Post a new letter, if the name is known; the answer is always the same."""
    name = body.customer_number or body.username or ""
    await customers.send_letter_again(gateway, name)
    language = texts.language_of(request.headers.get("accept-language"))
    return {"detail": texts.LETTER[language]}


@router.get("/session")
async def who_am_i(session: HalfLoggedIn) -> dict[str, Any]:
    """Tell who is logged in."""
    return {
        "username": session.username,
        "role": session.role,
        "customer_number": session.customer_number,
        "must_change_credentials": session.must_change,
    }


@router.post("/customers", status_code=201)
async def open_customer(
    body: NewCustomer, session: Agent, gateway: Running
) -> dict[str, Any]:
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
    _session: Agent,
    gateway: Running,
    query: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Find customers by the begin of their number or a part of their name."""
    found = await customers.find_customers(gateway, query.strip(), limit)
    return {"customers": [_shown(customer) for customer in found]}


def _shown(customer: Customer) -> dict[str, Any]:
    return {
        "customer_number": customer.customer_number,
        "name": customer.name,
        "address": customer.address,
        "allowed_countries": customer.allowed_countries,
        "created_at": shapes.moment(customer.created_at),
    }
