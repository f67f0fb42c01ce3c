"""
The owner of a number ends forwardings to it (§ 16 TDDDG): a code to it is his proof.

Whoever asks gets the same answer; whether any rule leads there is looked up afterwards,
and only then a code is sent. So nobody learns who is a target, and nobody can have
messages sent to numbers that are none.
"""

import asyncio
import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from chassis.errors import Unavailable
from chassis.postgres import TRANSIENT
from contracts.refusal import Refusal
from contracts.written_number import read_number
from portal_gateway.domain.credentials import network_of
from portal_gateway.domain.message import AddressRefused, Message
from portal_gateway.domain.refused import Refused
from portal_gateway.store import holds as hold_store
from portal_gateway.store import objections, sessions
from portal_gateway.store.objections import Asked
from portal_gateway.texts import objecting as texts
from portal_gateway.texts.said import Language
from portal_gateway.usecases import holds, patience
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.patience import Bucket

log = structlog.get_logger()

CODE_VALID: Final = timedelta(minutes=10)
CODE_DIGITS: Final = 6
MOST_TRIES: Final = 5
A_DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 3
FROM_ONE_NETWORK: Final = 20
PAUSE: Final = timedelta(seconds=1)
KEPT: Final = timedelta(days=30)


def is_offered(gateway: Gateway) -> bool:
    """Tell whether codes can be sent at all."""
    return "sms" in gateway.channels


async def ask(gateway: Gateway, text: str, address: str, language: Language) -> str:
    """Note that a number is his; return it. Raises Refused alike for all numbers."""
    number, now = _number(text), gateway.now()
    network = _network(address)
    async with gateway.transaction() as connection:
        await patience.check(gateway, connection, [network])
        await sessions.add_failure(connection, [network.name], now)
        asked = await objections.count_since(connection, number, now - A_DAY)
        if asked >= MOST_A_DAY:
            raise Refused("asked_too_often_today")
        await objections.ask(connection, number, language, now)
    return number


async def prove(gateway: Gateway, text: str, code: str, address: str) -> None:
    """Hold the number off if the code is right; raises Refused alike for all."""
    number, now = _number(text), gateway.now()
    network, digits = _network(address), "".join(code.split())
    async with gateway.transaction() as connection:
        await patience.check(gateway, connection, [network])
        known = await objections.codes_of(
            connection, number, asked_after=now - CODE_VALID, most_tries=MOST_TRIES
        )
        hashes = [(kept, _hash(one, digits)) for one, kept in known]
        is_right = any(hmac.compare_digest(kept, typed) for kept, typed in hashes)
        if is_right:
            await objections.forget_codes(connection, number)
        else:
            await sessions.add_failure(connection, [network.name], now)
    if not is_right:
        raise Refused("objection_code_wrong")
    await holds.by_owner(gateway, number)


async def keep_working(gateway: Gateway) -> None:
    """Send the codes that are asked for, for ever."""
    while True:
        with suppress(*TRANSIENT):
            await work(gateway)
        await asyncio.sleep(PAUSE.total_seconds())


async def work(gateway: Gateway) -> None:
    """Look at everything that waits; what cannot be sent now waits for the next."""
    while is_offered(gateway):
        now = gateway.now()
        async with gateway.transaction() as connection:
            asked = await objections.take(connection, now, asked_after=now - CODE_VALID)
            if asked is None:
                return
            leads_there = await hold_store.rules_to(connection, asked.number)
        if leads_there and not await _send(gateway, asked):
            return


async def _send(gateway: Gateway, asked: Asked) -> bool:
    """Send a code to the number itself; False when it is to be tried again."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    async with gateway.transaction() as connection:
        hashed = _hash(asked.id, code)
        await objections.set_code(connection, asked.id, hashed)
    minutes = int(CODE_VALID.total_seconds() // 60)
    text = texts.SMS[asked.language].format(code=code, minutes=minutes)
    # Another code is another message: the provider must not drop it as a repeat.
    reference = f"objection-{asked.id}-{hashed.hex()[:8]}"
    message = Message(asked.number, "", text, reference, asked.language)
    try:
        await gateway.channels["sms"].send(message)
    except AddressRefused:
        log.info("objection_code_undeliverable", objection=asked.id)
    except Unavailable as error:
        log.warning("objection_code_waits", objection=asked.id, error=str(error))
        async with gateway.transaction() as connection:
            await objections.give_back(connection, asked.id)
        return False
    return True


def _network(address: str) -> Bucket:
    name = f"objection {network_of(address)}"
    return Bucket(name, FROM_ONE_NETWORK, timedelta(hours=1))


def _number(text: str) -> str:
    read = read_number(text)
    if isinstance(read, Refusal):
        raise Refused("hold_target_invalid")
    return read.number


def _hash(objection: int, code: str) -> bytes:
    """Return what is kept of a code; five tries and ten minutes guard the rest."""
    return hashlib.sha256(f"objection {objection} {code}".encode()).digest()
