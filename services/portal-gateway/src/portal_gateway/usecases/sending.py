"""
The worker that sends notices: claimed, composed, handed over, settled.

A claim is a lease: a process that dies on the way leaves the notice to the next one.
Only a crash between the provider's yes and our commit sends twice, and then with the
same reference, by which mail programs and providers know it again.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import structlog

from chassis.errors import Unavailable
from chassis.postgres import TRANSIENT
from portal_gateway import metrics
from portal_gateway.domain.message import AddressRefused, Message, Sender
from portal_gateway.domain.notices import SERVICE_KINDS, Contact, pause_after
from portal_gateway.store import contacts, history, notice_queue, notices
from portal_gateway.store.notice_queue import Due
from portal_gateway.usecases import telling
from portal_gateway.usecases.gateway import Gateway

log = structlog.get_logger()

LEASE: Final = timedelta(minutes=2)
BATCH: Final = 20
AT_ONCE: Final = 4
REMIND_PAUSE: Final = timedelta(minutes=10)
LONGEST_REST: Final = 1.0


class Worker:
    """Sends what is due, for ever; several instances share the work."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._reminded: datetime | None = None

    async def run(self) -> None:
        """Send for ever; a database that is away is waited for."""
        while True:
            rest = LONGEST_REST
            try:
                await self.remind()
                rest = 0.0 if await self.send_due() else await self._measure()
            except TRANSIENT as error:
                log.warning("notices_interrupted", error=repr(error))
            await asyncio.sleep(rest)

    async def send_due(self) -> int:
        """Send what is due now, once; return how many were claimed."""
        now = self._gateway.now()
        async with self._gateway.service.pool.acquire() as connection:
            due = await notice_queue.claim(
                connection, at=now, until=now + LEASE, most=BATCH
            )
        done = await asyncio.gather(
            *(self._send_all(list(some)) for _, some in _by_contact(due)),
            return_exceptions=True,
        )
        for error in done:
            if isinstance(error, BaseException):  # it comes again when its lease ends
                log.error("notice_broke", exc_info=error)
        return len(due)

    async def remind(self) -> None:
        """Write reminders of long diversions, every so often."""
        now = self._gateway.now()
        if self._reminded and now - self._reminded < REMIND_PAUSE:
            return
        every = self._gateway.settings.reminder_every.total_seconds()
        async with self._gateway.service.pool.acquire() as connection:
            await notices.tell_reminders(connection, every_seconds=every, at=now)
        self._reminded = now

    async def _send_all(self, due: list[Due]) -> None:
        """Send what one contact gets, in the order in which it happened."""
        for one in due:
            await self._send(one)

    async def _send(self, due: Due) -> None:
        async with self._at_once:
            async with self._gateway.service.pool.acquire() as connection:
                contact = await contacts.by_id(connection, due.contact_id)
            if contact is None:
                return  # removed, with all its notices
            result, error = await self._tried(due, contact)
            await self._settle(due, contact, result, error)
        metrics.NOTICES.labels(contact.channel, due.kind, result).inc()

    async def _tried(self, due: Due, contact: Contact) -> tuple[str, str | None]:
        """Return what became of it, and why it did not work."""
        now, settings = self._gateway.now(), self._gateway.settings
        if now - due.created_at > max(settings.notice_longest, _wait_of(due)):
            return "expired", None
        sender = self._gateway.channels.get(contact.channel)
        if sender is None:
            return "failed", "the channel is not set up"
        message = None
        if _is_wanted(due, contact):
            message = await telling.message(self._gateway, due, contact)
        if message is None:
            return "void", None
        return await _handed_over(sender, message)

    async def _settle(
        self, due: Due, contact: Contact, result: str, error: str | None
    ) -> None:
        now = self._gateway.now()
        async with self._gateway.transaction() as connection:
            if result == "failed":
                again = now + pause_after(due.attempts)
                await notice_queue.postpone(connection, due.id, again, error or "")
                return
            await notice_queue.settle(connection, due.id, result, now, error)
            if result != "refused":
                return
            await contacts.refuse(connection, contact.id, error or "", now)
            await history.note(
                connection,
                "contact_refused",
                at=now,
                actor="portal",
                customer=contact.customer_number,
                detail={"channel": contact.channel, "address": contact.address},
            )

    async def _measure(self) -> float:
        """Tell how much waits, and return in how many seconds more is due."""
        now = self._gateway.now()
        async with self._gateway.service.pool.acquire() as connection:
            count, oldest, following = await notice_queue.waiting(connection, now)
        age = (now - oldest).total_seconds() if oldest else 0.0
        metrics.NOTICES_WAITING.set(count)
        metrics.NOTICES_OLDEST.set(max(0.0, age))
        ahead = (following - now).total_seconds() if following else LONGEST_REST
        return min(max(ahead, 0.05), LONGEST_REST)


def _by_contact(due: list[Due]) -> Iterator[tuple[int, Iterator[Due]]]:
    ordered = sorted(due, key=lambda one: (one.contact_id, one.created_at, one.id))
    return groupby(ordered, key=lambda one: one.contact_id)


async def _handed_over(sender: Sender, message: Message) -> tuple[str, str | None]:
    try:
        await sender.send(message)
    except AddressRefused as refused:
        return "refused", refused.reason
    except Unavailable as error:
        return "failed", str(error)
    return "sent", None


def _wait_of(due: Due) -> timedelta:
    """Return how long a notice may be on its way, counted from its cause."""
    return timedelta(days=2) if due.cause.startswith("opened ") else timedelta()


def _is_wanted(due: Due, contact: Contact) -> bool:
    if due.kind == "confirm":
        return True
    if contact.state in {"unconfirmed", "refused"}:
        return False
    if due.kind in SERVICE_KINDS or due.detail.get("always"):
        return True
    return contact.is_on and due.kind in contact.kinds
