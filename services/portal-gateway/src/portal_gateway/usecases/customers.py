"""Opening customers and agents, and the letters that let customers in."""

from chassis.postgres import Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import accounts, history
from portal_gateway.store.accounts import Customer
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import letters
from portal_gateway.usecases.gateway import Gateway


async def send_letter_again(gateway: Gateway, name: str) -> None:
    """Post a new letter if the name is known; costs the same time if it is not."""
    name = credentials.normal(name).strip()
    password, hashed = await letters.prepare(gateway)
    async with gateway.transaction() as connection:
        account = await accounts.by_name(connection, name, name_key(name))
        if account is None or account.customer_number is None:
            return
        number = account.customer_number
        await accounts.lock_letters(connection, number)
        since = gateway.now() - gateway.settings.letter_pause
        customer = await accounts.customer(connection, number)
        if customer is None or await accounts.was_posted(connection, number, since):
            return
        await letters.post(
            gateway,
            connection,
            customer,
            reason="forgotten",
            password=password,
            hashed=hashed,
        )
        await history.note(
            connection,
            "letter_ordered",
            at=gateway.now(),
            actor="letter form",
            customer=number,
        )


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
    password, hashed = await letters.prepare(gateway)
    now = gateway.now()
    async with gateway.transaction() as connection:
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
        customer = Customer(customer_number, name, address, countries, now)
        await letters.post(
            gateway,
            connection,
            customer,
            reason="first",
            password=password,
            hashed=hashed,
        )
        await history.note(
            connection,
            "customer_opened",
            at=now,
            actor=session.name,
            customer=customer_number,
        )
    return customer


async def find_customers(gateway: Gateway, query: str, limit: int) -> list[Customer]:
    """Return the customers that an agent looks for."""
    async with gateway.transaction() as connection:
        return await accounts.customers(connection, query, limit)


async def create_agent(
    gateway: Gateway, connection: Connection, username: str, password: str
) -> bool:
    """Create an agent or renew his password; True when he is new."""
    username = credentials.check_username(username, None)
    password = credentials.check_password(password, context=[username])
    hashed = await gateway.passwords.hash(password)
    return await accounts.add_agent(
        connection, username, name_key(username), hashed, gateway.now()
    )


async def known_customer(gateway: Gateway, customer_number: str) -> Customer:
    """Return a customer for an agent; raises Refused where there is none."""
    async with gateway.transaction() as connection:
        customer = await accounts.customer(connection, customer_number)
    if customer is None:
        raise not_found()
    return customer
