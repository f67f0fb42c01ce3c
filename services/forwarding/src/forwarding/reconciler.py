"""
What should be against what a node of the switch says, entry by entry.

A node with a new boot id has forgotten everything and is filled again, before it
takes calls. Otherwise a difference that is too large to be believed waits for an
operator, and taking entries away is never believed beyond the limit: an empty
database must not empty the switch.
"""

import asyncio
import math
from contextlib import aclosing, suppress

import asyncpg
import structlog

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.postgres import TRANSIENT, Pool, transaction
from forwarding import hold, metrics
from forwarding.auditing import Findings, compare
from forwarding.desired_store import DesiredStore
from forwarding.left_behind import leave, left_by
from forwarding.store import FactStore
from forwarding.switch import Difference, Operation
from forwarding.switches.nodes import Node, NodeState

log = structlog.get_logger()

SMALL_CHANGE = 100
"""So many differences are repaired whatever their share."""
POLL = 1.0
IN_FLIGHT = 2
"""Batches on their way to a node that is filled: its one writer never waits for us."""


class Reconciler:
    """Compares one node at start, when it restarted, and every so often."""

    def __init__(
        self,
        pool: Pool,
        node: Node,
        clock: Clock,
        *,
        every: float,
        limit: float,
        batch: int,
    ) -> None:
        self._pool, self._node, self._clock = pool, node, clock
        self._every, self._limit, self._batch = every, limit, batch
        self._desired = DesiredStore(pool)
        self._switch = node.switch
        self._name = node.switch.name
        for kind in metrics.KINDS_OF_DRIFT:
            metrics.DRIFT.labels(kind, self._name)  # no audit knows of any yet
        metrics.STUCK.labels(self._name)
        metrics.AUDITED.labels(self._name)  # never: a node that nobody reaches is stale

    async def run(self) -> None:
        """Reconcile for ever; look for a restarted node in between."""
        if not self._every and not self._switch.capabilities.says_ready:
            await asyncio.Event().wait()
        every = self._every or math.inf
        due = 0.0
        while True:
            try:
                if due <= 0 or await self._needs_a_look():
                    await self.reconcile()
                    due = every
            except Unavailable as error:
                log.warning("audit_postponed", node=self._name, error=str(error))
                self._node.falls_silent(error)
            except (*TRANSIENT, asyncpg.PostgresError) as error:
                log.warning("audit_interrupted", node=self._name, error=repr(error))
            await self._rest()
            due -= POLL

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):
                await self._node.disturbed.wait()
                # It waits for rules: at once, but never in a tight circle.
                self._node.disturbed.clear()
                await asyncio.sleep(POLL / 10)

    async def _needs_a_look(self) -> bool:
        life = await self._switch.incarnation()
        self._node.answers()
        return (
            life.boot != self._node.boot
            or not life.ready
            or self._node.missed
            or not self._node.counts
        )

    async def look(self) -> Findings:
        """Find differences and leave them."""
        return await compare(self._switch, self._desired, self._batch)

    async def reconcile(self, *, force: bool = False) -> Findings:
        """
        Find differences and repair them, within the limit unless forced.

        Raises Unavailable when the node went away or restarted meanwhile.
        """
        life = await self._switch.incarnation()
        node = self._node
        is_new = node.boot != life.boot
        if not life.ready or (node.boot and is_new):
            node.becomes(NodeState.FILLING)
        node.missed = False
        if life.ready:
            found = await self._mend(is_new=is_new, force=force)
        else:
            found = await self._fill()
        if (await self._switch.incarnation()).boot != life.boot:
            raise Unavailable(f"{self._name}: restarted meanwhile")
        if node.missed and not node.counts:
            raise Unavailable(f"{self._name}: missed changes meanwhile")
        if not life.ready:
            await self._switch.ready(life.boot)
        node.boot = life.boot
        node.becomes(NodeState.SERVING)
        metrics.AUDITED.labels(self._name).set(self._clock.now().timestamp())
        metrics.RECONCILE_WAITS.labels(self._name).set(found.waits)
        return found

    async def _fill(self) -> Findings:
        """Tell a node that forgot everything what it should hold."""
        found, sent = Findings(), set[asyncio.Task[object]]()
        async with aclosing(self._desired.filling(self._batch)) as batches:
            async for some in batches:
                if some is not None:
                    found.entries += len(some)
                    sent.add(asyncio.create_task(self._switch.apply(some)))
                if some is None or len(sent) >= IN_FLIGHT:
                    await _all_or_first(sent, wait_for_all=some is None)
        log.info("switch_filled", node=self._name, entries=found.entries)
        return found

    async def _mend(self, *, is_new: bool, force: bool) -> Findings:
        found = await compare(self._switch, self._desired, self._batch)
        await self._settle_hold(found)
        for kind, keys in found.by_kind.items():
            metrics.DRIFT.labels(kind, self._name).set(len(keys))
            metrics.DRIFT_FOUND.labels(kind).inc(len(keys))
        metrics.STUCK.labels(self._name).set(len(found.stuck))
        if not force and self._is_too_much(found, is_new=is_new):
            found.waits = True
            log.error(
                "reconcile_refused",
                node=self._name,
                missing=len(found.missing),
                stuck=len(found.stuck),
                ahead=len(found.ahead),
            )
            return found
        if found.differences:
            log.warning(
                "drift_repaired",
                node=self._name,
                missing=len(found.missing),
                stuck=len(found.stuck),
            )
        await self._repair(found)
        metrics.STUCK.labels(self._name).set(0)
        for kind in found.by_kind:
            metrics.DRIFT.labels(kind, self._name).set(0)
        return found

    async def _settle_hold(self, found: Findings) -> None:
        """Send what is decided of the kill switch, or believe the one that is on."""
        held = next((one for one in found.stuck if one.key == "hold"), None)
        if held is None:
            return
        found.stuck.remove(held)
        now = self._clock.now()
        if await hold.take_over(self._pool, held.version, at=now):
            log.error("kill_switch_taken_over", node=self._name, version=held.version)
        await self._switch.apply([await hold.hold_operation(self._pool)])

    def _is_too_much(self, found: Findings, *, is_new: bool) -> bool:
        most = max(SMALL_CHANGE, int(found.entries * self._limit))
        if len(found.stuck) > most:
            return True
        # One that says when it is ready does not forget without saying so.
        may_be_empty = is_new and not self._switch.capabilities.says_ready
        return found.differences > most and not may_be_empty

    async def _repair(self, found: Findings) -> None:
        """Send what differs; also what is on its way, as that may have been lost."""
        late = found.on_their_way
        keys = found.missing + [one.key for one in late if one.kind == "missing"]
        keys += await self._overtake(
            found.ahead + [one for one in late if one.kind == "ahead"]
        )
        for at in range(0, len(keys), self._batch):
            if some := await self._desired.these(keys[at : at + self._batch]):
                left = left_by(await self._switch.apply(some))
                await leave(lambda: transaction(self._pool), left, clock=self._clock)
        for one in found.stuck:
            if seq := await self._newer_than(one):
                await self._switch.apply([Operation(one.key, seq, None)])

    async def _newer_than(self, stuck: Difference) -> int | None:
        """Return a version past an entry's; None if there is a fact for it by now."""
        async with transaction(self._pool) as connection:
            facts = FactStore(connection)
            await facts.lock()
            if await self._desired.is_known(connection, stuck.key):
                return None
            await facts.advance_seq(stuck.version)
            return await facts.next_seq()

    async def _overtake(self, ahead: list[Difference]) -> list[str]:
        """Give our entries a version past the switch's; return their keys."""
        overtaken = []
        for one in ahead:
            async with transaction(self._pool) as connection:
                await FactStore(connection).lock()
                if await self._desired.overtake(connection, one):
                    overtaken.append(one.key)
        return overtaken


async def _all_or_first(sent: set[asyncio.Task[object]], *, wait_for_all: bool) -> None:
    """Wait until there is room for the next batch; raises what went wrong."""
    if not sent:
        return
    when = asyncio.ALL_COMPLETED if wait_for_all else asyncio.FIRST_COMPLETED
    try:
        done, _ = await asyncio.wait(sent, return_when=when)
        for each in done:
            sent.discard(each)
            each.result()
    except BaseException:
        for each in sent:
            each.cancel()
        await asyncio.gather(*sent, return_exceptions=True)
        raise
