"""Calls that are made twice take effect once, and calls for what is not one's own."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from chassis.postgres import Connection
from portal_gateway.domain.refused import Refused
from portal_gateway.store import history, idempotency
from portal_gateway.store.idempotency import FirstAnswer
from portal_gateway.store.sessions import Session
from portal_gateway.usecases.gateway import Gateway

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its key; `mac` tells whether the same was asked."""

    account: int
    key: bytes
    mac: bytes

    @property
    def name(self) -> tuple[int, bytes]:
        """Return what tells it from every other call."""
        return self.account, self.key


current: ContextVar[Call | None] = ContextVar("current", default=None)
"""The call that is being answered, if it has a key."""


async def release(gateway: Gateway) -> None:
    """
    Let every instance take over the calls on which this one was when it ended.

    Nobody else can know that they will never be answered.
    """
    async with gateway.transaction() as connection:
        await idempotency.release(connection, gateway.settings.instance)


async def effect(connection: Connection) -> str | None:
    """Return what the current call did already, before its process ended."""
    call = current.get()
    if call is None:
        return None
    return await idempotency.effect(connection, call.account, call.key)


async def note_effect(connection: Connection, what: str) -> None:
    """Note what the current call does, in the transaction that does it."""
    if call := current.get():
        await idempotency.note_effect(connection, call.account, call.key, what)


async def begin(gateway: Gateway, call: Call) -> FirstAnswer | None:
    """Return the first answer to this key, or None when this is the first call."""
    left = call.name not in gateway.at_work
    gateway.at_work.add(call.name)
    first: FirstAnswer | None = None
    claimed = False
    try:
        async with gateway.transaction() as connection:
            first = await idempotency.begin(
                connection,
                call.account,
                call.key,
                call.mac,
                instance=gateway.settings.instance,
                left=left,
                at=gateway.now(),
            )
        claimed = first is None
    finally:
        if left and not claimed:
            gateway.at_work.discard(call.name)
    if first is None:
        return None
    if first.body_mac != call.mac:
        raise Refused("idempotency_key_reused")
    if first.status is None:
        raise Refused("request_in_progress", headers={"Retry-After": "1"})
    return first


async def finish(
    gateway: Gateway, call: Call, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Keep the answer; if that fails, the call may be made again."""
    try:
        async with gateway.transaction() as connection:
            await idempotency.finish(
                connection, call.account, call.key, status, headers, body
            )
    finally:
        gateway.at_work.discard(call.name)


async def give_up(gateway: Gateway, call: Call) -> None:
    """Let the call be made again: it broke down."""
    try:
        async with gateway.transaction() as connection:
            await idempotency.give_up(connection, call.account, call.key)
    finally:
        gateway.at_work.discard(call.name)


async def note_foreign(
    gateway: Gateway, session: Session, method: str, path: str
) -> None:
    """Keep in the audit that somebody asked for what he has not."""
    async with gateway.transaction() as connection:
        await history.note(
            connection,
            "foreign_access",
            at=gateway.now(),
            actor=session.name,
            customer=session.customer_number,
            detail={"method": method, "path": path},
        )
