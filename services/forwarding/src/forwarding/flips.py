"""
Flips by outages: one durable row whatever the number of telephone numbers.

A flip goes through three steps: recorded (one statement, O(1) in numbers), done at
the switch (one flag a place), told (one event a number, streamed). A crash between
them is repaired by doing the rest again: the same flags, the same event ids.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from prometheus_client import Histogram

from chassis import outbox, tracing
from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.inbox import Received
from chassis.postgres import TRANSIENT, Pool, Transaction
from contracts.outages import OutageCleared, OutageDetected
from forwarding import hold, metrics, specials
from forwarding.fan_out import FanOut
from forwarding.flip_store import (
    Facts,
    Flip,
    FlipStore,
    Recorded,
    cleared,
    detected,
)
from forwarding.left_behind import apply_flags, leave
from forwarding.moved_store import MovedStore
from forwarding.splicing import Shared, shared
from forwarding.switch import Switch
from forwarding.turns import Turns

log = structlog.get_logger()

RETRY_PAUSE = 0.5
SAID_EVERY = 1.0
MASS_FLIPS_AT_ONCE = 2
DRAIN_SECONDS = 5.0
OTHERS_TURN = timedelta(seconds=3)
"""How long a flip is left to the instance that recorded it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an outage: when it was said, and what to measure it by."""

    said_at: datetime
    histogram: Histogram
    traceparent: str | None

    def observe(self, now: datetime) -> None:
        """Note how long it took, with the trace that shows where."""
        trace = tracing.trace_id()
        self.histogram.observe(
            max(0.0, (now - self.said_at).total_seconds()),
            {"trace_id": trace} if trace else None,
        )


class Flipper:
    """Records what outages are, makes the switch follow, and tells every number."""

    def __init__(
        self,
        pool: Pool,
        switch: Switch,
        fan_out: FanOut,
        clock: Clock,
        *,
        transaction: Transaction,
        first: int,
        crowded: AbstractSet[str],
        when_told: Callable[[], None],
    ) -> None:
        self._store, self._moved = FlipStore(pool), MovedStore(pool)
        self._pool, self._switch, self._fan_out = pool, switch, fan_out
        self._circuit = metrics.CIRCUIT.labels(switch.backend)
        self._clock, self._first, self._crowded = clock, first, crowded
        self._when_told = when_told
        self._transaction = transaction
        self._turns = Turns()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._said: dict[str, float] = {}
        self._mass = asyncio.Semaphore(MASS_FLIPS_AT_ONCE)

    # -- what outage-watcher tells ----------------------------------------------

    async def on_detected(self, received: Sequence[Received[OutageDetected]]) -> None:
        """Record outages or their new extent; repeated and late ones change nothing."""
        facts = [detected(one.event) for one in received]
        told = [
            Told(one.event.detected_at, metrics.ACTIVATION, one.traceparent)
            for one in received
        ]
        places = [one.event.places for one in received]
        await self._record(facts, told, places)

    async def on_cleared(self, received: Sequence[Received[OutageCleared]]) -> None:
        """Record that outages are over, also ones never heard of."""
        facts = [cleared(one.event) for one in received]
        told = [
            Told(one.event.cleared_at, metrics.DEACTIVATION, one.traceparent)
            for one in received
        ]
        places = [one.event.places for one in received]
        await self._record(facts, told, places)

    async def _record(
        self,
        facts: Sequence[Facts],
        told: Sequence[Told],
        places: Sequence[Sequence[str]],
    ) -> None:
        now = self._clock.now()
        # Of a crowd, the index would list all before it gives the first of them.
        is_crowded = len(places) == 1 and not self._crowded.isdisjoint(places[0])
        first = 0 if is_crowded else self._first
        with self._fan_out.right_of_way.taken():
            found = await self._store.record(facts, at=now, first=first)
        for recorded, each in zip(found, told, strict=True):
            with tracing.within(each.traceparent):
                self._go(recorded, each)
        # Who waits for a call to divert comes before what is left of the message.
        await asyncio.sleep(0)

    def _go(self, recorded: Recorded, told: Told) -> None:
        # The flip is durable: the message may be acknowledged while it is told.
        if recorded.outcome != "recorded":
            log.info("outage_changed_nothing", outcome=recorded.outcome)
        if recorded.flip:
            self.start(recorded.flip, recorded, told)

    def start(
        self, seq: int, recorded: Recorded | None = None, told: Told | None = None
    ) -> None:
        """Finish a flip in the background, unless that is under way."""
        if seq not in self._tasks:
            task = asyncio.create_task(self._finish(seq, recorded, told))
            self._tasks[seq] = task
            task.add_done_callback(lambda _done: self._tasks.pop(seq, None))

    async def repair(self) -> None:
        """Take up flips that a crash left untold, now and from time to time."""
        before: datetime | None = None
        while True:
            try:
                for seq in await self._store.untold(made_before=before):
                    self.start(seq)
                now = self._clock.now()
                before = now - OTHERS_TURN
                metrics.OLDEST_PENDING.set(await self._store.oldest_untold(now))
            except TRANSIENT as error:
                log.warning("repair_interrupted", error=repr(error))
            await asyncio.sleep(1)

    async def drain(self) -> None:
        """Wait for the flips under way; what is not done then is done at next start."""
        if tasks := list(self._tasks.values()):
            _, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.close()

    # -- one flip ----------------------------------------------------------------

    async def _finish(
        self, seq: int, recorded: Recorded | None, told: Told | None
    ) -> None:
        pause = RETRY_PAUSE
        while True:
            try:
                return await self._try_to_finish(seq, recorded, told)
            except Unavailable as error:
                self._circuit.set(1)
                self._say("flip_waits_for_switch", seq, str(error))
            except KafkaError as error:
                self._say("flip_interrupted", seq, repr(error))
                with suppress(KafkaError):
                    await self._fan_out.renew()
            except (*TRANSIENT, asyncpg.PostgresError) as error:
                self._say("flip_interrupted", seq, repr(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
            recorded = None  # what was read then may have changed by now

    def _say(self, event: str, seq: int, error: str) -> None:
        """Say it of one flip a second: in a storm thousands wait for the same."""
        now = time.monotonic()
        if now - self._said.get(event, -math.inf) >= SAID_EVERY:
            self._said[event] = now
            log.warning(event, flip=seq, under_way=len(self._tasks), error=error)

    async def _try_to_finish(
        self, seq: int, recorded: Recorded | None, told: Told | None
    ) -> None:
        flip = recorded.as_flip if recorded else await self._store.flip(seq)
        if flip is None:  # another instance told it, so the switch answers
            self._circuit.set(0)
            return
        small = recorded is not None and recorded.is_whole
        way = self._fan_out.right_of_way
        first = way.taken(by_single=True) if small else nullcontext()
        about: tracing.Attributes = {"outage.id": flip.outage_id or "", "flip.seq": seq}
        with tracing.span("flip", attributes=about):
            async with self._turns.of(flip.places):
                with first:
                    if await self._raise_flags(flip, recorded):
                        recorded = None  # some of its rows are told by others
                    count = await self._tell(flip, recorded)
                await self._store.mark_told(seq, at=self._clock.now())
            self._when_told()
            if told:
                told.observe(self._clock.now())
            log.info("flip_told", flip=seq, outage_id=flip.outage_id, numbers=count)

    async def _raise_flags(self, flip: Flip, recorded: Recorded | None) -> bool:
        """Make the switch follow; return whether some rules could not."""
        operations = (
            recorded.operations if recorded else await self._store.operations(flip)
        )
        if flip.reason == "hold":
            # First, so that lifting flags never shows what is held off.
            operations = [await hold.hold_operation(self._pool), *operations]
        if not operations:
            return False
        left = await apply_flags(self._switch, operations)
        self._circuit.set(0)
        await leave(self._transaction, left, clock=self._clock)
        return bool(left)

    async def _tell(self, flip: Flip, recorded: Recorded | None) -> int:
        count = 0
        if recorded is None or recorded.special:
            count += await specials.tell(self._transaction, flip, at=self._clock.now())
        if flip.reason == "hold" and not flip.places:
            count += await hold.tell_causes(self._pool, flip.seq, at=self._clock.now())
        if recorded and recorded.is_whole:
            await self._tell_some(recorded.rows, flip, in_effect=bool(flip.opened))
            return count + len(recorded.rows)
        async with self._mass:
            for in_effect, places in ((True, flip.opened), (False, flip.closed)):
                if places:
                    count += await self._tell_all(flip, in_effect=in_effect)
        return count

    async def _tell_some(
        self, rows: Sequence[tuple[str, int, str]], flip: Flip, *, in_effect: bool
    ) -> None:
        if rows:
            await self._fan_out.few(rows, self._shared(flip, in_effect=in_effect))
            metrics.TOLD.labels(str(in_effect).lower()).inc(len(rows))

    async def _tell_all(self, flip: Flip, *, in_effect: bool) -> int:
        stream = await self._fan_out.stream(self._shared(flip, in_effect=in_effect))
        await self._moved.stream(flip, stream, in_effect=in_effect)
        await stream.end()
        metrics.TOLD.labels(str(in_effect).lower()).inc(stream.count)
        return stream.count

    def _shared(self, flip: Flip, *, in_effect: bool) -> Shared:
        now = self._clock.now()
        cause = {
            "type": "outage",
            "id": flip.outage_id,
            "since": flip.since.isoformat(),
        }
        tail = {
            "in_effect": in_effect,
            "outage_id": flip.outage_id,
            "causes": [cause] if in_effect and flip.outage_id else [],
            "reason": _reason(flip, in_effect=in_effect),
            **({"partial": True} if self._switch.partial else {}),
            "version": flip.seq,
            "applied_at": now.isoformat(),
        }
        headers = outbox.headers_of("ForwardingApplied", "forwarding", "", now)
        headers["traceparent"] = tracing.here()
        return shared(tail, headers, id_prefix=f"{flip.seq}:")


def _reason(flip: Flip, *, in_effect: bool) -> str:
    """Return why: an outage that shrinks is over for the places it gives back."""
    shrinks = flip.reason == "outage" and not in_effect
    return "cleared" if shrinks else flip.reason
