"""Killed anywhere, or twice at once: it ends right, and repeats are the same."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts.event import new_id
from forwarding.flip_store import FlipStore, detected
from forwarding.hold import set_hold
from support.forwarding_facts import MOBILE, SECOND
from support.forwarding_facts import Facts as Story
from support.forwarding_story import Dice, compare, see
from support.forwarding_world import HOME, World
from support.switch_lab import SwitchLab

NUMBERS = [f"+4989999989{n:02}" for n in range(12)]


@pytest.fixture
async def story(world: World) -> Story:
    """Numbers on line A that are armed."""
    story = Story()
    for number in NUMBERS:
        await world.hear(story.enabled(number, "A"))
        await world.hear(story.rule(number, MOBILE))
    await world.quiet()
    return story


def stuck(thing: object, name: str, *, after: bool) -> asyncio.Event:
    """Make a method hang for ever, before or after it did its work."""
    reached, does = asyncio.Event(), getattr(thing, name)

    async def hang(*args: Any, **more: Any) -> None:
        if after:
            await does(*args, **more)
        reached.set()
        await asyncio.Event().wait()

    setattr(thing, name, hang)
    return reached


async def die(world: World, work: Awaitable[object]) -> None:
    """Begin some work, be killed in it, and begin anew on the same database."""
    task = asyncio.ensure_future(work)
    await asyncio.wait([task], timeout=0)
    dying = [task, *world.flipper._tasks.values()]  # noqa: SLF001 - killed, not asked
    for each in dying:
        each.cancel()
    await asyncio.gather(*dying, return_exceptions=True)
    await world.switch.close()
    await world.flipper._store.close()  # noqa: SLF001 - as the server sees its end
    world.begin()


POINTS: dict[str, tuple[Callable[[World], object], str, bool]] = {
    "before the flags": (lambda w: w.switch, "apply", False),
    "after the flags": (lambda w: w.switch, "apply", True),
    "before telling few": (lambda w: w.flipper._fan_out, "few", False),  # noqa: SLF001
    "after telling few": (lambda w: w.flipper._fan_out, "few", True),  # noqa: SLF001
    "before telling many": (lambda w: w.flipper._moved, "stream", False),  # noqa: SLF001
    "after telling many": (lambda w: w.flipper._moved, "stream", True),  # noqa: SLF001
    "before noting it": (lambda w: w.flipper._store, "mark_told", False),  # noqa: SLF001
    "after noting it": (lambda w: w.flipper._store, "mark_told", True),  # noqa: SLF001
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("over", [False, True])
async def test_a_flip_that_was_killed(
    world: World, own_switch: SwitchLab, story: Story, point: str, *, over: bool
) -> None:
    outage = new_id()
    if over:
        await world.hear(story.detected(outage, "A"))
        await world.quiet()
    where, name, after = POINTS[point]
    world.first = 2 if "many" in point else 1000
    world.flipper._first = world.first  # noqa: SLF001
    reached = stuck(where(world), name, after=after)
    await world.hear(story.cleared(outage) if over else story.detected(outage, "A"))
    await asyncio.wait_for(reached.wait(), 10)
    await die(world, asyncio.sleep(0))
    await world.quiet()

    wanted = HOME if over else MOBILE
    for number in NUMBERS:
        call = await own_switch.call(number)
        assert call["rings_at"] == (number if over else MOBILE)
        words = world.said[number][over:]
        assert {(w.rings, w.version) for w in words} == {(wanted, words[0].version)}
        assert {w.id for w in words} == {f"{words[0].version}:{number}"}
    await own_switch.check_journal()


@pytest.mark.parametrize("after", [False, True])
async def test_an_edit_killed_around_the_switch_call_is_sent_again_and_told_once(
    world: World, own_switch: SwitchLab, story: Story, *, after: bool
) -> None:
    await world.hear(story.detected(new_id(), "A"))
    await world.quiet()
    await world.hear(story.rule(NUMBERS[0], SECOND))
    reached = stuck(world.switch, "apply", after=after)
    work = asyncio.ensure_future(world.keeper.round())
    await asyncio.wait_for(reached.wait(), 10)
    await die(world, work)
    await world.quiet()
    assert (await own_switch.call(NUMBERS[0]))["rings_at"] == SECOND
    assert [w.rings for w in world.said[NUMBERS[0]]] == [MOBILE, SECOND]


async def test_an_edit_between_the_end_of_an_outage_and_its_telling_is_told_off(
    world: World, own_switch: SwitchLab, story: Story
) -> None:
    outage = new_id()
    await world.hear(story.detected(outage, "A"))
    await world.quiet()
    reached = stuck(world.switch, "apply", after=False)
    await world.hear(story.cleared(outage))
    await asyncio.wait_for(reached.wait(), 10)
    await die(world, asyncio.sleep(0))
    await world.hear(story.rule(NUMBERS[0], SECOND))
    await world.quiet()
    assert (await own_switch.call(NUMBERS[0]))["rings_at"] == NUMBERS[0]
    assert [w.rings for w in world.said[NUMBERS[0]]] == [MOBILE, HOME]


async def test_an_outage_that_ends_while_all_is_held_off_leaves_no_flag_raised(
    world: World, own_switch: SwitchLab, story: Story
) -> None:
    outage, now = new_id(), world.clock.now()
    await world.hear(story.detected(outage, "A"))
    await world.quiet()
    await set_hold(world.pool, held=True, at=now)
    await world.quiet()
    reached = stuck(world.switch, "apply", after=False)
    await world.hear(story.cleared(outage))
    await asyncio.wait_for(reached.wait(), 10)
    await die(world, asyncio.sleep(0))
    await world.quiet()

    await set_hold(world.pool, held=False, at=now)
    await world.quiet()

    assert (await own_switch.call(NUMBERS[0]))["rings_at"] == NUMBERS[0]


async def test_a_worker_that_wakes_late_brings_nothing_back(
    world: World, own_switch: SwitchLab, story: Story
) -> None:
    outage = new_id()
    store = world.flipper._store  # noqa: SLF001 - it slept with what this returned
    facts = [detected(story.detected(outage, "A"))]
    (recorded,) = await store.record(facts, at=world.clock.now(), first=1000)
    await world.hear(story.cleared(outage))
    await world.quiet()
    await world.switch.apply(recorded.operations)
    assert (await own_switch.call(NUMBERS[0]))["rings_at"] == NUMBERS[0]
    assert world.last_word(NUMBERS[0]).rings == HOME


async def test_what_a_clock_that_ran_ahead_left_untold_is_taken_up_at_once(
    world: World, story: Story
) -> None:
    now, store = world.clock.now(), FlipStore(world.pool)
    fact = detected(story.detected(new_id(), "A"))
    [recorded] = await store.record([fact], at=now + timedelta(hours=1), first=2)
    await store.close()

    assert await store.untold(made_before=now) == [recorded.flip]


@pytest.mark.parametrize("seed", range(3))
async def test_two_instances_at_once_lose_and_contradict_nothing(
    world: World, own_switch: SwitchLab, seed: int
) -> None:
    dice, heard = Dice(seed), []
    twin = World(world.pool, own_switch.url, first=1000, said=world.said)
    for round_ in range(12):
        facts = dice.opening() if round_ == 0 else []
        facts += [dice.throw() for _ in range(4)]
        heard += facts
        for fact in facts:
            both = (world, twin) if dice.random.random() < 0.3 else (world,)
            one = (twin,) if dice.random.random() < 0.5 else both
            await asyncio.gather(*(each.hear(fact) for each in one))
            await asyncio.gather(world.keeper.round(), twin.keeper.round())
        await asyncio.gather(world.quiet(), twin.quiet())
        await world.quiet()
        await compare(world, own_switch, await see(world, heard))
    await twin.close()
    await own_switch.check_journal()


async def test_what_is_switched_off_and_changes_while_an_outage_is_told_is_told_nothing(
    world: World,
) -> None:
    facts, off = Story(), "+498999998102"
    first, last = "+498999998100", "+498999998109"
    await world.hear(facts.line_connected("A", ["node"]))
    await world.hear(facts.enabled(first, "A", last=last))
    await world.hear(facts.rule(first, MOBILE, last=last))
    await world.hear(facts.rule(off, None))
    await world.quiet()
    store = FlipStore(world.pool)
    outage = detected(facts.detected(new_id(), "A"))
    await store.record([outage], at=world.clock.now(), first=2)
    await store.close()
    await world.hear(facts.line_connected("A", ["node", "region"]))
    await world.quiet()

    assert world.last_word(f"{first}-{last}").rings == MOBILE
    assert world.said.get(off, []) == []
