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
# By places: an index finds the few that are covered among all that are armed. Where all
# numbers of a sheet are in the same state they are counted at once.
_DIVERTED = """
    WITH now AS MATERIALIZED (
        SELECT faults, works, opened, closed, faults || works || closed AS places
          FROM (SELECT coalesce(array_agg(place) FILTER (WHERE NOT planned), '{}'),
                       coalesce(array_agg(place) FILTER (WHERE planned), '{}')
                  FROM coverage) c (faults, works),
               (SELECT coalesce(array_agg(place), '{}')
                  FROM flip, unnest(flip.opened) AS place
                 WHERE told_at IS NULL) o (opened),
               (SELECT coalesce(array_agg(place), '{}')
                  FROM flip, unnest(flip.closed) AS place
                 WHERE told_at IS NULL) r (closed)
    ), near AS MATERIALIZED (
        SELECT s.id, s.elements, s.planned, s.count,
               s.columns IS NOT NULL
               AND position('-' IN convert_from(s.scope, 'UTF8')) = 0
               AND (s.elements && faults) = (s.places && faults)
               AND (s.elements && works) = (s.places && works)
               AND (s.elements && opened) = (s.places && opened)
               AND (s.elements && closed) = (s.places && closed) AS is_alike
          FROM sheet s, now
         WHERE s.places && now.places
    ), apart AS (
        SELECT a.*
          FROM arming a, now
         WHERE a.sheet IS NULL AND a.places && now.places
         UNION ALL
        SELECT a.*
          FROM arming a JOIN near s ON a.sheet = s.id
         WHERE NOT s.is_alike
    ), touched AS (
        SELECT s.count AS lines, s.count AS numbers,
               s.elements && faults OR (s.planned AND s.elements && works) AS covered,
               s.elements && opened AS waits,
               s.elements && closed AS returns
          FROM near s, now
         WHERE s.is_alike
         UNION ALL
        SELECT 1, substr(a.last, 2)::bigint - substr(a.number, 2)::bigint + 1,
               a.places && faults OR (a.planned AND a.places && works),
               a.live_seq IS NULL OR a.places && opened,
               a.places && closed
          FROM apart a, now
         WHERE a.value IS NOT NULL AND NOT a.off AND a.customer_number <> $1
    ), state AS (
        SELECT lines, numbers,
               CASE WHEN covered AND waits THEN 'waiting'
                    WHEN covered THEN 'diverted'
                    WHEN returns THEN 'returning' END AS state
          FROM touched
    )
    SELECT coalesce(sum(lines) FILTER (WHERE state = 'diverted'), 0) AS active,
           coalesce(sum(lines) FILTER (WHERE state = 'returning'), 0) AS clear_pending,
           coalesce(sum(numbers) FILTER (WHERE state = 'diverted'), 0) AS diverted,
           coalesce(sum(numbers) FILTER (WHERE state = 'waiting'), 0) AS waiting,
           coalesce(sum(numbers) FILTER (WHERE state = 'returning'), 0) AS returning
      FROM state
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
                await self.count()
            took = time.perf_counter() - began
            await asyncio.sleep(max(PAUSE, took * BREATH))

    async def count(self) -> None:
        """Count once."""
        states = await self._pool.fetchrow(_STATES)
        diverted = await self._pool.fetchrow(_DIVERTED, canary.CUSTOMER)
        if states is None or diverted is None:
            return
        for state in ("armed", "pending", "failed", "manual"):
            metrics.SCOPES.labels(state).set(states[state])
        for state in ("active", "clear_pending"):
            metrics.SCOPES.labels(state).set(int(diverted[state]))
        held = bool(states["held"])
        metrics.HELD.set(held)
        for state in ("diverted", "waiting", "returning"):
            # While held off, nothing of it is in effect and nobody waits.
            metrics.NUMBERS.labels(state).set(0 if held else int(diverted[state]))
        oldest = states["oldest_clear"]
        age = time.time() - oldest.timestamp() if oldest else 0.0
        metrics.OLDEST_CLEAR_PENDING.set(max(0.0, age))
