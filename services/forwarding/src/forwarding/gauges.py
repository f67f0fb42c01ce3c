"""Counts of what is armed, pending and diverted, for dashboards."""

import asyncio
import time
from contextlib import suppress

from chassis.postgres import TRANSIENT, Pool
from contracts import canary
from forwarding import metrics

PAUSE = 5.0
BREATH = 20
"""A count that takes long is taken less often: it rests so many times its length."""

_STATES = """
    SELECT (SELECT count(*) FROM arming WHERE live_seq IS NULL) AS pending,
           (SELECT count(*) FROM arming
             WHERE live_seq IS NULL AND attempts > 0) AS failed,
           (SELECT CASE WHEN reltuples < 10000 THEN (SELECT count(*) FROM arming)
                        ELSE reltuples::bigint END
              FROM pg_class WHERE oid = 'arming'::regclass) AS armed,
           (SELECT count(*) FROM cause WHERE active) AS manual,
           (SELECT held FROM hold) AS held,
           (SELECT min(made_at) FROM flip
             WHERE told_at IS NULL AND cardinality(closed) > 0) AS oldest_clear
"""
# By places: an index finds the few that are covered among all that are armed.
_DIVERTED = """
    WITH covered AS (
        SELECT coalesce(array_agg(place) FILTER (WHERE NOT planned), '{}') AS faults,
               coalesce(array_agg(place) FILTER (WHERE planned), '{}') AS works
          FROM coverage
    ), untold AS (
        SELECT coalesce(array_agg(place), '{}') AS opened
          FROM (SELECT unnest(opened) AS place FROM flip WHERE told_at IS NULL) o
    ), giving_back AS (
        SELECT coalesce(array_agg(place), '{}') AS closed
          FROM (SELECT unnest(closed) AS place FROM flip WHERE told_at IS NULL) c
    ), touched AS (
        SELECT a.number, a.last, a.places && faults
               OR (a.planned AND a.places && works) AS covered,
               a.live_seq IS NULL OR a.places && opened AS waits,
               a.places && closed AS returns
          FROM arming a, covered, untold, giving_back
         WHERE a.places && (faults || works || closed)
           AND a.value IS NOT NULL AND NOT a.off AND a.customer_number <> $1
    )
    SELECT count(*) FILTER (WHERE covered AND NOT waits) AS active,
           count(*) FILTER (WHERE returns AND NOT covered) AS clear_pending,
           coalesce(sum(size) FILTER (WHERE covered AND NOT waits), 0) AS diverted,
           coalesce(sum(size) FILTER (WHERE covered AND waits), 0) AS waiting,
           coalesce(sum(size) FILTER (WHERE returns AND NOT covered), 0) AS returning
      FROM touched,
           LATERAL (SELECT substr(last, 2)::bigint - substr(number, 2)::bigint + 1) s
                   (size)
"""


class Gauges:
    """
    Counts every so often; the hot paths carry none of it.

    Of many, `armed` is PostgreSQL's own estimate: counting a million would cost more.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def run(self) -> None:
        """Count for ever."""
        while True:
            began = time.perf_counter()
            with suppress(*TRANSIENT):
                await self._count()
            took = time.perf_counter() - began
            await asyncio.sleep(max(PAUSE, took * BREATH))

    async def _count(self) -> None:
        states = await self._pool.fetchrow(_STATES)
        diverted = await self._pool.fetchrow(_DIVERTED, canary.CUSTOMER)
        if states is None or diverted is None:
            return
        for state in ("armed", "pending", "failed", "manual"):
            metrics.SCOPES.labels(state).set(states[state])
        for state in ("active", "clear_pending"):
            metrics.SCOPES.labels(state).set(diverted[state])
        held = bool(states["held"])
        metrics.HELD.set(held)
        for state in ("diverted", "waiting", "returning"):
            # While held off, nothing of it is in effect and nobody waits.
            metrics.NUMBERS.labels(state).set(0 if held else int(diverted[state]))
        oldest = states["oldest_clear"]
        age = time.time() - oldest.timestamp() if oldest else 0.0
        metrics.OLDEST_CLEAR_PENDING.set(max(0.0, age))
