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
    """
    Return the first answer to this key, or None when this is the first call.

    Only one call with a key goes on from here at a time in this process; so a claim
    of this instance that is found in the database was left by a process that ended.
    """
    if call.name in gateway.at_work:
        raise _refused(call, gateway.at_work[call.name])
    gateway.at_work[call.name] = call.mac
    claimed = False
    try:
        async with gateway.transaction() as connection:
            first = await idempotency.begin(
                connection,
                call.account,
                call.key,
                call.mac,
                instance=gateway.settings.instance,
                at=gateway.now(),
            )
        claimed = first is None
    finally:
        if not claimed:
            gateway.at_work.pop(call.name, None)
    if first and (first.status is None or first.body_mac != call.mac):
        raise _refused(call, first.body_mac)
    return first


def _refused(call: Call, mac: bytes) -> Refused:
    """Say why a call is not the first with its key: `mac` is that of the first."""
    if mac != call.mac:
        return Refused("idempotency_key_reused")
    return Refused("request_in_progress", headers={"Retry-After": "1"})


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
        gateway.at_work.pop(call.name, None)


async def give_up(gateway: Gateway, call: Call) -> None:
    """Let the call be made again: it broke down."""
    try:
        async with gateway.transaction() as connection:
            await idempotency.give_up(connection, call.account, call.key)
    finally:
        gateway.at_work.pop(call.name, None)


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
