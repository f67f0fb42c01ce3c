"""Days begin in Germany, also where the clocks change."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from chassis.clock import BERLIN, start_of_day
from provisioning.handlers import COUNTED_EVERY, Calendar
from provisioning.store.numbers import NumberStore
from provisioning.usecases import calendar
from support.provisioning import BLOCK, ONE, THREE, TWO, day
from support.provisioning_world import World

SECOND = timedelta(seconds=1)
BEFORE_SPRING = date(2027, 3, 28)
AFTER_SPRING = date(2027, 3, 29)
BEFORE_AUTUMN = date(2027, 10, 31)
AFTER_AUTUMN = date(2027, 11, 1)


class TestOpenDue:
    @pytest.mark.parametrize(
        "on",
        [day(1), BEFORE_SPRING, AFTER_SPRING, BEFORE_AUTUMN, AFTER_AUTUMN],
    )
    async def test_opens_at_midnight_and_no_second_before(
        self, world: World, on: date
    ) -> None:
        await world.place()
        await world.port(effective_on=on)
        midnight = datetime(on.year, on.month, on.day, tzinfo=BERLIN)

        world.at(midnight - SECOND)
        await world.look()
        assert await world.enabled() == []

        world.at(midnight)
        await world.look()
        assert await world.enabled() == [ONE]

    async def test_opens_three_numbers_on_three_days(self, world: World) -> None:
        await world.place()
        for number, on in ((ONE, 1), (TWO, 2), (THREE, 3)):
            await world.port(number, effective_on=day(on))

        await world.begin(day(1))
        assert await world.enabled() == [ONE]
        await world.begin(day(2))
        assert await world.enabled() == [ONE, TWO]
        await world.begin(day(3))
        assert await world.enabled() == [ONE, TWO, THREE]

    async def test_opens_each_number_once_in_several_instances(
        self, world: World
    ) -> None:
        numbers = [f"+4930231250{n:02}" for n in range(40)]
        blocks = [f"+49221471{n}000" for n in range(10)]
        await world.place()
        for number in numbers:
            await world.port(number, effective_on=day(1))
        for block in blocks:
            await world.port(block, f"{block[:-3]}999", effective_on=day(1))
        world.at(start_of_day(day(1)))

        await asyncio.gather(*(world.look() for _ in range(6)))

        assert sorted(await world.enabled()) == sorted([*numbers, *blocks])

    async def test_keeps_opening_when_one_number_fails(self, world: World) -> None:
        await world.place()
        await world.port(effective_on=day(1))
        await world.port(*BLOCK, effective_on=day(1))
        await world.pool.execute(
            # What no code of ours would write stands for a bug in it.
            "UPDATE movement SET number = '+4930', last = '+4930' WHERE number = $1",
            ONE,
        )

        await world.begin(day(1))

        assert await world.enabled() == [BLOCK[0]]

    async def test_keeps_opening_the_neighbours_of_one_that_fails(
        self, world: World
    ) -> None:
        await world.place()
        for number in (ONE, TWO, THREE):
            await world.port(number, effective_on=day(1))
        await world.pool.execute(
            "UPDATE movement SET last = $2 WHERE number = $1",
            THREE,
            f"+{int(THREE[1:]) + 3}",  # no block has four numbers
        )

        await world.begin(day(1))

        assert await world.enabled() == [ONE, TWO]

    async def test_keeps_opening_behind_many_that_fail(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calendar, "OPENINGS_AT_ONCE", 2)
        await world.place()
        for number in (ONE, TWO, THREE):
            await world.port(number, effective_on=day(1))
        await world.pool.execute("UPDATE movement SET number = '+4930', last = '+4930'")
        for block in BLOCK, ("+492214711000", "+492214711999"):
            await world.port(*block, effective_on=day(2))

        await world.begin(day(2))

        assert await world.enabled() == [BLOCK[0], "+492214711000"]

    async def test_catches_up_after_days_of_silence(self, world: World) -> None:
        await world.place()
        await world.port(effective_on=day(1))
        await world.port(direction="out", effective_on=day(2))
        await world.port(TWO, effective_on=day(2))

        await world.begin(day(9))

        assert await world.enabled() == [TWO]


class TestCalendar:
    async def test_shows_what_is_live_and_when_the_next_one_opens(
        self, world: World
    ) -> None:
        await world.port()
        await world.port(TWO, effective_on=day(4))

        await Calendar(world.transaction, world.clock, 30 * SECOND).look()

        assert REGISTRY.get_sample_value("provisioning_numbers_live") == 1
        assert (
            REGISTRY.get_sample_value("provisioning_next_opening_timestamp_seconds")
            == start_of_day(day(4)).timestamp()
        )

    async def test_counts_what_is_live_now_and_then_and_what_waits_at_each_look(
        self, world: World
    ) -> None:
        calendar = Calendar(world.transaction, world.clock, 30 * SECOND)
        await world.port()
        await calendar.look()
        await world.port(TWO)
        await world.port(ONE, customer_number="K-2000")

        await calendar.look()
        assert REGISTRY.get_sample_value("provisioning_numbers_contested") == 1
        assert REGISTRY.get_sample_value("provisioning_numbers_live") == 1

        world.at(world.clock.now() + COUNTED_EVERY)
        await calendar.look()
        assert REGISTRY.get_sample_value("provisioning_numbers_live") == 2

    async def test_reads_no_whole_table_to_see_what_waits(self, world: World) -> None:
        """A carrier's numbers are some 100,000, and it looks every 30 seconds."""
        looked = """
            SELECT seq_scan FROM pg_stat_user_tables
             WHERE schemaname = current_schema() AND relname = 'movement'
        """
        await world.port(TWO, effective_on=day(4))
        async with world.pool.acquire() as connection:
            await connection.execute("SET enable_seqscan = off")  # the table is tiny
            before = await connection.fetchval(looked)
            pending = await NumberStore(connection).pending()
            await connection.execute("SELECT pg_stat_force_next_flush()")

            assert pending.next_opening == start_of_day(day(4))
            assert await connection.fetchval(looked) == before
