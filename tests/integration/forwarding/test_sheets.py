"""What a flip tells does not depend on what is ready on sheets, only how soon."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.postgres import transaction
from contracts.event import new_id
from forwarding import binder
from forwarding.erasure_store import ErasureStore
from forwarding.sheet_store import SheetStore
from support.forwarding_facts import CUSTOMER, MOBILE, SECOND
from support.forwarding_facts import Facts as Story
from support.forwarding_world import HOME, RecordedStream, World, running_world
from support.stack import Stack
from support.switch_lab import SwitchLab

NUMBERS = [f"+4989999989{n:02}" for n in range(24)]
LINES = ["A", "B", "C"]


@pytest.fixture
async def world(stack: Stack, own_switch: SwitchLab) -> AsyncIterator[World]:
    async with running_world(stack, own_switch, first=0) as world:
        yield world


@pytest.fixture
async def story(world: World) -> Story:
    """Numbers on three lines of a node in a region, armed and on sheets."""
    story = Story()
    for line in LINES:
        await world.hear(story.line_connected(line, ["node", "region"]))
    for at, number in enumerate(NUMBERS):
        await world.hear(story.enabled(number, LINES[at % 3]))
        await world.hear(story.rule(number, MOBILE))
    await world.quiet()
    await world.bind()
    assert await ready(world) == len(NUMBERS)
    return story


async def ready(world: World) -> int:
    return await SheetStore(world.pool).ready()


async def told(world: World, *facts: object) -> dict[str, list[str]]:
    """Return what is told of each number while facts are taken in."""
    before = {number: len(words) for number, words in world.said.items()}
    for fact in facts:
        await world.hear(fact)  # type: ignore[arg-type]
        await world.quiet()
    since = {
        number: [word.rings for word in words[before.get(number, 0) :]]
        for number, words in world.said.items()
    }
    return {number: words for number, words in since.items() if words}


def all_of(rings: str) -> dict[str, list[str]]:
    return {number: [rings] for number in NUMBERS}


@pytest.mark.parametrize("place", ["node", "region"])
async def test_all_are_told_once_from_sheets(
    world: World, story: Story, place: str
) -> None:
    outage = new_id()
    assert await told(world, story.detected(outage, place)) == all_of(MOBILE)
    assert await told(world, story.cleared(outage)) == all_of(HOME)
    assert await ready(world) == len(NUMBERS)


async def test_many_are_told_though_they_left_their_sheets(
    world: World, story: Story
) -> None:
    # Which elements have many is known from the last look, and may have changed.
    assert world.crowded == {"node", "region"}
    await SheetStore(world.pool).spoil(partitions=RecordedStream.partitions + 1)
    assert await SheetStore(world.pool).crowded(least=1) == set()
    outage = new_id()
    assert await told(world, story.detected(outage, "node")) == all_of(MOBILE)
    assert await told(world, story.cleared(outage)) == all_of(HOME)


@pytest.mark.usefixtures("story")
async def test_an_element_is_crowded_by_its_numbers_on_sheets(world: World) -> None:
    store, many = SheetStore(world.pool), len(NUMBERS)
    assert await store.crowded(least=many) == {"node", "region"}
    assert await store.crowded(least=many + 1) == set()


async def test_a_line_of_a_sheet_fails_alone(world: World, story: Story) -> None:
    found = await told(world, story.detected(new_id(), "B"))
    assert found == {number: [MOBILE] for number in NUMBERS[1::3]}


@pytest.mark.parametrize("kind", ["fault", "planned"])
async def test_what_is_down_already_is_left_out_of_its_sheet(
    world: World, story: Story, kind: str
) -> None:
    await told(world, story.detected(new_id(), "B", kind=kind))
    found = await told(world, story.detected(new_id(), "node"))
    others = [number for number in NUMBERS if number not in NUMBERS[1::3]]
    assert found == {number: [MOBILE] for number in others}


async def test_a_changed_number_is_told_as_it_is_now(
    world: World, story: Story
) -> None:
    await told(world, story.rule(NUMBERS[0], SECOND))
    assert await ready(world) < len(NUMBERS)
    found = await told(world, story.detected(new_id(), "node"))
    assert found == all_of(MOBILE) | {NUMBERS[0]: [SECOND]}


async def test_of_a_spoilt_sheet_nothing_is_kept(world: World, story: Story) -> None:
    for number in NUMBERS:
        await told(world, story.rule(number, SECOND))
    rows = await world.pool.fetch("SELECT * FROM sheet")
    assert rows
    for row in rows:
        kept = (row["scope"], row["head"], row["varying"], row["columns"])
        assert kept == (None, None, None, None)


async def test_the_next_look_makes_changed_numbers_ready_again(
    world: World, story: Story
) -> None:
    await told(world, story.rule(NUMBERS[0], SECOND))
    await world.bind()
    assert await ready(world) == len(NUMBERS)
    spoilt = await world.pool.fetchval("SELECT count(*) FROM sheet WHERE head IS NULL")
    assert spoilt == 0
    found = await told(world, story.detected(new_id(), "node"))
    assert found == all_of(MOBILE) | {NUMBERS[0]: [SECOND]}


async def test_a_number_that_went_is_told_no_more(world: World, story: Story) -> None:
    await told(world, story.disabled(NUMBERS[0]))
    found = await told(world, story.detected(new_id(), "node"))
    assert found == {number: [MOBILE] for number in NUMBERS[1:]}


async def test_a_number_that_moved_is_told_where_it_is_now(
    world: World, story: Story
) -> None:
    await told(world, story.line_connected("A", ["other node"]))
    found = await told(world, story.detected(new_id(), "node"))
    assert sorted(found) == sorted(set(NUMBERS) - set(NUMBERS[0::3]))
    found = await told(world, story.detected(new_id(), "other node"))
    assert found == {number: [MOBILE] for number in NUMBERS[0::3]}


@pytest.mark.usefixtures("story")
async def test_a_row_that_is_deleted_spoils_its_sheet(world: World) -> None:
    await world.pool.execute("DELETE FROM arming WHERE scope = $1", NUMBERS[0])
    assert await ready(world) < len(NUMBERS)


async def test_a_sheet_newer_than_the_flip_is_not_read(
    world: World, story: Story
) -> None:
    alike = MOBILE[:-1] + "7"  # of the same length: it goes back to its sheet
    await told(world, story.rule(NUMBERS[0], alike))
    await world.bind()
    wrong = await world.pool.fetchval(
        """
        SELECT count(*) FROM sheet s
         WHERE newest <> (SELECT max(live_seq) FROM arming a WHERE a.sheet = s.id)
        """
    )
    assert wrong == 0
    await world.pool.execute("UPDATE sheet SET newest = 1000000, head = 'not read'")
    found = await told(world, story.detected(new_id(), "node"))
    assert found == all_of(MOBILE) | {NUMBERS[0]: [alike]}


async def test_a_number_that_is_diverted_by_hand_is_told_by_that_alone(
    world: World, story: Story
) -> None:
    start = story.wish(NUMBERS[5], action="start", cause="manual")
    assert await told(world, start) == {NUMBERS[5]: [MOBILE]}
    await world.bind()
    found = await told(world, story.detected(new_id(), "node"))
    assert sorted(found) == sorted(set(NUMBERS) - {NUMBERS[5]})


async def test_planned_work_tells_those_who_follow_it(
    world: World, story: Story
) -> None:
    rule = {"follows_planned_work": False}
    await told(world, story.rule(NUMBERS[0], MOBILE, rule=rule))
    await world.bind()
    found = await told(world, story.detected(new_id(), "node", kind="planned"))
    assert found == {number: [MOBILE] for number in NUMBERS[1:]}


async def test_another_number_of_partitions_spoils_all_sheets(
    world: World, story: Story
) -> None:
    await world.pool.execute("UPDATE sheet SET partitions = 4, partition = 3")
    assert await told(world, story.detected(new_id(), "node")) == all_of(MOBILE)
    await world.bind()
    kept = await world.pool.fetch("SELECT DISTINCT partitions FROM sheet")
    assert [row["partitions"] for row in kept] == [3]
    assert await ready(world) == len(NUMBERS)


async def test_a_flip_that_is_told_late_leaves_out_what_was_armed_since(
    world: World, story: Story
) -> None:
    """Who was armed after it hears of his arming, and of nothing twice."""
    stuck = asyncio.Event()
    tells = world.flipper._moved.stream  # noqa: SLF001 - held up in the middle

    async def later(*args: object, **more: object) -> None:
        await stuck.wait()
        await tells(*args, **more)  # type: ignore[arg-type]

    world.flipper._moved.stream = later  # type: ignore[method-assign]  # noqa: SLF001
    await world.hear(story.detected(new_id(), "node"))
    await world.hear(story.rule(NUMBERS[0], SECOND))
    stuck.set()
    await world.quiet()
    await world.bind()
    found = {number: words[-1].rings for number, words in world.said.items()}
    assert found == dict.fromkeys(NUMBERS, MOBILE) | {NUMBERS[0]: SECOND}
    for words in world.said.values():
        ids = [word.id for word in words]
        assert len(set(ids)) == len(ids)


async def test_who_is_being_changed_is_waited_for_by_nobody(
    world: World, story: Story
) -> None:
    for number in NUMBERS[:2]:
        await told(world, story.rule(number, SECOND))
    row = await world.pool.fetchrow(
        """
        SELECT min(a.scope) FILTER (WHERE a.sheet IS NULL),
               min(a.scope) FILTER (WHERE s.columns IS NULL AND a.sheet = s.id)
          FROM arming a LEFT JOIN sheet s ON s.id = a.sheet
        """
    )
    async with world.pool.acquire() as other, other.transaction():
        await other.execute(
            "SELECT FROM arming WHERE scope = ANY ($1) FOR UPDATE", list(row or ())
        )
        await asyncio.wait_for(world.bind(), 10)
        assert await ready(world) == len(NUMBERS) - 2
    await world.bind()
    assert await ready(world) == len(NUMBERS)


async def test_changes_and_looks_at_once_end_in_one_truth(
    world: World, story: Story
) -> None:
    async def change(number: str) -> None:
        for target in (SECOND, MOBILE, SECOND):
            await world.hear(story.rule(number, target))
            await world.keeper.round()

    async def look() -> None:
        while not done.is_set():
            await world.bind()

    done = asyncio.Event()
    looks = [asyncio.create_task(look()) for _ in range(2)]
    try:
        await asyncio.gather(*map(change, NUMBERS[::4]))
    finally:
        done.set()
        await asyncio.gather(*looks)
    await world.quiet()
    await world.bind()
    assert await ready(world) == len(NUMBERS)
    found = await told(world, story.detected(new_id(), "node"))
    assert found == all_of(MOBILE) | {number: [SECOND] for number in NUMBERS[::4]}


async def test_small_elements_are_left_alone_unless_what_is_above_is_large(
    world: World, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binder, "LEAST_ROWS", 1)
    for at, line in enumerate(LINES):
        await told(world, story.line_connected(line, [f"node {at}", "region"]))
    await world.bind(least=len(NUMBERS))
    rows = await world.pool.fetch("SELECT DISTINCT elements FROM sheet")
    assert [row["elements"] for row in rows] == [["region"]]
    assert await told(world, story.detected(new_id(), "region")) == all_of(MOBILE)
    found = await told(world, story.detected(new_id(), "node 1"))
    assert found == {}


async def test_a_look_that_is_interrupted_gives_back_its_connections(
    world: World, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> int:
        raise TimeoutError

    for number in NUMBERS:
        await told(world, story.rule(number, SECOND))
    with monkeypatch.context() as patch:
        patch.setattr(SheetStore, "put", fails)
        with pytest.raises(TimeoutError):
            await world.bind()
    assert world.pool.get_idle_size() == world.pool.get_size()
    await world.bind()
    assert await ready(world) == len(NUMBERS)


@pytest.mark.usefixtures("story")
async def test_a_customer_who_is_erased_is_on_no_sheet(world: World) -> None:
    async with transaction(world.pool) as db:
        await ErasureStore(db).erase(CUSTOMER, "somebody")
    assert await ready(world) == 0
