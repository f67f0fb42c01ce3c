"""Changing user name and password, alone or together."""

from chassis.postgres import Connection
from portal_gateway.domain import credentials
from portal_gateway.domain.credentials import name_key
from portal_gateway.domain.refused import Refused
from portal_gateway.store import accounts, factors, sessions
from portal_gateway.store.accounts import Account
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import alarming, proving
from portal_gateway.usecases.accounts import LoggedIn, begin
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted


async def change_credentials(
    gateway: Gateway, session: Session, *, username: str, password: str, current: str
) -> LoggedIn:
    """Change name and password together; every session ends and a new one begins."""
    account = await proving.check_password(gateway, session, current)
    username = _checked_name(session, username)
    password = await _checked_password(gateway, session, password, current, username)
    hashed = await gateway.passwords.hash(password)
    async with gateway.transaction() as connection:
        if await _is_free(connection, session, username):
            key = name_key(username)
            if await accounts.set_credentials(
                connection, session.account_id, username, key, hashed
            ):
                await _take_factor_off(gateway, connection, session, account)
                await alarming.note(
                    gateway,
                    connection,
                    session,
                    "credentials_changed",
                    actor=username,
                )
                return await _begin_anew(gateway, connection, session)
        await sessions.count_name_try(connection, session.token_hash)
    raise Refused("username_taken")


async def change_password(
    gateway: Gateway, session: Session, *, password: str, current: str
) -> LoggedIn:
    """Change the password; every session ends and a new one begins."""
    await proving.check_password(gateway, session, current)
    password = await _checked_password(
        gateway, session, password, current, session.username or ""
    )
    hashed = await gateway.passwords.hash(password)
    async with gateway.transaction() as connection:
        await accounts.set_password(connection, session.account_id, hashed)
        await alarming.note(gateway, connection, session, "password_changed")
        return await _begin_anew(gateway, connection, session)


async def change_username(
    gateway: Gateway, session: Session, *, username: str, current: str
) -> str:
    """Change the name; return the session's new secret."""
    await proving.check_password(gateway, session, current)
    username = _checked_name(session, username)
    async with gateway.transaction() as connection:
        if await _is_free(connection, session, username) and (
            await accounts.set_username(
                connection, session.account_id, username, name_key(username)
            )
        ):
            await alarming.note(
                gateway, connection, session, "username_changed", actor=username
            )
            return await proving.renew(gateway, connection, session)
        await sessions.count_name_try(connection, session.token_hash)
    raise Refused("username_taken")


def _checked_name(session: Session, username: str) -> str:
    if session.name_tries >= credentials.MOST_NAME_TRIES:
        raise Refused("too_many_names")
    return credentials.check_username(username, session.customer_number)


async def _checked_password(
    gateway: Gateway, session: Session, password: str, current: str, username: str
) -> str:
    context = [username, session.customer_number or "", session.username or ""]
    known = await _names(gateway, session)
    password = credentials.check_password(password, context=context, known=known)
    if password == credentials.normal(current) or (
        session.must_change and as_posted(password) == as_posted(current)
    ):
        raise Refused("password_unchanged")
    return password


async def _names(gateway: Gateway, session: Session) -> list[str]:
    """Return the names by which everybody knows the customer."""
    if session.customer_number is None:
        return []
    async with gateway.transaction() as connection:
        customer = await accounts.customer(connection, session.customer_number)
    return [customer.name] if customer else []


async def _is_free(connection: Connection, session: Session, username: str) -> bool:
    """Tell whether nobody else has the name; the account is locked until commit."""
    await accounts.by_id(connection, session.account_id)
    return not await accounts.name_is_taken(
        connection, name_key(username), but=session.account_id
    )


async def _take_factor_off(
    gateway: Gateway, connection: Connection, session: Session, account: Account
) -> None:
    """Take the second factor off if the letter that was used here says so."""
    if session.must_change and account.posted_resets_factor and account.has_factor:
        await factors.remove(connection, account.id)
        await alarming.note(gateway, connection, session, "second_factor_removed")


async def _begin_anew(
    gateway: Gateway, connection: Connection, session: Session
) -> LoggedIn:
    await sessions.end_all(connection, session.account_id)
    return await begin(
        gateway,
        connection,
        session.account_id,
        must_change=False,
        device=session.device,
    )
