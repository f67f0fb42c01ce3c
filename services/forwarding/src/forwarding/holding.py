"""Holds on a target, a customer or all: taken in at once, rules follow page by page."""

import asyncio
from contextlib import suppress

import structlog

from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import TRANSIENT, Connection
from chassis.service import Service
from contracts.holds import ForwardingsHeld
from forwarding.flagging import RULES_AT_ONCE, look_at
from forwarding.hold import doubt_lift, hold_all
from forwarding.hold_store import HoldStore
from forwarding.requests import numbers_of
from forwarding.store import FactStore

log = structlog.get_logger()

POLL = 1.0


class Holding:
    """Takes holds in, and brings the rules up to them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._wake = asyncio.Event()
        self._has_news = False

    def wake(self) -> None:
        """Say that a transaction is over: it may have brought a hold."""
        if self._has_news:
            self._has_news = False
            self._wake.set()

    async def on_held(
        self, received: Received[ForwardingsHeld], connection: Connection
    ) -> None:
        """Refuse new rules from now on, and have the old ones looked at."""
        event, facts = received.event, FactStore(connection)
        number, last = _named(event)
        await facts.lock()
        if not await HoldStore(connection).keep(event, number, last):
            return
        self._has_news = True
        log.warning("forwardings_held", subject=event.subject, held=event.held)
        if event.subject == "all":
            await hold_all(connection, held=event.held, at=self._service.clock.now())

    async def run(self) -> None:
        """Bring rules up to the holds for ever."""
        while True:
            self._wake.clear()
            with suppress(*TRANSIENT):
                await self.catch_up()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._wake.wait()

    async def settle(self) -> None:
        """End a replay: what is held off never waits for the switch as armed."""
        await self.catch_up()
        async with self._service.transaction() as connection:
            await doubt_lift(connection)

    async def catch_up(self) -> None:
        """Bring all rules up to the holds."""
        while await self.step():
            pass

    async def step(self) -> bool:
        """Look at the next rules that a hold concerns; False when none is left."""
        async with self._service.pool.acquire(timeout=10) as connection:
            if await HoldStore(connection).pending() is None:
                return False
        async with self._service.transaction() as connection:
            holds, facts = HoldStore(connection), FactStore(connection)
            await facts.lock()
            if (hold := await holds.pending()) is None:
                return False
            rows = await holds.rules(hold, RULES_AT_ONCE)
            now = self._service.clock.now()
            for row in rows:
                await look_at(facts, holds, connection, row, by=hold.held_by, at=now)
            last = (rows[-1]["number"], rows[-1]["last"]) if rows else None
            await holds.go_on(hold, last if len(rows) == RULES_AT_ONCE else None)
        return True


def _named(event: ForwardingsHeld) -> tuple[str, str]:
    """
    Return what is held off: both ends of a range, a customer twice, nothing for all.

    Raises Rejected when that is missing. What else the event may name is not its
    subject, and must not make another row of it.
    """
    if event.subject == "all":
        return "", ""
    if event.subject == "customer":
        if not event.customer_number:
            raise Rejected("subject_missing", "A hold of a customer names him.")
        return event.customer_number, event.customer_number
    if event.number is None:
        raise Rejected("subject_missing", "A hold of a target names its number.")
    numbers = numbers_of(event.number, event.last)
    return numbers.first, numbers.last
