"""Logging in and out, and changing credentials."""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta

from chassis.postgres import Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key, network_of, wait_after
from portal_gateway.domain.refused import Refused
from portal_gateway.store import accounts, history, sessions
from portal_gateway.store.accounts import Account
from portal_gateway.store.sessions import Session
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted, new_token, token_hash

TOUCH_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session that began; the token goes into the cookie and nowhere else."""

    token: str
    must_change: bool


async def log_in(
    gateway: Gateway, username: str, password: str, address: str
) -> LoggedIn:
    """Begin a session; raises Refused alike for a wrong name and a wrong password."""
    name = credentials.normal(username).strip()
    buckets = _buckets(name, address)
    async with gateway.transaction() as connection:
        await _check_patience(gateway, connection, buckets)
        account = await accounts.by_name(connection, name, name_key(name))
    posted = account is not None and account.username_key != name_key(name)
    hashed = _hash_for(gateway, account, posted=posted)
    typed = as_posted(password) if posted else password
    if not await gateway.passwords.verify(hashed, typed) or account is None:
        await _note_failure(gateway, buckets, account)
        raise Refused("invalid_credentials")
    async with gateway.transaction() as connection:
        await sessions.forget_failures(connection, buckets[0])
        await history.note(
            connection,
            "logged_in",
            at=gateway.now(),
            actor=account.name,
            customer=account.customer_number,
        )
        return await _begin(gateway, connection, account.id, must_change=posted)


async def session_of(gateway: Gateway, token: str | None) -> Session:
    """Return the living session of a cookie; raises Refused when there is none."""
    session = await peek(gateway, token)
    now = gateway.now()
    if now - session.seen_at > TOUCH_AFTER:
        async with gateway.transaction() as connection:
            await sessions.touch(connection, session.token_hash, now)
    return session


async def log_out(gateway: Gateway, token: str | None) -> None:
    """End the session at the server, too."""
    if token:
        async with gateway.transaction() as connection:
            await sessions.end(connection, token_hash(token))


async def change_credentials(
    gateway: Gateway, session: Session, *, username: str, password: str, current: str
) -> LoggedIn:
    """Change name and password together; every session ends and a new one begins."""
    await _check_current(gateway, session, current)
    if session.name_tries >= credentials.MOST_NAME_TRIES:
        raise Refused("too_many_names")
    username = credentials.check_username(username, session.customer_number)
    context = [username, session.customer_number or "", session.username or ""]
    password = credentials.check_password(password, context=context)
    if password == credentials.normal(current):
        raise Refused("password_unchanged")
    hashed = await gateway.passwords.hash(password)
    async with gateway.transaction() as connection:
        changed = await _set(connection, session, username, hashed)
        if changed:
            await sessions.end_all(connection, session.account_id)
            await _note_change(gateway, connection, session, username)
            return await _begin(
                gateway, connection, session.account_id, must_change=False
            )
        await sessions.count_name_try(connection, session.token_hash)
    raise Refused("username_taken")


def _buckets(name: str, address: str) -> list[str]:
    account = hashlib.sha256(name_key(name).encode()).hexdigest()
    return [f"account {account}", f"network {network_of(address)}"]


async def _check_patience(
    gateway: Gateway, connection: Connection, buckets: list[str]
) -> None:
    settings, now = gateway.settings, gateway.now()
    allowed = (settings.account_failures, settings.address_failures)
    for bucket, most in zip(buckets, allowed, strict=True):
        since = now - settings.failure_window
        failures, last = await sessions.failures(connection, bucket, since)
        if wait := wait_after(failures, last, allowed=most, now=now):
            seconds = math.ceil(wait.total_seconds())
            raise Refused(
                "too_many_attempts",
                facts={"seconds": seconds},
                headers={"Retry-After": str(seconds)},
            )


def _hash_for(gateway: Gateway, account: Account | None, *, posted: bool) -> str | None:
    if account is None:
        return None
    if not posted:
        return account.password_hash
    until = account.posted_until
    return account.posted_hash if until and until > gateway.now() else None


async def _note_failure(
    gateway: Gateway, buckets: list[str], account: Account | None
) -> None:
    now = gateway.now()
    async with gateway.transaction() as connection:
        await sessions.add_failure(connection, buckets, now)
        await history.note(
            connection,
            "login_failed",
            at=now,
            actor="unknown",
            customer=account.customer_number if account else None,
        )


async def _begin(
    gateway: Gateway, connection: Connection, account: int, *, must_change: bool
) -> LoggedIn:
    token = new_token()
    await sessions.add(
        connection,
        token_hash(token),
        account,
        must_change=must_change,
        at=gateway.now(),
    )
    return LoggedIn(token, must_change)


async def _check_current(gateway: Gateway, session: Session, current: str) -> None:
    buckets = [f"change {session.account_id}"]
    now, settings = gateway.now(), gateway.settings
    async with gateway.transaction() as connection:
        failures, last = await sessions.failures(
            connection, buckets[0], now - settings.failure_window
        )
        account = await accounts.by_id(connection, session.account_id)
    if wait := wait_after(failures, last, allowed=settings.account_failures, now=now):
        seconds = math.ceil(wait.total_seconds())
        raise Refused(
            "too_many_attempts",
            facts={"seconds": seconds},
            headers={"Retry-After": str(seconds)},
        )
    hashed = _hash_for(gateway, account, posted=session.must_change)
    typed = as_posted(current) if session.must_change else current
    if not await gateway.passwords.verify(hashed, typed):
        await _note_failure(gateway, buckets, account)
        raise Refused("current_password_wrong")


async def _set(
    connection: Connection, session: Session, username: str, hashed: str
) -> bool:
    key = name_key(username)
    await accounts.by_id(connection, session.account_id)
    if await accounts.name_is_taken(connection, key, but=session.account_id):
        return False
    return await accounts.set_credentials(
        connection, session.account_id, username, key, hashed
    )


async def _note_change(
    gateway: Gateway, connection: Connection, session: Session, username: str
) -> None:
    await history.note(
        connection,
        "credentials_changed",
        at=gateway.now(),
        actor=username,
        customer=session.customer_number,
    )


async def peek(gateway: Gateway, token: str | None) -> Session:
    """Return the living session without using it; raises Refused when it ended."""
    if not token:
        raise Refused("not_logged_in")
    now, settings = gateway.now(), gateway.settings
    async with gateway.transaction() as connection:
        session = await sessions.alive(
            connection,
            token_hash(token),
            begun=now - settings.session_longest,
            seen=now - settings.session_idle,
        )
    if session is None:
        raise Refused("not_logged_in")
    return session
