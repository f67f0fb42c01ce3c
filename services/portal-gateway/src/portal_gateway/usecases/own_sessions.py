"""The sessions of an account: seen and ended by its owner."""

from portal_gateway.domain.refused import not_found
from portal_gateway.store import history, sessions
from portal_gateway.store.sessions import Listed, Session
from portal_gateway.usecases import proving
from portal_gateway.usecases.gateway import Gateway


async def all_of(gateway: Gateway, session: Session) -> list[Listed]:
    """Return the living sessions of the account, the last used first."""
    now, settings = gateway.now(), gateway.settings
    async with gateway.transaction() as connection:
        return await sessions.all_alive(
            connection,
            session.account_id,
            begun=now - settings.session_longest,
            seen=now - settings.session_idle,
        )


async def end(gateway: Gateway, session: Session, ended: int) -> None:
    """End one of them; raises Refused when it is nobody's or somebody else's."""
    proving.require_confirmed(gateway, session)
    async with gateway.transaction() as connection:
        if not await sessions.end_one(connection, session.account_id, ended):
            raise not_found()
        await history.note(
            connection,
            "session_ended",
            at=gateway.now(),
            actor=session.name,
            customer=session.customer_number,
        )


async def end_others(gateway: Gateway, session: Session) -> int:
    """End all but this one; return how many ended."""
    proving.require_confirmed(gateway, session)
    async with gateway.transaction() as connection:
        ended = await sessions.end_others(
            connection, session.account_id, session.token_hash
        )
        await history.note(
            connection,
            "sessions_ended",
            at=gateway.now(),
            actor=session.name,
            customer=session.customer_number,
            detail={"sessions": ended},
        )
    return ended
