"""
Any history of facts ends where a slow and simple model says.

Played against the real SQL, Flipper, Keeper and switch. A failure prints its seed;
FORWARDING_HISTORIES=1000 plays more of them, FORWARDING_SEED=7 only that one.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from contracts.event import Event, new_id
from forwarding.hold import set_hold
from support.forwarding_facts import MOBILE, SECOND, STRANGER
from support.forwarding_facts import Facts as Story
from support.forwarding_world import HOME, NOWHERE, Facts, World, newest
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab, running_switch

HISTORIES = int(os.environ.get("FORWARDING_HISTORIES", "12"))
SEED = os.environ.get("FORWARDING_SEED")
SEEDS = [int(SEED)] if SEED else list(range(HISTORIES))
ROUNDS = 25

BLOCK = ("+498999998100", "+498999998109")
INSIDE = [f"+49899999810{n}" for n in range(10)]
OUTSIDE = ["+498999998300", "+498999998301", "+498999998302"]
ELSEWHERE = "+493023125100"  # the first of ten that are nobody's
LINES, NODES, REGION = ["A", "B", "C"], ["node 1", "node 2"], "region"


class Dice:
    """Throws facts of every kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a story, no secret
        self.story = Story()
        self.outages: list[str] = []

    def opening(self) -> list[Event]:
        """Return facts to begin with, so that much happens soon."""
        lines = [
            self.story.line_connected(line, [self.random.choice(NODES), REGION])
            for line in LINES
        ]
        block = self.story.enabled(BLOCK[0], "A", last=BLOCK[1])
        singles = [
            self.story.enabled(number, self.random.choice(LINES)) for number in OUTSIDE
        ]
        armed = self.story.rule(BLOCK[0], MOBILE, last=BLOCK[1])
        return [*lines, block, *singles, armed, self.rule(OUTSIDE[0], None)]

    def throw(self) -> Event:
        """Return any fact."""
        kinds = [self.line, self.option, self.wish, self.wish, self.use]
        return self.random.choice([*kinds, *[self.outage] * 5])()

    def line(self) -> Event:
        above = self.random.choice([[], [REGION], [self.random.choice(NODES), REGION]])
        return self.story.line_connected(self.random.choice(LINES), above)

    def scope(self) -> tuple[str, str | None]:
        single = self.random.choice([*INSIDE[:3], *OUTSIDE])
        return self.random.choice([BLOCK, (single, None), (single, None)])

    def option(self) -> Event:
        number, last = self.scope()
        stranger = number in INSIDE[:3] and self.random.random() < 0.2
        customer = STRANGER if stranger and not last else "K1000"
        if self.random.random() < 0.35:
            return self.story.disabled(number, last=last, customer=customer)
        line = self.random.choice(LINES)
        return self.story.enabled(number, line, last=last, customer=customer)

    def wish(self) -> Event:
        number, last = self.scope()
        if self.random.random() < 0.2:
            return self.story.wish(number, last=last, action="remove")
        return self.rule(number, last)

    def rule(self, number: str, last: str | None) -> Event:
        target = self.random.choice([MOBILE, SECOND, None, *OUTSIDE])
        more: dict[str, object] = {}
        if target in OUTSIDE and self.random.random() < 0.5:
            more["fallback_target"] = MOBILE
        if last and self.random.random() < 0.4:
            target, more = ELSEWHERE, {"keep_extension": True}
        more["follows_planned_work"] = self.random.random() < 0.7
        customer = STRANGER if self.random.random() < 0.05 else "K1000"
        return self.story.rule(
            number, target, last=last, rule=more, customer_number=customer
        )

    def use(self) -> Event:
        number, last = self.scope()
        return self.story.wish(
            number,
            last=last,
            action=self.random.choice(["start", "start", "stop"]),
            cause=self.random.choice(["manual", "drill"]),
        )

    def outage(self) -> Event:
        if self.outages and self.random.random() < 0.3 * len(self.outages):
            outage = self.random.choice(self.outages)
            if self.random.random() < 0.7:
                self.outages.remove(outage)
                return self.story.cleared(outage)
        else:
            outage = new_id()
            self.outages.append(outage)
        kind = self.random.choice(["fault", "fault", "planned", "degradation"])
        if self.random.random() < 0.5:
            place = self.random.choice([*LINES, *NODES, REGION])
            return self.story.detected(outage, place, kind=kind)
        some = self.random.sample(LINES, k=self.random.randint(1, 3))
        return self.story.detected(outage, lines=some, kind=kind)


@pytest.fixture(scope="module")
async def other_switch() -> AsyncIterator[SwitchLab]:
    async with running_switch() as running:
        yield running


async def play(world: World, switch: SwitchLab, dice: Dice) -> None:
    heard: list[Event] = []
    for number in range(ROUNDS):
        facts = dice.opening() if number == 0 else []
        many = dice.random.random() < 0.5
        facts += [dice.throw() for _ in range(dice.random.randint(2, 6) if many else 1)]
        before = await see(world, heard)
        said = {scope: len(words) for scope, words in world.said.items()}
        heard += facts
        if toggled := dice.random.random() < 0.05:
            now = world.clock.now()
            await set_hold(world.pool, held=dice.random.random() < 0.5, at=now)
        if many or number == 0:
            await hear_shuffled(world, dice, facts, heard)
        else:
            await world.hear(facts[0])
        await world.quiet()
        after = await see(world, heard)
        await compare(world, switch, after)
        if not toggled and len(facts) == 1 and facts[0].topic().startswith("Outage"):
            check_exactly_once(world, before, after, said)


async def hear_shuffled(
    world: World, dice: Dice, facts: list[Event], heard: list[Event]
) -> None:
    """Each topic keeps its order; topics do not; some facts come twice, some late."""
    topics: dict[str, list[Event]] = {}
    for fact in facts:
        topics.setdefault(fact.topic() + fact.key, []).append(fact)
        if dice.random.random() < 0.2:
            topics[fact.topic() + fact.key].append(dice.random.choice([fact, *heard]))

    async def one(events: list[Event]) -> None:
        for event in events:
            await world.hear(event)
            if dice.random.random() < 0.3:
                await world.keeper.round()

    await asyncio.gather(*(one(events) for events in topics.values()))


async def see(world: World, heard: list[Event]) -> Facts:
    return await Facts.read(world.pool, newest(heard))


async def compare(world: World, switch: SwitchLab, facts: Facts) -> None:
    for number in [*INSIDE, *OUTSIDE]:
        wanted = facts.rings(number)
        call = await switch.call(number)
        real = HOME if not call["diverted"] else call["rings_at"] or NOWHERE
        assert real == wanted, f"{number} at the switch"
        words = [(w.version, w.rings) for w in world.said.get(number, [])][-5:]
        assert facts.by_words(world, number) == wanted, f"{number} as told: {words}"


def check_exactly_once(
    world: World, before: Facts, after: Facts, said: dict[str, int]
) -> None:
    """An outage alone tells what it moved, once, and nothing else."""
    for scope in after.entries:
        first = scope.partition("-")[0]
        news = [w.rings for w in world.said.get(scope, [])[said.get(scope, 0) :]]
        if "-" in scope:
            first = next((n for n in INSIDE if n not in after.entries), first)
            moved = before.rings(first) != after.rings(first)
            assert len(news) == moved, scope
        else:
            moved = before.rings(first) != after.rings(first)
            assert news == ([after.rings(first)] if moved else []), scope


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_history_ends_as_the_facts_say(
    stack: Stack, other_switch: SwitchLab, seed: int
) -> None:
    await other_switch.restart()
    dice = Dice(seed)
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1, max_size=6) as pool,
    ):
        world = World(pool, other_switch.url, first=dice.random.choice([0, 2, 1000]))
        try:
            await play(world, other_switch, dice)
        except BaseException as error:
            error.add_note(f"FORWARDING_SEED={seed}")
            for fact in world.heard[-8:]:
                error.add_note(f"heard {fact!r:.300}")
            raise
        finally:
            await world.close()
        await other_switch.check_journal()
