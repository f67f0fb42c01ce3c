"""What dashboards say of outages: the same whether numbers are on sheets or not."""

from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from contracts import canary
from contracts.event import new_id
from forwarding.flip_store import Facts as Outage
from forwarding.flip_store import FlipStore, cleared, detected
from forwarding.gauges import Gauges
from forwarding.sheet_store import SheetStore
from support.forwarding_facts import MOBILE, SECOND
from support.forwarding_facts import Facts as Story
from support.forwarding_world import World

NUMBERS = [f"+4989999989{n:02}" for n in range(12)]
LINES = ["A", "B", "C"]
BLOCK = "+496990009100", "+496990009109"
WATCHED = "+493023125900"
ALL = len(NUMBERS) + 10


@pytest.fixture(params=["on sheets", "as they are"])
async def story(world: World, request: pytest.FixtureRequest) -> Story:
    """
    Twelve numbers on three lines of a node; on the first also a block of ten.

    Planned work leaves three numbers of each line alone. The canary hangs there too.
    """
    story = Story()
    for line in LINES:
        await world.hear(story.line_connected(line, ["node", "region"]))
    for at, number in enumerate(NUMBERS):
        rule = {"follows_planned_work": at < len(LINES)}
        await world.hear(story.enabled(number, LINES[at % 3]))
        await world.hear(story.rule(number, MOBILE, rule=rule))
    first, last = BLOCK
    await world.hear(story.enabled(first, "A", last=last))
    await world.hear(story.rule(first, SECOND, last=last))
    ours = canary.CUSTOMER
    await world.hear(story.line_connected("W", ["node", "region"], ours))
    await world.hear(story.enabled(WATCHED, "W", customer=ours))
    await world.hear(story.rule(WATCHED, MOBILE, customer_number=ours))
    await world.quiet()
    if request.param == "on sheets":
        await world.bind()
        assert await SheetStore(world.pool).ready() == len(NUMBERS) + 1
    return story


async def said(world: World) -> dict[str, int]:
    """Return what is said of numbers in outages, without zeros."""
    await Gauges(world.pool).count()
    states = ("diverted", "waiting", "returning")
    found = {one: _sample("forwarding_numbers", one) for one in states}
    lines = _sample("forwarding_state_lines", "active")
    return {one: n for one, n in (found | {"lines": lines}).items() if n}


def _sample(name: str, state: str) -> int:
    return int(REGISTRY.get_sample_value(name, {"state": state}) or 0)


async def record(world: World, *facts: Outage) -> None:
    """Record outages, of which nobody is told yet."""
    store = FlipStore(world.pool)
    await store.record(facts, at=world.clock.now(), first=1000)
    await store.close()


@pytest.mark.usefixtures("story")
async def test_nothing_is_said_before_an_outage(world: World) -> None:
    assert await said(world) == {}


@pytest.mark.parametrize(
    ("place", "numbers", "lines"), [("node", ALL, 13), ("A", 14, 5), ("B", 4, 4)]
)
async def test_numbers_in_an_outage_wait_and_are_diverted_and_return(
    world: World, story: Story, place: str, numbers: int, lines: int
) -> None:
    outage = new_id()
    await record(world, detected(story.detected(outage, place)))
    assert await said(world) == {"waiting": numbers}
    await world.quiet()
    assert await said(world) == {"diverted": numbers, "lines": lines}
    await record(world, cleared(story.cleared(outage)))
    assert await said(world) == {"returning": numbers}
    await world.quiet()
    assert await said(world) == {}


async def test_what_another_outage_covers_does_not_return(
    world: World, story: Story
) -> None:
    outage = new_id()
    await world.hear(story.detected(new_id(), "A"))
    await world.hear(story.detected(outage, "region"))
    await world.quiet()
    assert await said(world) == {"diverted": ALL, "lines": 13}
    await record(world, cleared(story.cleared(outage)))
    assert await said(world) == {"diverted": 14, "lines": 5, "returning": ALL - 14}


async def test_what_another_outage_covers_too_waits_until_that_is_told(
    world: World, story: Story
) -> None:
    await world.hear(story.detected(new_id(), "region"))
    await world.quiet()
    await record(world, detected(story.detected(new_id(), "A")))
    assert await said(world) == {"diverted": ALL - 14, "lines": 8, "waiting": 14}
    await world.quiet()
    assert await said(world) == {"diverted": ALL, "lines": 13}


@pytest.mark.parametrize(("place", "numbers", "lines"), [("node", 13, 4), ("A", 11, 2)])
async def test_planned_work_diverts_those_that_follow_it(
    world: World, story: Story, place: str, numbers: int, lines: int
) -> None:
    await world.hear(story.detected(new_id(), place, kind="planned"))
    await world.quiet()
    assert await said(world) == {"diverted": numbers, "lines": lines}


async def test_a_number_that_is_off_is_not_counted_beside_its_block(
    world: World, story: Story
) -> None:
    await world.hear(story.rule(BLOCK[0][:-1] + "5", None))
    await world.hear(story.detected(new_id(), "node"))
    await world.quiet()
    assert await said(world) == {"diverted": ALL, "lines": 13}


def _changed(story: Story) -> object:
    return story.rule(NUMBERS[1], SECOND)


def _switched_off(story: Story) -> object:
    return story.rule(NUMBERS[1], None, rule={"target": MOBILE})


@pytest.mark.parametrize(("change", "waiting"), [(_changed, 1), (_switched_off, 0)])
async def test_a_change_in_an_outage_waits_for_the_switch(
    world: World, story: Story, change: Callable[[Story], object], waiting: int
) -> None:
    await world.hear(story.detected(new_id(), "node"))
    await world.quiet()
    await world.hear(change(story))  # type: ignore[arg-type]
    left = {"diverted": ALL - 1, "lines": 12}
    assert await said(world) == left | ({"waiting": waiting} if waiting else {})
    await world.quiet()
    done = {"diverted": ALL - 1 + waiting, "lines": 12 + waiting}
    assert await said(world) == done


async def test_while_all_is_held_off_nobody_is_diverted_or_waits(
    world: World, story: Story
) -> None:
    await world.hear(story.detected(new_id(), "node"))
    await world.quiet()
    await world.pool.execute("UPDATE hold SET held = true")
    assert await said(world) == {"lines": 13}
