"""Numbers on real PostgreSQL: they open, move and leave."""

import pytest

from chassis.clock import start_of_day
from chassis.errors import Rejected
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


class TestTakeNumber:
    async def test_before_the_order_opens_with_it(self, world: World) -> None:
        await world.port()
        await world.port()
        assert await world.enabled() == []

        await world.place()
        await world.place()

        assert await world.enabled() == [ONE]

    async def test_twice_opens_once(self, world: World) -> None:
        await world.place()
        await world.give(take_number, ported(), "m-1")
        await world.give(take_number, ported(), "m-1")
        await world.give(take_number, ported(), "m-2")

        assert await world.tale() == [("OptionEnabled", ONE, 1)]

    async def test_tells_the_line_before_the_number(self, world: World) -> None:
        await world.place()
        await world.port()

        _, line, option = await world.told()

        assert line == {
            "type": "LineConnected",
            "line": LINE,
            "customer_number": OFFICE,
            "elements": [CABINET, CITY],
            "version": 1,
            "gone": False,
        }
        assert option["line"] == LINE

    async def test_tells_a_line_anew_only_when_it_changed(self, world: World) -> None:
        await world.port()
        await world.port(TWO)
        await world.port(TWO, elements=())

        await world.port(TWO, elements=(CITY,))

        versions = [e["version"] for e in await world.told("LineConnected")]
        assert versions == [1, 2]

    async def test_leaves_a_line_alone_until_the_day(self, world: World) -> None:
        await world.port(effective_on=day(1))
        assert await world.told() == []

        await world.begin(day(1))

        assert len(await world.told("LineConnected")) == 1

    async def test_connects_the_line_of_a_plan_that_counts_again(
        self, world: World
    ) -> None:
        """The newer plan turns out to be a return: the customer leaves in between."""
        await world.port(effective_on=day(1))
        await world.port(line=OTHER_LINE, effective_on=day(5))
        world.at(start_of_day(day(2)))
        assert await world.look() == 0
        assert await world.told() == []

        await world.port(direction="out", effective_on=day(3))

        assert [e["line"] for e in await world.told("LineConnected")] == [LINE]

    async def test_moves_a_block_to_another_line(self, world: World) -> None:
        await world.place()
        await world.port(*BLOCK)

        await world.provision(*BLOCK, line=OTHER_LINE, effective_on=day(1))
        await world.begin(day(1))

        first, second = await world.told("OptionEnabled")
        assert (first["last"], second["last"]) == (BLOCK[1], BLOCK[1])
        assert (second["version"], second["line"]) == (2, OTHER_LINE)

    async def test_takes_a_number_out_of_its_block_and_back(self, world: World) -> None:
        await world.place()
        await world.port(*BLOCK)
        await world.port(INSIDE, direction="out", effective_on=day(1))
        await world.port(INSIDE, effective_on=day(9))

        await world.begin(day(1))
        await world.begin(day(9))

        assert await world.tale() == [
            ("OptionEnabled", BLOCK[0], 1),
            ("OptionDisabled", INSIDE, 2),
            ("OptionEnabled", INSIDE, 3),
        ]

    async def test_gives_a_later_owner_the_next_version(self, world: World) -> None:
        await world.place()
        await world.port()
        await world.place("R-1", "pmx-ngn", customer_number=RIVAL)
        await world.port(direction="out", effective_on=day(1))
        await world.port(customer_number=RIVAL, line="L-9", effective_on=day(1))

        await world.begin(day(1))

        *_, ended, begun = await world.told("OptionEnabled", "OptionDisabled")
        assert (ended["customer_number"], ended["reason"]) == (OFFICE, "ported_out")
        assert (begun["customer_number"], begun["product"]) == (RIVAL, "pmx-ngn")
        assert (ended["version"], begun["version"]) == (2, 3)

    async def test_lets_another_customer_wait(self, world: World) -> None:
        await world.place()
        await world.port()
        await world.place("R-1", customer_number=RIVAL)

        await world.port(customer_number=RIVAL)

        assert await world.enabled() == [ONE]
        statuses = await world.pool.fetch("SELECT status FROM movement ORDER BY id")
        assert [row["status"] for row in statuses] == ["live", "contested"]

    async def test_records_a_port_out_of_an_unknown_number(self, world: World) -> None:
        await world.port(direction="out")

        assert await world.told() == []
        assert await world.pool.fetchval("SELECT status FROM movement") == "done"

    async def test_rejects_the_order_of_somebody_else(self, world: World) -> None:
        await world.place("R-1", customer_number=RIVAL)

        with pytest.raises(Rejected, match="another customer"):
            await world.port(order_id="R-1")

    async def test_keeps_the_history(self, world: World) -> None:
        await world.place()
        await world.port()
        await world.port(direction="out")

        rows = await world.pool.fetch("SELECT * FROM option_change ORDER BY version")

        assert [row["ended"] for row in rows] == [None, "ported_out"]
