"""Messages of different topics are handled at the same moment, and none is missed."""

import asyncio
from collections.abc import Awaitable
from itertools import permutations

import pytest

from provisioning.usecases.numbers import take_number
from provisioning.usecases.orders import accept_order
from support.provisioning import (
    BLOCK,
    INSIDE,
    NEIGHBOUR,
    NOON,
    OFFICE,
    ONE,
    RIVAL,
    THREE,
    TWO,
    day,
)
from support.provisioning_world import World, order_placed, ported
from support.waiting import eventually

ROUNDS = 12


async def waits(world: World, task: asyncio.Task[None]) -> bool:
    """Tell whether the task waits for a lock, or is through without one."""
    waiting = await world.pool.fetchval(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
    )
    return task.done() or waiting > 0


async def together(*work: Awaitable[object]) -> None:
    await asyncio.gather(*work)


class TestAtTheSameMoment:
    async def test_order_and_number_do_not_miss_each_other(self, world: World) -> None:
        for n in range(ROUNDS):
            customer = f"7000{n:04}"
            await together(
                world.place(f"P-{n}", customer_number=customer),
                world.port(f"+4930231250{n:02}", customer_number=customer),
                world.provision(f"+4930231251{n:02}", customer_number=customer),
            )

        assert len(await world.enabled()) == 2 * ROUNDS
        assert len(set(await world.enabled())) == 2 * ROUNDS

    async def test_an_order_waits_for_a_number_not_committed_yet(
        self, world: World
    ) -> None:
        async with world.transaction() as open_one:
            await take_number(world.received(ported()), open_one, world.clock)
            order = asyncio.create_task(world.place())
            await eventually(lambda: waits(world, order))
        await order

        assert await world.enabled() == [ONE]

    async def test_a_number_waits_for_an_order_not_committed_yet(
        self, world: World
    ) -> None:
        async with world.transaction() as open_one:
            await accept_order(world.received(order_placed()), open_one, world.clock)
            number = asyncio.create_task(world.port())
            await eventually(lambda: waits(world, number))
        await number

        assert await world.enabled() == [ONE]

    async def test_a_later_owner_waits_for_the_one_before(self, world: World) -> None:
        await world.place()
        await world.place("R-1", customer_number=RIVAL)
        async with world.transaction() as open_one:
            await take_number(world.received(ported()), open_one, world.clock)
            theirs = asyncio.create_task(world.port(customer_number=RIVAL))
            await eventually(lambda: waits(world, theirs))
        await theirs

        enabled = await world.told("OptionEnabled")
        assert [event["customer_number"] for event in enabled] == [OFFICE]

    async def test_cancel_and_number_end_cancelled(self, world: World) -> None:
        for n in range(ROUNDS):
            customer = f"7000{n:04}"
            await world.place(f"P-{n}", customer_number=customer)
            await together(
                world.port(f"+4930231250{n:02}", customer_number=customer),
                world.cancel(f"P-{n}", customer),
            )

        ended = [e["number"] for e in await world.told("OptionDisabled")]
        assert sorted(ended) == sorted(await world.enabled())

    async def test_block_and_exception_agree(self, world: World) -> None:
        await world.place()
        await together(
            world.port(*BLOCK),
            world.port(INSIDE, direction="out"),
            world.port(NEIGHBOUR, direction="out"),
        )
        versions = {number: version for _, number, version in await world.tale()}

        told = await world.tale()
        ended = {number for kind, number, _ in told if kind == "OptionDisabled"}
        assert set(versions) >= {BLOCK[0]}
        assert ended <= {INSIDE, NEIGHBOUR}
        rows = await world.pool.fetch("SELECT direction, status FROM movement")
        assert {row["status"] for row in rows} == {"live", "done"}

    async def test_calendar_orders_and_owners_all_at_once(self, world: World) -> None:
        for n in range(ROUNDS):
            await world.port(f"+4930231250{n:02}", effective_on=day(1))
            await world.port(f"+4930231250{n:02}", effective_on=day(2), direction="out")
            await world.port(
                f"+4930231250{n:02}", effective_on=day(2), customer_number=RIVAL
            )
        await together(
            world.begin(day(1)),
            world.look(),
            world.place(placed_at=NOON),
            world.place("R-1", customer_number=RIVAL),
        )
        await together(world.begin(day(2)), world.look(), world.cancel("R-1", RIVAL))

        told = await world.told("OptionEnabled", "OptionDisabled")
        for n in range(ROUNDS):
            mine = [e for e in told if e["number"] == f"+4930231250{n:02}"]
            assert [e["version"] for e in mine] == list(range(1, len(mine) + 1))
            assert mine[-1]["type"] == "OptionDisabled"
            kinds = [e["type"] for e in mine]
            assert kinds == ["OptionEnabled", "OptionDisabled"] * (len(mine) // 2)

    @pytest.mark.parametrize("order", list(permutations((ONE, TWO, THREE))))
    async def test_lines_are_taken_in_one_order(
        self, world: World, order: tuple[str, ...]
    ) -> None:
        await together(
            *(
                world.provision(number, line=f"L-{n % 2}", elements=(number,))
                for n, number in enumerate(order)
            )
        )

        versions = [
            (e["line"], e["version"]) for e in await world.told("LineConnected")
        ]
        assert len(versions) == len(set(versions))
