"""Who asks: the session behind the cookie, and for which customer."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from portal_gateway.domain.devices import device_of
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.domain.stages import NEEDS, STAFF, Role
from portal_gateway.settings import Settings
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import accounts, customers
from portal_gateway.usecases.accounts import Visitor
from portal_gateway.usecases.admission import Who
from portal_gateway.usecases.gateway import Gateway

COOKIE: Final = "selfcare_session"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"


def the_gateway(request: Request) -> Gateway:
    """Return the running gateway."""
    gateway: Gateway = request.app.state.gateway
    return gateway


Running = Annotated[Gateway, Depends(the_gateway)]


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; browsers hold __Host- to https and this host."""
    return SECURE_COOKIE if settings.https else COOKIE


def csrf_of(token: str) -> str:
    """Return what the forms of a session carry, made of its token."""
    return hmac.digest(token.encode(), b"form", hashlib.sha256).hex()


def token_of(request: Request) -> str | None:
    """Return the secret that the cookie carries."""
    return request.cookies.get(cookie_name(the_gateway(request).settings))


async def anybody(request: Request, gateway: Running) -> Session:
    """Return the session, however far its owner is on the way in."""
    known: Session | None = getattr(request.state, "session", None)
    session = known or await accounts.session_of(gateway, token_of(request))
    request.state.session = session
    return session


Anybody = Annotated[Session, Depends(anybody)]


async def half_logged_in(session: Anybody) -> Session:
    """Return the session, also one that may only change its credentials."""
    if session.factor_pending:
        raise Refused("second_factor_required")
    return session


HalfLoggedIn = Annotated[Session, Depends(half_logged_in)]


async def enrolling(session: HalfLoggedIn) -> Session:
    """Return the session, also one that must set up its second factor first."""
    if session.must_change:
        raise Refused("must_change_credentials")
    return session


Enrolling = Annotated[Session, Depends(enrolling)]


async def logged_in(session: Enrolling, gateway: Running) -> Session:
    """Return the session of somebody who did all that a log-in asks for."""
    stage = accounts.stage(gateway, session)
    if stage != "open":
        raise Refused(NEEDS[stage])
    return session


Person = Annotated[Session, Depends(logged_in)]


async def agent(person: Person) -> Session:
    """Return the session of somebody at the hotline."""
    if person.role != "agent":
        raise Refused("agents_only")
    return person


async def operator(person: Person) -> Session:
    """Return the session of somebody in network operations."""
    if person.role != "operator":
        raise Refused("operators_only")
    return person


async def staff(person: Person) -> Session:
    """Return the session of anybody who works here."""
    if person.role not in STAFF:
        raise Refused("staff_only")
    return person


Agent = Annotated[Session, Depends(agent)]


async def named(customer_number: str, _agent: Agent, gateway: Running) -> str:
    """Return the number of the customer whom the path names, as it is known."""
    return await customers.named(gateway, customer_number)


Named = Annotated[str, Depends(named)]
Staff = Annotated[Session, Depends(staff)]
Operator = Annotated[Session, Depends(operator)]
CustomerNumber = Annotated[
    str | None, Query(max_length=64, description="For agents: whose customer it is")
]


@dataclass(frozen=True, slots=True)
class Acting:
    """A person and the customer he acts for."""

    session: Session
    customer: str

    @property
    def name(self) -> str:
        """Return how he is called in audits and events."""
        return self.session.name

    def who(self, gateway: Gateway) -> Who:
        """Return who changes rules, and whether he proved it just now."""
        return Who.of(gateway, self.session)


async def acting(
    person: Person, gateway: Running, customer_number: CustomerNumber = None
) -> Acting:
    """Return the customer himself, or the agent with the customer he names."""
    if person.role == "operator":
        raise Refused("not_for_operators")
    if person.role != "agent":
        own = person.customer_number or ""
        if customer_number not in {None, own}:
            raise not_found()
        return Acting(person, own)
    if customer_number is None:
        raise Refused("customer_number_missing")
    found = await customers.known_customer(gateway, person, customer_number)
    return Acting(person, found.customer_number)


For = Annotated[Acting, Depends(acting)]


async def owner(acting_for: For) -> Acting:
    """Return the customer himself: no agent may change where calls go."""
    if acting_for.session.role == "agent":
        raise Refused("agents_cannot_change_targets")
    return acting_for


Owner = Annotated[Acting, Depends(owner)]


def visitor(request: Request, *roles: Role) -> Visitor:
    """Return where a log-in comes from; without roles the door admits everybody."""
    return Visitor(
        address=request.client.host if request.client else "unknown",
        device=device_of(request.headers.get("user-agent")),
        roles=frozenset(roles) or None,
    )


def set_cookie(response: Response, gateway: Gateway, token: str) -> None:
    """Give the browser the session; scripts and other sites never see it."""
    response.set_cookie(
        cookie_name(gateway.settings),
        token,
        max_age=int(gateway.settings.session_longest.total_seconds()),
        path="/",
        secure=gateway.settings.https,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, gateway: Gateway) -> None:
    """Take the session back."""
    response.delete_cookie(
        cookie_name(gateway.settings),
        path="/",
        secure=gateway.settings.https,
        httponly=True,
        samesite="strict",
    )
