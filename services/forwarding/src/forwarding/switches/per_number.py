"""
A switch that knows one forwarding a number, and no places: we fan out to it.

What it should do is kept here and read again from the facts after each start; what
it does do is known by the slots that we borrowed. Only differences are written.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing

import structlog

from chassis.logging import masked
from contracts.event import new_id
from forwarding import metrics
from forwarding.slot_store import SlotStore
from forwarding.switch import (
    Answer,
    Capabilities,
    Desired,
    Difference,
    Incarnation,
    Operation,
    one_by_one,
)
from forwarding.switches.held import Held
from forwarding.switches.simulated import IDLE
from forwarding.switches.slots import (
    NoSuchSubscriber,
    Slots,
    Target,
    borrow,
    give_back,
)
from forwarding.switches.wording import read_key

log = structlog.get_logger()

AT_ONCE = 8
SAMPLE = 200
"""Slots that one audit reads: each takes a request."""


class PerNumberSwitch:
    """The port in front of a switch with slots."""

    partial = False
    capabilities = Capabilities(
        batch=500,
        flags=False,
        blocks="expanded",
        exclusive=False,
        audit="each",
        says_ready=True,
    )

    def __init__(self, slots: Slots, kept: SlotStore) -> None:
        self.name = slots.name
        self.boot: str | None = None
        self._life = new_id()
        self._slots, self._kept = slots, kept
        self._held = Held()
        self._now: dict[str, Target] = {}
        self._taken: set[str] = set()
        """Slots that we borrowed, in this life or an earlier one."""
        self._ready = False
        self._turn = asyncio.Lock()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._sampled = 0

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """
        Keep the operations, and write what they change number by number.

        Raises what the switch said when a number could not be written; what was
        written is known, and the same again goes on where it ended.
        """
        self.boot = self._life
        async with self._turn:
            answers = [await self._take(one) for one in operations]
            if self._ready:
                keys = [one.key for one in answers if one.result == "ok"]
                await self._settle({n for k in keys for n in self._held.touched_by(k)})
        for answer in answers:
            metrics.OPERATIONS.labels("apply", answer.result, self.name).inc()
        return answers

    async def _take(self, operation: Operation) -> Answer:
        if self._ready and operation.value and operation.key not in self._held.entries:
            entry = _span_of(operation.key)
            try:
                if entry:
                    await self._slots.read(entry)
            except NoSuchSubscriber:
                return Answer(operation.key, "refused", None, "no_such_subscriber")
        return self._held.take(operation)

    async def _settle(self, numbers: Iterable[str]) -> None:
        said = await asyncio.gather(
            *(self._write(number) for number in numbers), return_exceptions=True
        )
        for error in said:
            if isinstance(error, BaseException):
                raise error

    async def _write(self, number: str) -> None:
        want = self._held.target_of(number)
        if want == self._now.get(number) and (want or number not in self._taken):
            return
        async with self._room:
            try:
                with metrics.OPERATION_SECONDS.labels("write", self.name).time():
                    if want:
                        await borrow(self._slots, self._kept, number, want)
                    else:
                        await give_back(self._slots, self._kept, number)
            except NoSuchSubscriber:
                # Its neighbours must not wait for it.
                metrics.RETRIES.labels(self.name, "no_such_subscriber").inc()
                log.warning("no_such_subscriber", number=masked(number), to=self.name)
                return
        if want:
            self._now[number] = want
            self._taken.add(number)
        else:
            self._now.pop(number, None)
            self._taken.discard(number)

    async def incarnation(self) -> Incarnation:
        """Return this process's own life: what it keeps goes with it."""
        self.boot = self._life
        return Incarnation(self._life, self._ready)

    async def ready(self, boot: str) -> None:
        """All rules are known: bring the switch's slots up to them."""
        del boot  # nobody else could have restarted this life
        async with self._turn:
            self._taken = await self._kept.taken()
            # Some were ours once, and no rule wants them any more.
            await self._settle(self._taken | self._held.numbers())
            self._ready = True

    async def audit(self, desired: Desired) -> AsyncIterator[Difference]:
        """Compare what is kept here, and a part of the slots in turn."""
        entries = self._held.entries
        left = {k for k, (_, value) in entries.items() if value not in IDLE}
        async with aclosing(one_by_one(desired)) as wanted:
            async for one in wanted:
                left.discard(one.key)
                version, value = entries.get(one.key, (-1, None))
                if version < one.version or (value is None and version < 0):
                    yield Difference(one.key, "missing", max(version, 0), one.version)
                elif version > one.version or value != one.value:
                    yield Difference(one.key, "ahead", version, one.version)
        for key in left:
            yield Difference(key, "stuck", entries[key][0])
        async for key in self._changed_slots():
            version = entries[key][0]
            yield Difference(key, "missing", version, version)

    async def _changed_slots(self) -> AsyncIterator[str]:
        numbers = sorted(self._now)
        for number in numbers[self._sampled : self._sampled + SAMPLE]:
            slot = await self._slots.read(number)
            want = self._now.get(number)
            rule = self._held.rule_key(number)
            if want and rule and slot.value != self._slots.with_ours(slot.value, want):
                self._now.pop(number)
                yield rule
        done = self._sampled + SAMPLE >= len(numbers)
        self._sampled = 0 if done else self._sampled + SAMPLE

    async def close(self) -> None:
        """Let go of connections."""
        await self._slots.close()


def _span_of(key: str) -> str | None:
    """Return the first number of a rule's key, if it is one."""
    if not key.startswith("rule/"):
        return None
    try:
        span = read_key(key).span
    except ValueError:
        return None
    return span.first if span else None
