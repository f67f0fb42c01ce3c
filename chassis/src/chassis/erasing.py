"""
A customer who is to be erased while something of his is not over yet.

Topics have no common order: the end of his option, or the porting that takes his last
number, may come after the word that he is erased. The word is kept, nobody behind it
in its topic waits, and he is erased as soon as all that was his is over.

Read again after a restore, the word may also come after facts of a customer who has
come back under his number since: what is newer than the word is not its business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import structlog

from chassis import metrics
from chassis.inbox import Received
from chassis.postgres import TRANSIENT, Connection, Transaction
from contracts.customers import CustomerErased

Erase = Callable[[Connection, str, str, datetime], Awaitable[bool]]
"""
Erases a customer under a pseudonym, as of a moment; False: something is not over.

Where he came back since, only what is older goes.
"""

POLL: Final = 5.0
"""Seconds."""

log = structlog.get_logger()


class Erasing:
    """Erases at once whom it can, and looks again after all others."""

    def __init__(self, transaction: Transaction, erase: Erase) -> None:
        self._transaction = transaction
        self._erase = erase

    async def on_erased(
        self, received: Received[CustomerErased], connection: Connection
    ) -> None:
        """Erase the customer of the event, or keep that he is to be erased."""
        told = received.event
        who, pseudonym, at = told.customer_number, told.pseudonym, told.erased_at
        if await self._try(connection, who, pseudonym, at):
            return
        await connection.execute(
            """
            INSERT INTO erasure_waiting (customer_number, pseudonym, erased_at)
                 VALUES ($1, $2, $3)
            ON CONFLICT (customer_number) DO UPDATE
                    SET pseudonym = excluded.pseudonym,
                        erased_at = excluded.erased_at
            """,
            who,
            pseudonym,
            at,
        )
        log.warning("customer_not_erased_yet", pseudonym=pseudonym)

    async def run(self) -> None:
        """Look for ever whether somebody's last fact is over."""
        while True:
            try:
                metrics.ERASURES_WAITING.set(await self.look())
            except TRANSIENT as error:
                log.warning("erasing_interrupted", error=repr(error))
            await asyncio.sleep(POLL)

    async def look(self) -> int:
        """Erase everybody whose facts are over by now; returns how many are left."""
        left = 0
        async with self._transaction() as connection:
            waiting = await connection.fetch(
                """
                SELECT customer_number, pseudonym, erased_at
                  FROM erasure_waiting ORDER BY customer_number
                """
            )
        for who, pseudonym, at in waiting:
            try:
                async with self._transaction() as connection:
                    left += not await self._try(connection, who, pseudonym, at)
            except TRANSIENT:
                raise
            except Exception:
                # One that fails keeps neither the others nor the service from work.
                log.exception("erasing_failed", pseudonym=pseudonym)
                left += 1
        return left

    async def _try(
        self, connection: Connection, who: str, pseudonym: str, at: datetime
    ) -> bool:
        if not await self._erase(connection, who, pseudonym, at):
            return False
        await connection.execute(
            "DELETE FROM erasure_waiting WHERE customer_number = $1", who
        )
        log.info("customer_erased", pseudonym=pseudonym)
        return True
