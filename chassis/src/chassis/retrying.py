"""
Dead letters that somebody asked for again: taken from their rows, not from Kafka.

Their topic is somebody else's, who alone may write it; and other listeners of it had
no trouble with them. Taken here, a letter goes to this service and to nobody else.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chassis import dead_letters
from chassis.clock import Clock
from chassis.inbox import Record
from chassis.postgres import TRANSIENT, Connection, Pool

log = structlog.get_logger()

EVERY = 0.5
LONGEST_PAUSE = 30.0
BATCH = 100

Take = Callable[[Record], Awaitable[None]]
"""Gives a message to its use case; parks it again when it still cannot succeed."""


class Retrier:
    """Takes what was asked for, one instance at a time, until it is cancelled."""

    def __init__(self, pool: Callable[[], Pool], take: Take, clock: Clock) -> None:
        self._pool = pool
        self._take = take
        self._clock = clock

    async def run(self) -> None:
        """Look again and again; what fails is tried later, with growing pauses."""
        pause = EVERY
        while True:
            await asyncio.sleep(pause)
            try:
                async with self._pool().acquire(timeout=5) as connection:
                    failed = await self._look(connection)
            except TRANSIENT as error:
                log.warning("retrier_interrupted", error=repr(error))
                failed = True
            pause = min(pause * 2, LONGEST_PAUSE) if failed else EVERY

    async def _look(self, connection: Connection) -> bool:
        """Take all that were asked for, and tell whether any failed."""
        if not await dead_letters.are_asked_for(connection):
            return False
        lock = "SELECT pg_try_advisory_lock(hashtext(current_schema()), 6)"
        if not await connection.fetchval(lock):
            return False  # another instance is at it
        try:
            return await self._take_all(connection)
        finally:
            unlock = "SELECT pg_advisory_unlock(hashtext(current_schema()), 6)"
            await connection.execute(unlock)

    async def _take_all(self, connection: Connection) -> bool:
        failed = False
        for letter, record in await dead_letters.asked_for(connection, limit=BATCH):
            try:
                await self._take(record)
            except Exception:
                failed = True
                log.warning("letter_failed", letter=letter, exc_info=True)
            else:
                now = self._clock.now()
                await dead_letters.taken(connection, letter, at=now)
                log.info("letter_taken", letter=letter, topic=record.topic)
        return failed
