"""Proving again who one is: with the password, or with the second factor."""

import hmac
from dataclasses import dataclass

import pyotp

from chassis.postgres import Connection
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.second_factor import (
    Recovery,
    as_digits,
    as_recovery,
    steps_around,
)
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


@dataclass(frozen=True, slots=True)
class Proof:
    """A code of the second factor as it was typed: taken once, if it is right."""

    gateway: Gateway
    account: Account
    step: int | None = None
    """The time step whose code it is."""
    locator: str | None = None
    """The recovery code that it is."""

    @property
    def method(self) -> str:
        """Return how it was proved."""
        return "recovery" if self.locator else "totp"

    async def take(self, connection: Connection) -> bool:
        """Use the code up; False where it is wrong, or was used before."""
        if not await self._use(connection):
            return False
        buckets = patience.of_factor(self.gateway.settings, self.account.id)
        await patience.forget(connection, buckets)
        if self.locator:
            await history.note(
                connection,
                "recovery_code_used",
                at=self.gateway.now(),
                actor=self.account.name,
                customer=self.account.customer_number,
            )
        return True

    async def _use(self, connection: Connection) -> bool:
        account, now = self.account.id, self.gateway.now()
        if self.step is not None:
            return await factors.use_step(connection, account, self.step)
        if self.locator:
            return await factors.use_recovery(connection, account, self.locator, now)
        return False

    async def refused(self) -> Refused:
        """Count the failure, outside of what it undid; return what to raise."""
        buckets = patience.of_factor(self.gateway.settings, self.account.id)
        await patience.note_failure(
            self.gateway, buckets, self.account, "second_factor_wrong"
        )
        return Refused("second_factor_wrong")


async def begin_proof(gateway: Gateway, account_id: int, typed: str) -> Proof:
    """Look what was typed; raises Refused for who must wait after wrong codes."""
    async with gateway.transaction() as connection:
        buckets = patience.of_factor(gateway.settings, account_id)
        await patience.check(gateway, connection, buckets)
        account = await accounts.by_id(connection, account_id)
    if account.factor_secret is None:
        return Proof(gateway, account)
    if digits := as_digits(typed):
        secret = vault.unseal(gateway.settings, account.factor_secret)
        step = step_of(gateway, secret, digits, used=account.factor_step)
        return Proof(gateway, account, step=step)
    recovery = as_recovery(typed)
    is_right = recovery is not None and await _is_recovery(gateway, account, recovery)
    return Proof(
        gateway, account, locator=recovery.locator if recovery and is_right else None
    )


async def _is_recovery(gateway: Gateway, account: Account, typed: Recovery) -> bool:
    async with gateway.transaction() as connection:
        hashed = await factors.recovery_hash(connection, account.id, typed.locator)
    return await gateway.passwords.verify(hashed, typed.secret)


def step_of(gateway: Gateway, secret: str, digits: str, *, used: int) -> int | None:
    """Return the time step whose code this is, if it counts now and was not used."""
    totp = pyotp.TOTP(secret)
    found = None
    for step in steps_around(gateway.now().timestamp(), used=used):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found
