"""
Any history of facts ends where a slow and simple model says.

Played against the real SQL, Flipper, Keeper and switch. A failure prints its seed;
FORWARDING_HISTORIES=1000 plays more of them, FORWARDING_SEED=7 only that one.
"""

import asyncio
import os
from itertools import groupby

import pytest

from contracts.event import Event
from contracts.forwardings import ForwardingRequested
from forwarding.hold import set_hold
from support.forwarding_story import INSIDE, SECOND_INSIDE, Dice, compare, see
from support.forwarding_world import Facts, World, running_world
from support.stack import Stack
from support.switch_lab import SwitchLab

HISTORIES = int(os.environ.get("FORWARDING_HISTORIES", "12"))
SEED = os.environ.get("FORWARDING_SEED")
SEEDS = [int(SEED)] if SEED else list(range(HISTORIES))
ROUNDS = 25


async def play(world: World, switch: SwitchLab, dice: Dice) -> None:
    heard: list[Event] = []
    for number in range(ROUNDS):
        if dice.random.random() < 0.4:
            await world.bind()
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
    together = dice.random.random() < 0.5
    for fact in facts:
        # By one partition, wishes for all numbers may come as one batch.
        place = fact.topic() + ("" if together and _is_wish(fact) else fact.key)
        topics.setdefault(place, []).append(fact)
        if dice.random.random() < 0.2:
            topics[place].append(dice.random.choice([fact, *heard]))

    async def one(events: list[Event]) -> None:
        for are_wishes, some in groupby(events, key=_is_wish):
            if are_wishes and together:
                await world.hear_together(list(some))
                continue
            for event in some:
                await world.hear(event)
                if dice.random.random() < 0.3:
                    await world.keeper.round()
                if dice.random.random() < 0.1:
                    await world.bind()

    await asyncio.gather(*(one(events) for events in topics.values()))


def _is_wish(event: Event) -> bool:
    return isinstance(event, ForwardingRequested)


def check_exactly_once(
    world: World, before: Facts, after: Facts, said: dict[str, int]
) -> None:
    """An outage alone tells what it moved, once, and nothing else."""
    for scope in after.entries:
        first = scope.partition("-")[0]
        news = [w.rings for w in world.said.get(scope, [])[said.get(scope, 0) :]]
        if "-" in scope:
            inside = INSIDE if first in INSIDE else SECOND_INSIDE
            first = next((n for n in inside if n not in after.entries), first)
            moved = before.rings(first) != after.rings(first)
            assert len(news) == moved, scope
        else:
            moved = before.rings(first) != after.rings(first)
            assert news == ([after.rings(first)] if moved else []), scope


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_history_ends_as_the_facts_say(
    stack: Stack, own_switch: SwitchLab, seed: int
) -> None:
    dice = Dice(seed)
    first = dice.random.choice([0, 2, 1000])
    async with running_world(stack, own_switch, first=first) as world:
        try:
            await play(world, own_switch, dice)
        except BaseException as error:
            error.add_note(f"FORWARDING_SEED={seed}")
            for fact in world.heard[-8:]:
                error.add_note(f"heard {fact!r:.300}")
            raise
        await own_switch.check_journal()
