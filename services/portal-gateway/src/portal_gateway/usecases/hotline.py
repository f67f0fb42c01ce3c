"""The hotline's back office: find a customer, see, order, send a letter; never set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.clock import day_in_berlin
from chassis.postgres import Connection
from contracts.refusal import Refusal
from contracts.written_number import read_number
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Outage
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import accounts, history, hotline, picture
from portal_gateway.store import letters as letter_store
from portal_gateway.store import orders as order_store
from portal_gateway.store.accounts import Customer
from portal_gateway.store.hotline import Access, Deed, Line
from portal_gateway.store.letters import Posted
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import letters, orders
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.orders import Told

MOST_FOUND: Final = 50
MOST_AUDIT: Final = 50
MOST_LETTERS: Final = 5
WEEK: Final = timedelta(days=7)
ORDERED: Final = "ordered"


@dataclass(frozen=True, slots=True)
class Overview:
    """A customer as the hotline sees him."""

    customer: Customer
    access: Access
    lines: Sequence[Line]
    orders: Sequence[Told]
    entries: Sequence[Entry]
    outages: Sequence[Outage]
    """Those that are open at his lines."""
    letters: Sequence[Posted]
    audit: Sequence[Deed]


async def find(
    gateway: Gateway, session: Session, query: str, limit: int = MOST_FOUND
) -> list[Customer]:
    """Return customers by their number, name or a phone number; audited."""
    query = query.strip()
    number = _phone_number(query)
    async with gateway.transaction() as connection:
        found = await hotline.search(connection, query, limit)
        if number:
            known = {customer.customer_number for customer in found}
            owners = await hotline.owners_of(
                connection, number, day_in_berlin(gateway.now()), limit
            )
            found = [
                *(owner for owner in owners if owner.customer_number not in known),
                *found,
            ]
        await history.note(
            connection,
            "customers_searched",
            at=gateway.now(),
            actor=session.name,
            detail={"by": "number" if number else "text", "found": len(found)},
        )
    return found[:limit]


async def look_at(gateway: Gateway, session: Session, customer_number: str) -> Overview:
    """Return all that the hotline may see of a customer; who looked is kept."""
    async with gateway.transaction() as connection:
        customer = await accounts.customer(connection, customer_number)
        if customer is None:
            raise not_found()
        await _note(gateway, connection, session, customer_number, "customer_viewed")
        known = await picture.of_customer(connection, customer_number, at=gateway.now())
        return Overview(
            customer=customer,
            access=await hotline.access_of(connection, customer_number),
            lines=await hotline.lines_of(connection, customer_number),
            orders=orders.with_numbers(
                known, await order_store.all_of(connection, customer_number)
            ),
            entries=entry_rules.entries(known),
            outages=known.outages,
            letters=await letter_store.of_customer(
                connection, customer_number, MOST_LETTERS
            ),
            audit=await hotline.audit_of(connection, customer_number, MOST_AUDIT),
        )


async def note_targets_shown(
    gateway: Gateway, session: Session, customer_number: str
) -> None:
    """Keep that an agent had the targets shown in full."""
    async with gateway.transaction() as connection:
        await _note(gateway, connection, session, customer_number, "targets_shown")


async def order_letter(
    gateway: Gateway,
    session: Session,
    customer_number: str,
    *,
    resets_factor: bool = False,
) -> None:
    """Have a letter with a new password sent; nobody here ever sees it."""
    async with gateway.transaction() as connection:
        customer = await accounts.customer(connection, customer_number)
        if customer is None:
            raise not_found()
        account = await accounts.by_name(connection, customer_number, "")
        await _check_letters(gateway, connection, customer_number)
    async with (
        letters.drawn(
            gateway,
            customer,
            reason=ORDERED,
            old_username=account.username if account else None,
            resets_factor=resets_factor,
        ) as letter,
        gateway.transaction() as connection,
    ):
        await letter_store.lock(connection, customer_number)
        await _check_letters(gateway, connection, customer_number)
        await letters.post(connection, letter)
        await history.note(
            connection,
            "letter_ordered",
            at=gateway.now(),
            actor=session.name,
            customer=customer_number,
            detail={"reason": ORDERED, "resets_second_factor": resets_factor},
        )


async def _check_letters(
    gateway: Gateway, connection: Connection, customer_number: str
) -> None:
    since = gateway.now() - WEEK
    sent = await letter_store.count(
        connection, since, customer=customer_number, reason=ORDERED
    )
    if sent >= gateway.settings.ordered_letters:
        raise Refused("too_many_letters", facts={"letters": sent})


async def _note(
    gateway: Gateway,
    connection: Connection,
    session: Session,
    customer_number: str,
    action: str,
) -> None:
    await history.note(
        connection,
        action,
        at=gateway.now(),
        actor=session.name,
        customer=customer_number,
    )


def _phone_number(query: str) -> str | None:
    """Return the phone number that was typed, or the one that was likely meant."""
    read = read_number(query)
    return read.suggestion if isinstance(read, Refusal) else read.number
