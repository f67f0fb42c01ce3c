"""
What should be against what the switch says, entry by entry.

Both sides are read in the order of their keys and merged, so a million entries need
no memory. A switch with a new boot id has forgotten everything and is filled again;
otherwise a difference that is too large to be believed is not acted upon, and taking
entries away is never believed beyond the limit: an empty database must not empty the
switch.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sized
from dataclasses import dataclass, field

import asyncpg
import structlog

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.postgres import TRANSIENT, Connection, Pool, transaction
from forwarding import metrics
from forwarding.store import FactStore
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
    ahead: list[Held] = field(default_factory=list)
    """Entries that are newer there than here: our database was restored."""

    @property
    def by_kind(self) -> dict[str, Sized]:
        """Return what differs, by how."""
        return {"missing": self.missing, "stuck": self.stuck, "ahead": self.ahead}

    @property
    def differences(self) -> int:
        """Return how many entries differ."""
        return len(self.missing) + len(self.stuck) + len(self.ahead)


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
        before, found = self._switch.boot, await self._compare()
        boot = self._switch.boot  # one that begins from here on is filled next time
        if before not in (None, boot):
            log.info("switch_restarted_during_audit")
            return found  # half of the one, half of the other: `run` looks again
        for kind, keys in found.by_kind.items():
            metrics.DRIFT.labels(kind).set(len(keys))
            metrics.DRIFT_FOUND.labels(kind).inc(len(keys))
        metrics.STUCK.set(len(found.stuck))
        metrics.AUDITED.set(self._clock.now().timestamp())
        if not force and self._is_too_much(found):
            log.error(
                "reconcile_refused",
                missing=len(found.missing),
                stuck=len(found.stuck),
                ahead=len(found.ahead),
            )
            return found
        if found.differences:
            log.warning(
                "drift_repaired", missing=len(found.missing), stuck=len(found.stuck)
            )
        await self._repair(found)
        metrics.STUCK.set(0)
        for kind in found.by_kind:
            metrics.DRIFT.labels(kind).set(0)
        self._boot = boot
        return found

    def _is_too_much(self, found: Findings) -> bool:
        most = max(SMALL_CHANGE, int(found.entries * self._limit))
        if len(found.stuck) > most:
            return True
        is_new = self._boot is None or self._switch.boot != self._boot
        return found.differences > most and not is_new

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
                    elif there.version > row["seq"]:
                        found.ahead.append(there)
                    there = await anext(held, None)
                else:
                    found.missing.append(row["key"])
        while there:
            _note_stuck(found, there)
            there = await anext(held, None)
        return found

    async def _repair(self, found: Findings) -> None:
        keys = found.missing + await self._overtake(found.ahead)
        for at in range(0, len(keys), self._batch):
            some = keys[at : at + self._batch]
            await self._switch.apply([one async for one in self._desired(some)])
        for one in found.stuck:
            if seq := await self._newer_than(one):
                await self._switch.apply([Operation(one.key, seq, None)])

    async def _newer_than(self, stuck: Held) -> int | None:
        """Return a version past an entry's; None if there is a fact for it by now."""
        async with transaction(self._pool) as connection:
            facts = FactStore(connection)
            await facts.lock()
            if await self._is_known(connection, stuck.key):
                return None
            await facts.advance_seq(stuck.version)
            return await facts.next_seq()

    async def _overtake(self, ahead: list[Held]) -> list[str]:
        """Give our entries a version past the switch's; return their keys."""
        overtaken = []
        for one in ahead:
            async with transaction(self._pool) as connection:
                facts = FactStore(connection)
                await facts.lock()
                await facts.advance_seq(one.version)
                if await _renumber(connection, one):
                    overtaken.append(one.key)
        return overtaken

    async def _desired(self, keys: list[str]) -> AsyncIterator[Operation]:
        rows = await self._pool.fetch(
            f"SELECT * FROM ({DESIRED}) d WHERE key = ANY($1)",  # noqa: S608 - our own text
            keys,
        )
        for row in rows:
            yield Operation(row["key"], row["seq"], json.loads(row["value"]))

    async def _is_known(self, connection: Connection, key: str) -> bool:
        """Look again: a rule may have been armed while the audit was read."""
        kind, _, rest = key.partition("/")
        if kind == "rule":
            known = "SELECT EXISTS (SELECT FROM arming WHERE scope = $1)"
        elif kind == "cause":
            known = "SELECT EXISTS (SELECT FROM cause WHERE scope || '/' || type = $1)"
        else:
            known = f"SELECT EXISTS (SELECT FROM ({DESIRED}) d WHERE key = $1)"  # noqa: S608 - our own text
            rest = key
        return bool(await connection.fetchval(known, rest))


async def _renumber(connection: Connection, held: Held) -> bool:
    """Renumber the row behind an entry, unless it is newer by now."""
    kind, _, rest = held.key.partition("/")
    rows = {
        "rule": "arming SET seq = nextval('flip_seq') WHERE scope = $1",
        "cause": "cause SET seq = nextval('flip_seq') WHERE scope || '/' || type = $1",
        "flag": """flag SET seq = nextval('flip_seq')
                    WHERE CASE WHEN planned THEN 'planned/' ELSE 'fault/' END || place
                          = $1""",
        "hold": "hold SET seq = nextval('flip_seq') WHERE $1 = ''",
    }
    done = await connection.execute(
        f"UPDATE {rows[kind]} AND seq < $2",
        rest,
        held.version,
    )
    return bool(done != "UPDATE 0")


def _note_stuck(found: Findings, held: Held) -> None:
    idle = held.value in ({"raised": False}, {"active": False}, {"held": False})
    if held.value is not None and not idle:
        found.stuck.append(held)
