"""Logging in and out, in one step or two."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from chassis.postgres import Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.second_factor import as_digits, as_recovery
from portal_gateway.domain.stages import STAFF, Role, Stage, stage_of
from portal_gateway.store import accounts, history, sessions
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import patience, proving
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted, new_token, token_hash

TOUCH_AFTER = timedelta(seconds=30)
SENT_TWICE = timedelta(seconds=10)
"""For so long the second step may be sent again: somebody pressed twice."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session that began; the token goes into the cookie and nowhere else."""

    token: str
    must_change: bool
    factor_pending: bool = False


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a log-in comes from, and which roles its door admits."""

    address: str
    device: str = ""
    roles: frozenset[Role] | None = None


async def log_in(
    gateway: Gateway, username: str, password: str, visitor: Visitor
) -> LoggedIn:
    """Begin a session; raises Refused alike for a wrong name and a wrong password."""
    name = credentials.normal(username).strip()
    buckets = patience.of_login(gateway.settings, name, visitor.address)
    async with gateway.transaction() as connection:
        await patience.check(gateway, connection, buckets)
        account = await accounts.by_name(connection, name, name_key(name))
    if account and visitor.roles is not None and account.role not in visitor.roles:
        account = None
    posted = account is not None and account.username_key != name_key(name)
    hashed = proving.hash_for(gateway, account, posted=posted)
    typed = as_posted(password) if posted else password
    if not await gateway.passwords.verify(hashed, typed) or account is None:
        await patience.note_failure(gateway, buckets, account, "login_failed")
        raise Refused("invalid_credentials")
    pending = account.has_factor and not (posted and account.posted_resets_factor)
    async with gateway.transaction() as connection:
        await patience.forget(connection, buckets)
        await _note(
            gateway,
            connection,
            "password_accepted" if pending else "logged_in",
            actor=account.name,
            customer=account.customer_number,
            device=visitor.device,
        )
        return await begin(
            gateway,
            connection,
            account.id,
            must_change=posted,
            factor_pending=pending,
            device=visitor.device,
        )


async def take_second_step(gateway: Gateway, session: Session, code: str) -> LoggedIn:
    """
    Let in who has the second factor, too; the session gets a new secret.

    Who sends the same code twice goes on with the second answer.
    """
    if not session.factor_pending:
        raise Refused("second_factor_not_asked")
    proof = await proving.begin_proof(gateway, session.account_id, code)
    token, by, now = new_token(), _digest(session, code), gateway.now()
    let_in = LoggedIn(token, session.must_change)
    async with gateway.transaction() as connection:
        if await proof.take(connection):
            await sessions.let_in(connection, session.id, token_hash(token), by, now)
            await _note(
                gateway,
                connection,
                "logged_in",
                actor=session.name,
                customer=session.customer_number,
                device=session.device,
                second_factor=proof.method,
            )
            return let_in
        if await sessions.let_in_again(
            connection, session.id, token_hash(token), by, now - SENT_TWICE
        ):
            return let_in
    raise await proof.refused()


def _digest(session: Session, code: str) -> bytes:
    typed = as_digits(code) or as_recovery(code) or code
    return hashlib.sha256(f"{session.id} {typed}".encode()).digest()


async def session_of(gateway: Gateway, token: str | None) -> Session:
    """Return the living session of a cookie; raises Refused when there is none."""
    session = await peek(gateway, token)
    now = gateway.now()
    if now - session.seen_at > TOUCH_AFTER:
        async with gateway.transaction() as connection:
            await sessions.touch(connection, session.token_hash, now)
    return session


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
            let_in=now - SENT_TWICE,
        )
    if session is None:
        raise Refused("not_logged_in")
    if session.factor_pending and now - session.created_at > settings.second_step_valid:
        raise Refused("not_logged_in")
    return session


def stage(gateway: Gateway, session: Session) -> Stage:
    """Return what the session must do next; `open`: nothing."""
    is_staff = gateway.settings.staff_second_factor and session.role in STAFF
    return stage_of(
        factor_pending=session.factor_pending,
        must_change=session.must_change,
        must_enrol=is_staff and not session.has_factor,
    )


async def log_out(gateway: Gateway, token: str | None) -> None:
    """End the session at the server, too."""
    if token:
        async with gateway.transaction() as connection:
            await sessions.end(connection, token_hash(token))


async def begin(
    gateway: Gateway,
    connection: Connection,
    account: int,
    *,
    must_change: bool,
    factor_pending: bool = False,
    device: str = "",
) -> LoggedIn:
    """Begin a session with a secret that nobody had before."""
    token = new_token()
    await sessions.add(
        connection,
        token_hash(token),
        account,
        must_change=must_change,
        at=gateway.now(),
        factor_pending=factor_pending,
        device=device,
    )
    return LoggedIn(token, must_change, factor_pending)


async def _note(
    gateway: Gateway,
    connection: Connection,
    action: str,
    *,
    actor: str,
    customer: str | None,
    **detail: object,
) -> None:
    await history.note(
        connection,
        action,
        at=gateway.now(),
        actor=actor,
        customer=customer,
        detail=detail,
    )
