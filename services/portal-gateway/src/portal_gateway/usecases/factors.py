"""Setting up the second factor, taking it off, and its recovery codes."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pyotp

from chassis.postgres import Connection
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.second_factor import (
    RECOVERY_CODES,
    RECOVERY_LETTERS,
    Recovery,
    as_digits,
    spell_recovery,
)
from portal_gateway.domain.stages import STAFF
from portal_gateway.store import accounts, factors, sessions
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import alarming, patience, proving, vault
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import token_hash

ISSUER: Final = "ecotel SelfCare"


@dataclass(frozen=True, slots=True)
class State:
    """Whether there is a second factor, may be one, and must be one."""

    is_available: bool
    is_mandatory: bool
    since: datetime | None
    recovery_left: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What goes into the app: as text, and as the address inside a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The session's new secret, and the recovery codes: shown once."""

    token: str
    recovery_codes: list[str]


async def state(gateway: Gateway, session: Session) -> State:
    """Return how things are with the second factor."""
    async with gateway.transaction() as connection:
        account = await accounts.by_id(connection, session.account_id)
        left = await factors.recovery_left(connection, session.account_id)
    return State(
        is_available=vault.is_open(gateway.settings),
        is_mandatory=_is_mandatory(gateway, session),
        since=account.factor_since,
        recovery_left=left,
    )


async def offer(gateway: Gateway, session: Session, current: str) -> Offer:
    """Draw a secret for who knows the password; nothing is asked for with it yet."""
    account = await proving.check_password(gateway, session, current)
    if account.has_factor:
        raise Refused("second_factor_exists")
    secret = pyotp.random_base32()
    sealed = vault.seal(gateway.settings, secret)
    async with gateway.transaction() as connection:
        await factors.offer(connection, session.account_id, sealed)
    return _shown(secret, account.name)


async def offered(gateway: Gateway, session: Session) -> Offer | None:
    """Return the secret that waits for its first code."""
    async with gateway.transaction() as connection:
        account = await accounts.by_id(connection, session.account_id)
    if account.factor_offer is None or account.has_factor:
        return None
    return _shown(vault.unseal(gateway.settings, account.factor_offer), account.name)


async def enrol(gateway: Gateway, session: Session, code: str) -> Enrolled:
    """Ask for the second factor from now on, once its first code is right."""
    buckets = patience.of_factor(gateway.settings, session.account_id)
    async with gateway.transaction() as connection:
        await patience.check(gateway, connection, buckets)
        account = await accounts.by_id(connection, session.account_id)
    sealed = account.factor_offer
    if account.has_factor or sealed is None:
        raise Refused("second_factor_not_offered")
    secret, digits = vault.unseal(gateway.settings, sealed), as_digits(code)
    step = proving.step_of(gateway, secret, digits, used=0) if digits else None
    if step is None:
        await patience.note_failure(gateway, buckets, account, "second_factor_wrong")
        raise Refused("second_factor_wrong")
    codes = await _new_codes(gateway)
    async with gateway.transaction() as connection:
        now = gateway.now()
        await factors.enrol(connection, session.account_id, sealed, step, now)
        return await _finish(
            gateway, connection, session, "second_factor_enrolled", codes
        )


async def renew_recovery(gateway: Gateway, session: Session, current: str) -> Enrolled:
    """Replace the recovery codes; the old ones work no more."""
    account = await proving.check_password(gateway, session, current)
    if not account.has_factor:
        raise Refused("second_factor_missing")
    codes = await _new_codes(gateway)
    async with gateway.transaction() as connection:
        return await _finish(
            gateway, connection, session, "recovery_codes_renewed", codes
        )


async def remove(gateway: Gateway, session: Session, current: str, code: str) -> str:
    """Take the second factor off, with both proofs; return the new secret."""
    if _is_mandatory(gateway, session):
        raise Refused("second_factor_mandatory")
    account = await proving.check_password(gateway, session, current)
    if not account.has_factor:
        raise Refused("second_factor_missing")
    proof = await proving.begin_proof(gateway, session.account_id, code)
    async with gateway.transaction() as connection:
        if await proof.take(connection):
            await factors.remove(connection, session.account_id)
            token = await _renew(gateway, connection, session)
            await alarming.note(gateway, connection, session, "second_factor_removed")
            return token
    raise await proof.refused()


def _is_mandatory(gateway: Gateway, session: Session) -> bool:
    return gateway.settings.staff_second_factor and session.role in STAFF


def _shown(secret: str, name: str) -> Offer:
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    return Offer(" ".join(secret[at : at + 4] for at in range(0, 32, 4)), uri)


async def _new_codes(gateway: Gateway) -> list[tuple[Recovery, str]]:
    """Draw recovery codes, each with its hash."""
    drawn: dict[str, Recovery] = {}
    while len(drawn) < RECOVERY_CODES:
        pick = [secrets.randbelow(32) for _ in range(RECOVERY_LETTERS)]
        code = spell_recovery(pick)
        drawn[code.locator] = code
    return [
        (code, await gateway.passwords.hash(code.secret)) for code in drawn.values()
    ]


async def _finish(
    gateway: Gateway,
    connection: Connection,
    session: Session,
    action: str,
    codes: list[tuple[Recovery, str]],
) -> Enrolled:
    await factors.set_recovery(
        connection,
        session.account_id,
        [(code.locator, hashed) for code, hashed in codes],
    )
    token = await _renew(gateway, connection, session)
    await alarming.note(gateway, connection, session, action)
    return Enrolled(token, [code.written for code, _ in codes])


async def _renew(gateway: Gateway, connection: Connection, session: Session) -> str:
    """End the other sessions: they got in under other terms."""
    token = await proving.renew(gateway, connection, session)
    await sessions.end_others(connection, session.account_id, token_hash(token))
    return token
