"""A line with many numbers moves in a few statements, for outages wait meanwhile."""

import pytest

from contracts.event import Event
from contracts.number_range import NumberRange
from forwarding import arming
from forwarding.option_store import OptionStore
from support.forwarding_facts import MOBILE, SECOND, Facts
from support.forwarding_world import World

BLOCK = ("+496990009900", "+496990009909")
STATEMENTS = 40


def numbers(count: int) -> list[str]:
    """Return a third of them in the block, and all others beside it."""
    inside = [f"+4969900099{at:02}" for at in range(min(count // 3, 10))]
    return [*inside, *(f"+492214710{at:03}" for at in range(count - len(inside)))]


async def open_all(world: World, facts: Facts, count: int) -> None:
    first, last = BLOCK
    story: list[Event] = [facts.enabled(first, "L", last=last)]
    story += [facts.rule(first, SECOND, last=last)]
    for number in numbers(count):
        story += [facts.enabled(number, "L"), facts.rule(number, MOBILE)]
    for event in story:
        await world.hear(event)
    await world.quiet()


async def statements(world: World, event: Event) -> int:
    """Return how many statements a fact takes."""
    seen: list[str] = []
    async with world.pool.acquire() as connection:
        connection.add_query_logger(lambda query: seen.append(query.query))
        async with connection.transaction():
            await world._hear(event, connection)  # noqa: SLF001 - on this connection
    return len(seen)


@pytest.mark.parametrize("at_once", [2000, 7])
async def test_a_line_that_moves_takes_all_its_numbers_along(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(arming, "AT_ONCE", at_once)
    facts = Facts()
    await open_all(world, facts, 30)

    taken = await statements(world, facts.line_connected("L", ["A new", "B new"]))
    await world.quiet()

    pages = -(-31 // at_once)
    assert taken <= STATEMENTS * pages
    rows = await world.pool.fetch("SELECT scope, places FROM arming ORDER BY seq")
    assert {row["scope"] for row in rows} == {
        str(NumberRange(*BLOCK)),
        *numbers(30),
    }
    assert {tuple(row["places"]) for row in rows} == {("L", "A new", "B new")}
    assert rows[0]["scope"] == str(NumberRange(*BLOCK))


async def test_a_move_to_a_failed_element_is_told_of_each_once(world: World) -> None:
    facts = Facts()
    await open_all(world, facts, 12)
    await world.hear(facts.detected("O1", "A new"))
    await world.quiet()

    await world.hear(facts.line_connected("L", ["A new"]))
    await world.quiet()
    await world.hear(facts.line_connected("L", ["A other"]))
    await world.quiet()

    for number in numbers(12):
        assert [word.rings for word in world.said[number]][-2:] == [MOBILE, "home"]


@pytest.mark.parametrize("order", [1, -1])
async def test_a_number_in_two_blocks_is_always_of_the_smaller(
    world: World, order: int
) -> None:
    number = "+496990009905"
    small, wide = (BLOCK, "L small"), (("+496990009900", "+496990009999"), "L wide")
    facts = Facts()
    for (first, last), line in [small, wide][::order]:
        await world.hear(facts.enabled(first, line, last=last))

    async with world.pool.acquire() as connection:
        options = OptionStore(connection)
        around = await options.block_around(NumberRange.single(number))
        reached = await options.blocks_reached([number, number + "7"])

    found = {one.line for one in (around, *reached.values()) if one}
    assert (found, len(reached)) == ({"L small"}, 2)
