"""Who asks: the session behind the cookie, and for which customer."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.settings import Settings
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import accounts, customers
from portal_gateway.usecases.accounts import LoggedIn
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


def token_of(request: Request) -> str | None:
    """Return the secret that the cookie carries."""
    return request.cookies.get(cookie_name(the_gateway(request).settings))


async def half_logged_in(request: Request, gateway: Running) -> Session:
    """Return the session, also one that may only change its credentials."""
    known: Session | None = getattr(request.state, "session", None)
    session = known or await accounts.session_of(gateway, token_of(request))
    request.state.session = session
    return session


HalfLoggedIn = Annotated[Session, Depends(half_logged_in)]


async def logged_in(session: HalfLoggedIn) -> Session:
    """Return the session of somebody who changed the posted credentials."""
    if session.must_change:
        raise Refused("must_change_credentials")
    return session


Person = Annotated[Session, Depends(logged_in)]


async def agent(person: Person) -> Session:
    """Return the session of somebody at the hotline."""
    if person.role != "agent":
        raise Refused("agents_only")
    return person


Agent = Annotated[Session, Depends(agent)]
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


async def acting(
    person: Person, gateway: Running, customer_number: CustomerNumber = None
) -> Acting:
    """Return the customer himself, or the agent with the customer he names."""
    if person.role != "agent":
        own = person.customer_number or ""
        if customer_number not in {None, own}:
            raise not_found()
        return Acting(person, own)
    if customer_number is None:
        raise Refused("customer_number_missing")
    await customers.known_customer(gateway, customer_number)
    return Acting(person, customer_number)


For = Annotated[Acting, Depends(acting)]


async def owner(acting_for: For) -> Acting:
    """Return the customer himself: no agent may change where calls go."""
    if acting_for.session.role == "agent":
        raise Refused("agents_cannot_change_targets")
    return acting_for


Owner = Annotated[Acting, Depends(owner)]


def set_cookie(response: Response, gateway: Gateway, begun: LoggedIn) -> None:
    """Give the browser the session; scripts and other sites never see it."""
    response.set_cookie(
        cookie_name(gateway.settings),
        begun.token,
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
