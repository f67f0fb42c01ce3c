"""Lines are gone when their last number left, and are back with the next one."""

import asyncio
from itertools import permutations
from typing import Any

from contracts.numbers import NumberPorted
from provisioning.usecases.numbers import take_number
from support.provisioning import (
    BLOCK,
    CABINET,
    CITY,
    INSIDE,
    LINE,
    OFFICE,
    ONE,
    OTHER_LINE,
    RIVAL,
    TWO,
    day,
)
from support.provisioning_world import World, ported
from support.waiting import eventually

Tale = list[tuple[int, bool]]


async def tale(world: World, line: str = LINE) -> Tale:
    """Return what was told of a line: the version, and whether it is gone."""
    told = await world.told("LineConnected")
    return [(e["version"], e["gone"]) for e in told if e["line"] == line]


async def leave(world: World, *numbers: str, **more: Any) -> None:
    await world.port(*numbers, **{"direction": "out"} | more)


class TestGone:
    async def test_when_the_last_number_is_ported_out(self, world: World) -> None:
        await world.port(ONE)
        await world.port(TWO)
        await leave(world, ONE)
        assert await tale(world) == [(1, False)]

        await leave(world, TWO)

        assert await tale(world) == [(1, False), (2, True)]

    async def test_keeps_its_elements(self, world: World) -> None:
        await world.port(ONE)
        await leave(world, ONE)

        first, last = await world.told("LineConnected")
        assert last["elements"] == first["elements"]

    async def test_when_its_block_left_as_a_whole(self, world: World) -> None:
        await world.port(*BLOCK)
        await leave(world, INSIDE)
        assert await tale(world) == [(1, False)]

        await leave(world, *BLOCK)

        assert await tale(world) == [(1, False), (2, True)]

    async def test_when_its_last_number_moves_to_another_line(
        self, world: World
    ) -> None:
        await world.port(ONE)
        await world.provision(ONE, line=OTHER_LINE, effective_on=day(1))
        assert await tale(world) == [(1, False)]

        await world.begin(day(1))

        assert await tale(world) == [(1, False), (2, True)]
        assert await tale(world, OTHER_LINE) == [(1, False)]

    async def test_only_on_the_day_of_the_port_out(self, world: World) -> None:
        await world.port(ONE)
        await leave(world, ONE, effective_on=day(1))
        assert await tale(world) == [(1, False)]

        await world.begin(day(1))

        assert await tale(world) == [(1, False), (2, True)]

    async def test_not_when_the_option_is_given_back(self, world: World) -> None:
        """Its numbers stay with us, and the line may fail as before."""
        await world.place()
        await world.port(ONE)
        await world.cancel()

        assert await tale(world) == [(1, False)]

    async def test_not_while_another_customer_waits_on_it(self, world: World) -> None:
        await world.port(ONE)
        await world.port(ONE, customer_number=RIVAL)
        await leave(world, ONE)

        assert not any(gone for _, gone in await tale(world))

    async def test_is_told_once(self, world: World) -> None:
        await world.port(ONE)
        event = ported(direction="out")
        await world.give(take_number, event, "m-1")
        await world.give(take_number, event, "m-1")
        await world.give(take_number, event, "m-2")
        await world.look()

        assert await tale(world) == [(1, False), (2, True)]


class TestBack:
    async def test_with_the_next_number(self, world: World) -> None:
        await world.port(ONE)
        await leave(world, ONE)
        await world.port(TWO)
        await world.port(ONE)

        assert await tale(world) == [(1, False), (2, True), (3, False)]

    async def test_where_it_hangs_now(self, world: World) -> None:
        await world.port(ONE)
        await leave(world, ONE)
        await world.port(TWO, elements=(CITY,), effective_on=day(1))
        await world.begin(day(1))

        last = (await world.told("LineConnected"))[-1]
        assert (last["elements"], last["gone"]) == ([CITY], False)
        assert last["version"] > 2

    async def test_before_the_number_opens(self, world: World) -> None:
        await world.place()
        await world.port(ONE)
        await leave(world, ONE)
        await world.port(ONE)

        kinds = [event["type"] for event in await world.told()]
        assert kinds[-2:] == ["LineConnected", "OptionEnabled"]


class TestOwner:
    async def test_is_the_next_customer_whose_number_names_no_elements(
        self, world: World
    ) -> None:
        await world.port(ONE)
        await leave(world, ONE)

        await world.port(TWO, customer_number=RIVAL, elements=())

        last = (await world.told("LineConnected"))[-1]
        assert (last["customer_number"], last["gone"]) == (RIVAL, False)
        assert last["elements"] == [CABINET, CITY]

    async def test_is_who_stays_when_the_other_left(self, world: World) -> None:
        await world.port(ONE)
        await world.port(TWO, customer_number=RIVAL, elements=())
        assert await owners(world) == [OFFICE]

        await leave(world, ONE)

        assert await owners(world) == [OFFICE, RIVAL]

    async def test_is_who_takes_a_number_over_with_its_line(self, world: World) -> None:
        await world.port(ONE)
        await world.provision(ONE, customer_number=RIVAL, elements=())
        assert await owners(world) == [OFFICE]

        await leave(world, ONE)

        assert await owners(world) == [OFFICE, RIVAL]


async def owners(world: World) -> list[str]:
    told = await world.told("LineConnected")
    return [event["customer_number"] for event in told]


async def test_any_order_of_facts_ends_alike(world: World) -> None:
    for n, order in enumerate(permutations(range(4))):
        line, numbers = f"L-{n}", (f"+4930231251{n:02}", f"+4930231252{n:02}")
        facts = [
            *(ported(each, line=line, effective_on=day(-2)) for each in numbers),
            *(_out(each, line) for each in numbers),
        ]
        for place in order:
            await world.give(take_number, facts[place], f"{n}-{place}")

        assert (await tale(world, line))[-1][1] is True, order


def _out(number: str, line: str) -> NumberPorted:
    return ported(number, line=line, direction="out", effective_on=day(-1))


async def test_two_numbers_that_leave_at_once_take_the_line_along(
    world: World,
) -> None:
    """Neither sees that the other is gone before it has the line to itself."""
    far = BLOCK[0]
    await world.port(ONE)
    await world.port(far, customer_number=RIVAL, elements=())
    async with world.transaction() as open_one:
        first = world.received(ported(ONE, direction="out"))
        await take_number(first, open_one, world.clock)
        second = asyncio.create_task(leave(world, far, customer_number=RIVAL))
        await eventually(lambda: _waits(world, second))
    await second

    # In between it is the other customer's.
    assert await tale(world) == [(1, False), (2, False), (3, True)]


async def _waits(world: World, task: asyncio.Task[None]) -> bool:
    waiting = await world.pool.fetchval(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
    )
    return task.done() or waiting > 0
