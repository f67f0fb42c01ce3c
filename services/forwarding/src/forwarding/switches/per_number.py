"""
A switch that knows one forwarding a number, and no places: we fan out to it.

What it should do is kept here and read again from the facts after each start; what
it does do is known by the slots that we borrowed. Only differences are written.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import aclosing

import structlog

from chassis.errors import Unavailable
from chassis.logging import masked
from contracts.event import new_id
from forwarding import metrics
from forwarding.slot_store import SlotStore
from forwarding.switch import (
    Answer,
    BadAnswer,
    Capabilities,
    Conflict,
    Desired,
    Difference,
    Incarnation,
    Operation,
    Silent,
    one_by_one,
)
from forwarding.switches.blame import OF_ONE, Blame
from forwarding.switches.held import Held
from forwarding.switches.simulated import IDLE
from forwarding.switches.slots import (
    NoSuchSubscriber,
    Slots,
    Target,
    borrow,
    give_back,
)
from forwarding.switches.wording import number_of_rule

log = structlog.get_logger()

AT_ONCE = 8
SECOND_TRY = 0.5
"""Seconds after which somebody who alone was served badly is tried once more."""
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
        self.name = self.backend = slots.name
        self.boot: str | None = None
        self._life = new_id()
        self._slots, self._kept = slots, kept
        self._blame = Blame(slots)
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

        A number that alone is served badly is refused, or left, and tried again with
        the next operation that moves it. Raises what the switch said when it serves
        nobody; what was written is known, and the same again goes on where it ended.
        """
        self.boot = self._life
        async with self._turn:
            refused = await self._not_there(operations) if self._ready else {}
            answers = [refused.get(o.key) or self._held.take(o) for o in operations]
            if self._ready:
                moved = {
                    one.key: self._held.touched_by(one.key)
                    for one in answers
                    if one.result == "ok"
                }
                bad = await self._settle({n for each in moved.values() for n in each})
                if bad:
                    answers = [
                        self._but_for(one, moved.get(one.key, set()) & bad)
                        for one in answers
                    ]
        for answer in answers:
            metrics.OPERATIONS.labels("apply", answer.result, self.name).inc()
        return answers

    async def _not_there(self, operations: Sequence[Operation]) -> dict[str, Answer]:
        """Look for the numbers of new rules; return the answers to those without."""
        asked = {
            one.key: entry
            for one in operations
            if one.value and one.key not in self._held.entries
            if (entry := number_of_rule(one.key))
        }
        why: dict[str, str] = {}

        async def look(number: str) -> bool:
            try:
                await self._slots.read(number)
            except NoSuchSubscriber:
                why[number] = "no_such_subscriber"
                return False
            return True

        for number in await self._each(set(asked.values()), look):
            why[number] = self._blame.alone[number]
        return {
            key: Answer(key, "refused", None, why[number])
            for key, number in asked.items()
            if number in why
        }

    def _but_for(self, answer: Answer, bad: AbstractSet[str]) -> Answer:
        """Return the answer, and which rules were left because of these numbers."""
        left = {}
        for number in sorted(bad):
            is_its_own = answer.key == f"rule/{number}"
            followed = None if is_its_own else self._held.rule_key(number)
            key = followed or answer.key
            if key.startswith("rule/"):
                left[key] = self._blame.alone[number]
        if answer.key in left:
            answer = answer._replace(result="refused", reason=left[answer.key])
        return answer._replace(left=tuple(left.items()))

    async def _settle(self, numbers: Iterable[str]) -> AbstractSet[str]:
        """Write what these numbers shall do; return who alone is served badly."""
        return await self._each(numbers, self._write)

    async def _each(
        self, numbers: Iterable[str], do: Callable[[str], Awaitable[bool]]
    ) -> AbstractSet[str]:
        """
        Do it for each, twice if need be; return who alone is served badly.

        Whoever was waited for in vain is not waited for again: others wait for this.
        Raises what the switch said if it is not for them alone.
        """
        bad, served = await self._try(numbers, do)
        others = (span.first for span in self._held.rules)
        if new := bad.keys() - self._blame.alone.keys():
            await self._blame.judge(bad, served=served, others=others)
            if again := [n for n in new if not isinstance(bad[n], Silent)]:
                await asyncio.sleep(SECOND_TRY)
                bad = {n: error for n, error in bad.items() if n not in again}
                bad |= (await self._try(again, do))[0]
        for number in bad:
            log.warning(
                "subscriber_served_badly",
                number=masked(number),
                to=self.name,
                reason=self._blame.alone[number],
            )
        return bad.keys()

    async def _try(
        self, numbers: Iterable[str], do: Callable[[str], Awaitable[bool]]
    ) -> tuple[dict[str, BadAnswer | Conflict], int]:
        bad: dict[str, BadAnswer | Conflict] = {}
        served, is_off = 0, False

        async def one(number: str) -> None:
            nonlocal served, is_off
            async with self._room:
                if is_off:
                    return  # all of them would be waited for in vain, a few at a time
                try:
                    if await do(number):
                        served += 1
                        self._blame.served(number)
                except OF_ONE as error:
                    bad[number] = error
                    silent = [n for n, each in bad.items() if isinstance(each, Silent)]
                    if self._blame.are_too_many(silent, served=served):
                        is_off = True
                        raise
                except Unavailable:
                    is_off = True
                    raise

        said = await asyncio.gather(
            *(one(number) for number in numbers), return_exceptions=True
        )
        for error in said:
            if isinstance(error, BaseException):
                raise error
        return bad, served

    async def _write(self, number: str) -> bool:
        """Write what a number shall do; False when there was nobody to ask."""
        want = self._held.target_of(number)
        if want == self._now.get(number) and (want or number not in self._taken):
            return False
        # Until it is known to be done, either may be so: it is written again then.
        self._now.pop(number, None)
        self._taken.add(number)
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
            return False
        if want:
            self._now[number] = want
        else:
            self._taken.discard(number)
        return True

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
        changed = await self._changed_slots()
        keys = {self._held.rule_key(number) for number in changed}
        for key in sorted(filter(None, keys)):
            version = entries[key][0]
            yield Difference(key, "missing", version, version)

    async def _changed_slots(self) -> AbstractSet[str]:
        """Return the numbers that do not divert as they should, of those looked at."""
        numbers = sorted(self._now)
        changed: set[str] = set()

        async def look(number: str) -> bool:
            try:
                slot = await self._slots.read(number)
            except NoSuchSubscriber:
                return False  # as when it is written
            want = self._now.get(number)
            if want and slot.value != self._slots.with_ours(slot.value, want):
                self._now.pop(number)
                changed.add(number)
            return True

        async with self._turn:
            changed |= await self._settle([*self._blame.alone])
        some = numbers[self._sampled : self._sampled + SAMPLE]
        for number in await self._each(some, look):
            self._now.pop(number, None)
            changed.add(number)
        done = self._sampled + SAMPLE >= len(numbers)
        self._sampled = 0 if done else self._sampled + SAMPLE
        return changed

    async def close(self) -> None:
        """Let go of connections."""
        await self._slots.close()
