"""Opening customers and staff."""

from chassis.postgres import Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.domain.stages import Role
from portal_gateway.store import accounts, erased, history
from portal_gateway.store.accounts import Customer
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import letters
from portal_gateway.usecases.gateway import Gateway


async def open_customer(
    gateway: Gateway,
    session: Session,
    *,
    customer_number: str,
    name: str,
    address: str,
    countries: list[str],
) -> Customer:
    """Open a customer with an account, and post the first password."""
    now = gateway.now()
    customer = Customer(customer_number, name, address, countries, now)
    async with (
        letters.drawn(gateway, customer, reason="first") as letter,
        gateway.transaction() as connection,
    ):
        if not await accounts.add_customer(
            connection,
            customer_number,
            name=name,
            address=address,
            countries=countries,
            by=session.name,
            at=now,
        ):
            raise Refused("customer_exists")
        await erased.lift(connection, [erased.digest(customer_number)])
        await letters.post(connection, letter)
        await history.note(
            connection,
            "customer_opened",
            at=now,
            actor=session.name,
            customer=customer_number,
        )
    return customer


async def create_staff(
    gateway: Gateway,
    connection: Connection,
    username: str,
    password: str,
    *,
    role: Role,
) -> bool:
    """Create an agent or operator, or renew his password; True when he is new."""
    username = credentials.check_username(username, None)
    password = credentials.check_password(password, context=[username])
    hashed = await gateway.passwords.hash(password)
    return await accounts.add_staff(
        connection, username, name_key(username), hashed, gateway.now(), role=role
    )


async def named(gateway: Gateway, customer_number: str) -> str:
    """Return the number of the customer who was meant; raises Refused for nobody."""
    async with gateway.transaction() as connection:
        known = await accounts.spelled(connection, customer_number)
    if known is None:
        raise not_found()
    return known


async def known_customer(
    gateway: Gateway, session: Session, customer_number: str
) -> Customer:
    """Return a customer for an agent, however named; who looked at whom is kept."""
    async with gateway.transaction() as connection:
        number = await accounts.spelled(connection, customer_number)
        customer = await accounts.customer(connection, number) if number else None
        if customer is None:
            raise not_found()
        await history.note(
            connection,
            "customer_viewed",
            at=gateway.now(),
            actor=session.name,
            customer=number,
        )
    return customer
