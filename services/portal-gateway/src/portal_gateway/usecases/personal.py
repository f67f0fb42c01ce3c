"""A customer's data: all of it as a file, and all of it gone."""

from datetime import datetime
from typing import Any

import structlog

from chassis import outbox
from chassis.clock import day_in_berlin
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.customers import CustomerErased
from contracts.event import new_id
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.domain.staying import staying
from portal_gateway.store import accounts, erased, history, letters, personal, sessions
from portal_gateway.store.personal import Erasure
from portal_gateway.usecases import letters as spool
from portal_gateway.usecases.gateway import Gateway

log = structlog.get_logger()

ABOUT = (
    "Everything that ecotel @once SelfCare keeps of this customer, by table. "
    "Passwords and codes are kept as hashes only and are not in here."
)


async def export(gateway: Gateway, customer_number: str, by: str) -> dict[str, Any]:
    """Return all that is kept of a customer; that somebody asked is kept, too."""
    now = gateway.now()
    async with gateway.transaction() as connection:
        if await accounts.customer(connection, customer_number) is None:
            raise not_found()
        await history.note(
            connection, "data_exported", at=now, actor=by, customer=customer_number
        )
        rows = await personal.everything_of(connection, customer_number)
    return {
        "about": ABOUT,
        "customer_number": customer_number,
        "exported_at": now.isoformat(),
        "data": rows,
    }


async def erase(
    gateway: Gateway, customer_number: str, *, repeated: str, by: str
) -> str:
    """
    Erase a customer whose contract is over; returns the pseudonym that stays.

    Raises Refused while a number is his, or is to come, and when `repeated`, the
    customer number typed once more, is another.
    """
    if repeated.strip().lower() != customer_number.lower():
        raise Refused("erasure_not_confirmed")
    now = gateway.now()
    async with gateway.changing(customer_number) as connection:
        await letters.lock(connection, customer_number)
        if await accounts.customer(connection, customer_number) is None:
            raise not_found()
        plans = await personal.plans_of(connection, customer_number)
        numbers = staying(plans, day_in_berlin(now))
        numbers |= await personal.with_the_option(connection, customer_number)
        if numbers:
            raise Refused("numbers_active", facts={"numbers": len(numbers)})
        pseudonym = f"erased-{new_id()}"
        event = CustomerErased(
            customer_number=customer_number,
            pseudonym=pseudonym,
            erased_by=by,
            erased_at=now,
        )
        await outbox.add(connection, event, at=now)
        files = await _erase(connection, event, now)
    spool.remove(gateway, files)
    return pseudonym


async def erase_again(
    gateway: Gateway, received: Received[CustomerErased], connection: Connection
) -> None:
    """
    Erase whom a restored back-up brought back, or what came while he was erased.

    Not who has become a customer again since: all that is here is newer.
    """
    event = received.event
    known = await accounts.customer(connection, event.customer_number)
    if known is not None and known.created_at > event.erased_at:
        log.info("customer_came_back", pseudonym=event.pseudonym)
    elif known is not None:
        # Before the commit: what is undone comes again, and then they are gone already.
        spool.remove(gateway, await _erase(connection, event, event.erased_at))
    else:
        await _erase_unknown(connection, event)


async def _erase_unknown(connection: Connection, event: CustomerErased) -> None:
    """Erase what came of somebody without an account; his new orders stay his."""
    number, at = event.customer_number, event.erased_at
    await personal.forget(connection, number)
    erasure = Erasure(number, event.pseudonym, event.erased_by, at)
    await personal.hide_orders(connection, erasure, [number], until=at)


async def _erase(
    connection: Connection, event: CustomerErased, at: datetime
) -> list[str]:
    await erased.note(connection, event.customer_number, at)
    await sessions.end_all_of(connection, event.customer_number)
    erasure = Erasure(event.customer_number, event.pseudonym, event.erased_by, at)
    files = await personal.erase(connection, erasure)
    log.info("customer_erased", pseudonym=event.pseudonym, by=event.erased_by)
    return files
