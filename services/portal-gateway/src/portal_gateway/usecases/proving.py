"""Proving again who one is: with the password, or with the second factor."""

import hmac

import pyotp

from chassis.postgres import Connection
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.second_factor import as_digits, as_recovery, steps_around
from portal_gateway.store import accounts, factors, history, sessions
from portal_gateway.store.accounts import Account
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import patience, vault
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted, new_token, token_hash


def hash_for(gateway: Gateway, account: Account | None, *, posted: bool) -> str | None:
    """Return the hash that the typed password must fit: its own or the letter's."""
    if account is None:
        return None
    if not posted:
        return account.password_hash
    until = account.posted_until
    return account.posted_hash if until and until > gateway.now() else None


async def check_password(gateway: Gateway, session: Session, typed: str) -> Account:
    """Return the account if the password is right; raises Refused."""
    buckets = patience.of_password(gateway.settings, session.account_id)
    async with gateway.transaction() as connection:
        await patience.check(gateway, connection, buckets)
        account = await accounts.by_id(connection, session.account_id)
    hashed = hash_for(gateway, account, posted=session.must_change)
    text = as_posted(typed) if session.must_change else typed
    if not await gateway.passwords.verify(hashed, text):
        await patience.note_failure(gateway, buckets, account, "password_wrong")
        raise Refused("current_password_wrong")
    return account


async def confirm(gateway: Gateway, session: Session, typed: str) -> str:
    """Note that the password was right just now; return the session's new secret."""
    await check_password(gateway, session, typed)
    async with gateway.transaction() as connection:
        return await renew(gateway, connection, session)


async def renew(gateway: Gateway, connection: Connection, session: Session) -> str:
    """Give the session a new secret, as whoever has more rights now must have."""
    token = new_token()
    await sessions.renew(connection, session.id, token_hash(token), gateway.now())
    return token


def is_confirmed(gateway: Gateway, session: Session) -> bool:
    """Tell whether its owner proved who he is not long ago."""
    age = gateway.now() - session.confirmed_at
    return age <= gateway.settings.confirmation_valid


def require_confirmed(gateway: Gateway, session: Session) -> None:
    """Raise Refused unless the password was typed not long ago."""
    if not is_confirmed(gateway, session):
        raise Refused("confirmation_required")


async def prove_factor(gateway: Gateway, account_id: int, typed: str) -> str:
    """Return how it was proved, totp or recovery; raises Refused for a wrong code."""
    buckets = patience.of_factor(gateway.settings, account_id)
    async with gateway.transaction() as connection:
        await patience.check(gateway, connection, buckets)
        account = await accounts.by_id(connection, account_id)
    method = await _match(gateway, account, typed)
    if method is None:
        await patience.note_failure(gateway, buckets, account, "second_factor_wrong")
        raise Refused("second_factor_wrong")
    async with gateway.transaction() as connection:
        await patience.forget(connection, buckets)
        if method == "recovery":
            await history.note(
                connection,
                "recovery_code_used",
                at=gateway.now(),
                actor=account.name,
                customer=account.customer_number,
            )
    return method


async def _match(gateway: Gateway, account: Account, typed: str) -> str | None:
    if account.factor_secret is None:
        return None
    if digits := as_digits(typed):
        secret = vault.unseal(gateway.settings, account.factor_secret)
        step = step_of(gateway, secret, digits, used=account.factor_step)
        if step is None:
            return None
        async with gateway.transaction() as connection:
            is_new = await factors.use_step(connection, account.id, step)
        return "totp" if is_new else None
    if recovery := as_recovery(typed):
        async with gateway.transaction() as connection:
            hashed = await factors.recovery_hash(
                connection, account.id, recovery.locator
            )
        if not await gateway.passwords.verify(hashed, recovery.secret):
            return None
        async with gateway.transaction() as connection:
            is_new = await factors.use_recovery(
                connection, account.id, recovery.locator, gateway.now()
            )
        return "recovery" if is_new else None
    return None


def step_of(gateway: Gateway, secret: str, digits: str, *, used: int) -> int | None:
    """Return the time step whose code this is, if it counts now and was not used."""
    totp = pyotp.TOTP(secret)
    found = None
    for step in steps_around(gateway.now().timestamp(), used=used):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found
