"""
Credentials that somebody forgot: whoever asks, the answer is the same.

The request is only noted. Whether there is such an account is looked up afterwards,
by `work`, so that neither the answer nor its time tells.
"""

import asyncio
import math
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from chassis.postgres import TRANSIENT, Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key, network_of
from portal_gateway.domain.refused import Refused
from portal_gateway.store import accounts, history, sessions
from portal_gateway.store import letters as store
from portal_gateway.store.accounts import Account, Customer
from portal_gateway.usecases import letters
from portal_gateway.usecases.gateway import Gateway

log = structlog.get_logger()

PAUSE: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
FORGOTTEN: Final = "forgotten"


async def ask(gateway: Gateway, name: str, address: str) -> None:
    """Note that somebody forgot his credentials; raises Refused by network alone."""
    now = gateway.now()
    network = network_of(address)
    bucket = f"letters {network}"
    async with gateway.transaction() as connection:
        asked, last = await sessions.failures(connection, bucket, now - HOUR)
        if last and asked >= gateway.settings.letter_requests:
            seconds = math.ceil((last + HOUR - now).total_seconds())
            raise Refused(
                "too_many_attempts",
                facts={"seconds": seconds},
                headers={"Retry-After": str(seconds)},
            )
        await sessions.add_failure(connection, [bucket], now)
        await store.ask(connection, credentials.normal(name).strip()[:200], now)
        await history.note(
            connection,
            "letter_asked",
            at=now,
            actor="letter form",
            detail={"network": network},
        )


async def keep_working(gateway: Gateway) -> None:
    """Write the letters that are asked for, one after the other, for ever."""
    while True:
        with suppress(*TRANSIENT, Refused):
            await work(gateway)
        await asyncio.sleep(PAUSE.total_seconds())


async def work(gateway: Gateway) -> None:
    """Answer every request that waits."""
    while await _answer_one(gateway):
        pass


async def _answer_one(gateway: Gateway) -> bool:
    """Answer the oldest request; False when there is none."""
    async with gateway.transaction() as connection:
        request = await store.oldest_request(connection)
        if request is None:
            return False
        wanted = await _wanted(gateway, connection, request.name)
        if wanted is None:
            await store.take_request(connection, request.id)
            return True
    account, customer = wanted
    async with (
        letters.drawn(
            gateway, customer, reason=FORGOTTEN, old_username=account.username
        ) as letter,
        gateway.transaction() as connection,
    ):
        number = customer.customer_number
        await store.lock(connection, number)
        is_mine = await store.take_request(connection, request.id)
        if is_mine and not await _is_withheld(gateway, connection, number):
            await letters.post(connection, letter)
            await _note(gateway, connection, "letter_ordered", number, FORGOTTEN)
    return True


async def _wanted(
    gateway: Gateway, connection: Connection, name: str
) -> tuple[Account, Customer] | None:
    """Return who shall get a letter; None: nobody, by this name or just now."""
    account = await accounts.by_name(connection, name, name_key(name))
    if account is None or account.customer_number is None:
        return None
    customer = await accounts.customer(connection, account.customer_number)
    if customer is None:
        return None
    if await _is_withheld(gateway, connection, account.customer_number):
        return None
    return account, customer


async def _is_withheld(gateway: Gateway, connection: Connection, number: str) -> bool:
    """Tell whether letters are over for now; the audit says why."""
    settings, now = gateway.settings, gateway.now()
    since = now - settings.letter_pause
    if await store.count(connection, since, customer=number, reason=FORGOTTEN):
        await _note(gateway, connection, "letter_withheld", number, "recent")
        return True
    today = await store.count(connection, now - DAY, customer=None, reason=FORGOTTEN)
    if today < settings.letters_a_day:
        return False
    log.error("letter_budget_spent", letters=today)
    await _note(gateway, connection, "letter_withheld", number, "budget")
    return True


async def _note(
    gateway: Gateway, connection: Connection, action: str, number: str, reason: str
) -> None:
    await history.note(
        connection,
        action,
        at=gateway.now(),
        actor="letter form",
        customer=number,
        detail={"reason": reason},
    )
