"""Counts of what is armed and pending, for dashboards."""

import asyncio
from contextlib import suppress

from chassis.postgres import TRANSIENT, Pool
from forwarding import metrics


class Gauges:
    """
    Counts every so often; the hot paths carry none of it.

    `armed` is PostgreSQL's own estimate: counting a million rows would cost more.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def run(self) -> None:
        """Count for ever."""
        while True:
            with suppress(*TRANSIENT):
                await self._count()
            await asyncio.sleep(15)

    async def _count(self) -> None:
        row = await self._pool.fetchrow(
            """
            SELECT (SELECT count(*) FROM arming WHERE live_seq IS NULL) AS pending,
                   (SELECT count(*) FROM arming
                     WHERE live_seq IS NULL AND attempts > 0) AS failed,
                   (SELECT greatest(reltuples, 0)::bigint FROM pg_class
                     WHERE oid = 'arming'::regclass) AS armed,
                   (SELECT count(*) FROM cause WHERE active) AS manual
            """
        )
        for state, number in dict(row or {}).items():
            metrics.SCOPES.labels(state).set(number)
