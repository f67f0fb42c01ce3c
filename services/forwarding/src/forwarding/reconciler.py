"""
What should be against what the switch says, entry by entry.

Both sides are read in the order of their keys and merged, so a million entries need
no memory. A switch with a new boot id has forgotten everything and is filled again;
otherwise a difference that is too large to be believed is not acted upon.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import asyncpg
import structlog

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.postgres import TRANSIENT, Pool
from forwarding import metrics
from forwarding.switch import Held, Operation, Switch

log = structlog.get_logger()

SMALL_CHANGE = 100
"""So many differences are repaired whatever their share."""

DESIRED = """
    SELECT key, seq, value FROM (
        SELECT 'rule/' || scope AS key, seq, value::text
          FROM arming WHERE value IS NOT NULL AND live_seq IS NOT NULL
         UNION ALL
        SELECT 'flag/' || CASE WHEN planned THEN 'planned/' ELSE 'fault/' END || place,
               seq, jsonb_build_object('raised', raised)::text
          FROM flag
         UNION ALL
        SELECT 'cause/' || scope || '/' || type, seq,
               jsonb_build_object('active', active)::text
          FROM cause WHERE live
         UNION ALL
        SELECT 'hold', seq, jsonb_build_object('held', held)::text
          FROM hold WHERE seq > 0
    ) desired
    ORDER BY key COLLATE "C"
"""


@dataclass(slots=True)
class Findings:
    """What an audit found."""

    entries: int = 0
    missing: list[str] = field(default_factory=list)
    """Keys that the switch has not, or has in an older version."""
    stuck: list[Held] = field(default_factory=list)
    """Entries at the switch that no fact stands behind."""

    @property
    def differences(self) -> int:
        """Return how many entries differ."""
        return len(self.missing) + len(self.stuck)


class Reconciler:
    """Compares at start, when the switch restarted, and every so often."""

    def __init__(
        self,
        pool: Pool,
        switch: Switch,
        clock: Clock,
        *,
        every: float,
        limit: float,
        batch: int,
    ) -> None:
        self._pool, self._switch, self._clock = pool, switch, clock
        self._every, self._limit, self._batch = every, limit, batch
        self._boot: str | None = None

    async def run(self) -> None:
        """Reconcile for ever; look for a restarted switch in between."""
        if not self._every:
            await asyncio.Event().wait()
        due = 0.0
        while True:
            try:
                if due <= 0 or self._switch.boot != self._boot:
                    await self.reconcile()
                    due = self._every
            except Unavailable as error:
                log.warning("audit_postponed", error=str(error))
                await asyncio.sleep(1)
                continue
            except (*TRANSIENT, asyncpg.PostgresError) as error:
                log.warning("audit_interrupted", error=repr(error))
            await asyncio.sleep(1)
            due -= 1

    async def reconcile(self, *, force: bool = False) -> Findings:
        """Find differences and repair them, within the limit unless forced."""
        found = await self._compare()
        metrics.DRIFT.labels("missing").set(len(found.missing))
        metrics.DRIFT.labels("stuck").set(len(found.stuck))
        metrics.STUCK.set(len(found.stuck))
        metrics.AUDITED.set(self._clock.now().timestamp())
        restarted = self._boot is not None and self._switch.boot != self._boot
        most = max(SMALL_CHANGE, int(found.entries * self._limit))
        if found.differences > most and not (force or restarted or self._boot is None):
            log.error("reconcile_refused", differences=found.differences, most=most)
            return found
        if found.differences:
            log.warning(
                "drift_repaired", missing=len(found.missing), stuck=len(found.stuck)
            )
        await self._repair(found)
        metrics.STUCK.set(0)
        self._boot = self._switch.boot
        return found

    async def _compare(self) -> Findings:
        found = Findings()
        held = self._switch.audit()
        there = await anext(held, None)
        async with (
            self._pool.acquire(timeout=10) as connection,
            connection.transaction(),
        ):
            async for row in connection.cursor(DESIRED, prefetch=2000, timeout=120):
                found.entries += 1
                while there and there.key.encode() < row["key"].encode():
                    _note_stuck(found, there)
                    there = await anext(held, None)
                if there and there.key == row["key"]:
                    if there.version < row["seq"]:
                        found.missing.append(row["key"])
                    there = await anext(held, None)
                else:
                    found.missing.append(row["key"])
        while there:
            _note_stuck(found, there)
            there = await anext(held, None)
        return found

    async def _repair(self, found: Findings) -> None:
        for at in range(0, len(found.missing), self._batch):
            keys = found.missing[at : at + self._batch]
            await self._switch.apply([one async for one in self._desired(keys)])
        for one in found.stuck:
            if not await self._is_desired(one.key):
                seq = await self._pool.fetchval(
                    "SELECT setval('flip_seq', greatest($1, nextval('flip_seq')))",
                    one.version + 1,
                )
                await self._switch.apply([Operation(one.key, seq, None)])

    async def _desired(self, keys: list[str]) -> AsyncIterator[Operation]:
        rows = await self._pool.fetch(
            f"SELECT * FROM ({DESIRED}) d WHERE key = ANY($1)",  # noqa: S608 - our own text
            keys,
        )
        for row in rows:
            yield Operation(row["key"], row["seq"], json.loads(row["value"]))

    async def _is_desired(self, key: str) -> bool:
        """Look again: a rule may have been armed while the audit was read."""
        scope = key.removeprefix("rule/")
        return bool(
            await self._pool.fetchval(
                "SELECT EXISTS (SELECT FROM arming WHERE scope = $1)", scope
            )
            or await self._pool.fetchval(
                f"SELECT EXISTS (SELECT FROM ({DESIRED}) d WHERE key = $1)",  # noqa: S608 - our own text
                key,
            )
        )


def _note_stuck(found: Findings, held: Held) -> None:
    idle = held.value in ({"raised": False}, {"active": False}, {"held": False})
    if held.value is not None and not idle:
        found.stuck.append(held)
