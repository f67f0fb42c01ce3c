"""Telling customers what only they should have done with their account."""

from chassis.postgres import Connection
from portal_gateway.store import history, notices
from portal_gateway.store.sessions import Session
from portal_gateway.usecases.gateway import Gateway


async def note(
    gateway: Gateway,
    connection: Connection,
    session: Session,
    action: str,
    *,
    actor: str | None = None,
) -> None:
    """Keep it in the audit, and tell every contact that can be reached."""
    now, customer = gateway.now(), session.customer_number
    await history.note(
        connection,
        action,
        at=now,
        actor=actor or session.name,
        customer=customer,
    )
    if customer is None:
        return
    await notices.tell_security(
        connection,
        customer,
        f"{action} {now.isoformat()}",
        what=action,
        by=actor or session.name,
        at=now,
    )
