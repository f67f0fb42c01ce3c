"""Holding forwardings off: to a target, of a customer, or all of them; and lifting."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chassis import outbox
from chassis.postgres import Connection
from contracts.holds import ForwardingsHeld, HoldReason, HoldSubject
from contracts.number_range import BadRange, NumberRange
from contracts.refusal import Refusal
from contracts.written_number import read_number
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import accounts, history, holds, notices
from portal_gateway.store.holds import Hold
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import proving
from portal_gateway.usecases.gateway import Gateway

MOST_SHOWN: Final = 500
LONGEST_WHY: Final = 500
OWNER: Final = "owner of the number"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants held off, or let go again; `name`: number or customer."""

    subject: HoldSubject
    held: bool
    because: str
    name: str = ""
    last: str = ""
    reason: HoldReason = "misuse"


async def is_all_held(gateway: Gateway) -> bool:
    """Tell whether every forwarding is held off: the kill switch."""
    async with gateway.transaction() as connection:
        return await holds.is_all_held(connection)


async def all_held(gateway: Gateway) -> list[Hold]:
    """Return what is held off now, the newest first."""
    async with gateway.transaction() as connection:
        return await holds.all_held(connection, MOST_SHOWN)


async def order(gateway: Gateway, session: Session, order: Order) -> Hold:
    """
    Hold off, or let go again; raises Refused with what is wrong.

    The event leaves with this transaction; asking for what is so already tells nobody.
    """
    if order.subject == "all":
        if session.role != "operator":
            raise Refused("operators_only")
        proving.require_confirmed(gateway, session)
    return await _done(gateway, session.name, order)


async def by_owner(gateway: Gateway, number: str) -> None:
    """Hold a number off because its owner, who proved it, wants no forwarded calls."""
    wanted = Order("target", held=True, because="code", name=number, reason="owner")
    await _done(gateway, OWNER, wanted)


async def tell_again(connection: Connection, at: datetime) -> int:
    """
    Tell every hold that stands once more; return how many.

    It may stand longer than its topic keeps what was told. Who knows it sees nothing
    new: the version is the same.
    """
    async with connection.transaction():
        standing = await holds.all_held(connection, None)
        for one in standing:
            event = ForwardingsHeld(
                subject=one.subject,
                held=True,
                reason=one.reason,
                because=one.because,
                version=one.version,
                held_by=one.held_by,
                held_at=one.held_at,
                **_names(one.subject, one.number, one.last),
            )
            await outbox.add(connection, event, at=at)
    return len(standing)


async def _done(gateway: Gateway, actor: str, order: Order) -> Hold:
    because = order.because.strip()[:LONGEST_WHY]
    if not because:
        raise Refused("because_missing")
    number, last = _named(order)
    now = gateway.now()
    async with gateway.transaction() as connection:
        if order.subject == "customer":
            if (named := await accounts.spelled(connection, number)) is None:
                raise not_found()
            number = last = named
        known = await holds.one(connection, order.subject, number, last)
        if (known.held if known else False) != order.held:
            event = ForwardingsHeld(
                subject=order.subject,
                held=order.held,
                reason=order.reason,
                because=because,
                version=known.version + 1 if known else 1,
                held_by=actor[:100],
                held_at=now,
                **_names(order.subject, number, last),
            )
            await holds.keep(connection, event)
            await outbox.add(connection, event, at=now)
            await _note(connection, event, now)
        found = await holds.one(connection, order.subject, number, last)
    if found is None:
        raise not_found()  # nobody held it off, so nothing can be let go
    return found


def _named(order: Order) -> tuple[str, str]:
    if order.subject == "all":
        return "", ""
    if order.subject == "customer":
        return order.name.strip(), order.name.strip()
    first = _number(order.name)
    last = _number(order.last) if order.last.strip() else first
    try:
        found = NumberRange(first, last)
    except BadRange as error:
        raise Refused("hold_target_invalid") from error
    return found.first, found.last


def _number(text: str) -> str:
    read = read_number(text)
    if isinstance(read, Refusal):
        raise Refused("hold_target_invalid")
    return read.number


def _names(subject: HoldSubject, number: str, last: str) -> dict[str, Any]:
    if subject == "customer":
        return {"customer_number": number}
    if subject == "target":
        return {"number": number, "last": None if last == number else last}
    return {}


async def _note(connection: Connection, event: ForwardingsHeld, at: datetime) -> None:
    """Keep it in the audit, and tell a customer whose forwardings they are."""
    action = "forwardings_held" if event.held else "forwardings_released"
    customer = event.customer_number
    span = (event.number, event.last or event.number) if event.number else None
    await history.note(
        connection,
        action,
        at=at,
        actor=event.held_by,
        customer=customer,
        span=span,
        detail={
            "subject": event.subject,
            "reason": event.reason,
            "because": event.because,
            "version": event.version,
        },
    )
    if customer:
        await notices.tell_security(
            connection,
            customer,
            f"{action} {event.version}",
            what=action,
            by="ecotel",
            at=at,
        )
