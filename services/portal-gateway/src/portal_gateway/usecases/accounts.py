"""Logging in and out, in one step or two."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.postgres import Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.stages import STAFF, Role, Stage, stage_of
from portal_gateway.store import accounts, history, sessions
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import patience, proving
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted, new_token, token_hash

TOUCH_AFTER = timedelta(seconds=30)


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
    """Let in who has the second factor, too; the session gets a new secret."""
    if not session.factor_pending:
        raise Refused("second_factor_not_asked")
    method = await proving.prove_factor(gateway, session.account_id, code)
    token = new_token()
    async with gateway.transaction() as connection:
        now = gateway.now()
        await sessions.renew(connection, session.id, token_hash(token), now)
        await _note(
            gateway,
            connection,
            "logged_in",
            actor=session.name,
            customer=session.customer_number,
            device=session.device,
            second_factor=method,
        )
    return LoggedIn(token, session.must_change)


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
