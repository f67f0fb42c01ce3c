"""A customer who is erased: his facts stay true under a pseudonym."""

from datetime import datetime, timedelta

import pytest

from chassis.clock import Clock
from chassis.erasing import Erasing
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.customers import CustomerErased
from provisioning.usecases.erasing import erase_customer
from support.provisioning import NOON, OFFICE, ONE, RIVAL, TODAY, day
from support.provisioning_world import World

PSEUDONYM = "erased-1"
ORDERS = "SELECT order_id FROM customer_order WHERE customer_number = $1"


def erasing(world: World) -> Erasing:
    return Erasing(world.transaction, erase_customer)


async def erase(world: World, pseudonym: str = PSEUDONYM) -> None:
    event = CustomerErased(
        customer_number=OFFICE,
        pseudonym=pseudonym,
        erased_by="hotline",
        erased_at=NOON,
    )

    async def on_time(
        received: Received[CustomerErased], connection: Connection, _: Clock
    ) -> None:
        await erasing(world).on_erased(received, connection)

    await world.give(on_time, event)


async def rows(world: World) -> str:
    """Return every row of provisioning's own tables as text."""
    tables = (
        "customer_order",
        "cancellation",
        "movement",
        "option_change",
        "line",
        "erasure_waiting",
    )
    found = [
        await world.pool.fetchval(
            f"SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text FROM {table} t"  # noqa: S608 - a name from above
        )
        for table in tables
    ]
    return " ".join(found)


async def test_nothing_names_him_any_more(world: World) -> None:
    await world.place(channel="portal", placed_by="chef@kunde.example")
    await world.port()
    await world.cancel()
    await world.port(direction="out")

    await erase(world)

    left = await rows(world)
    assert OFFICE not in left
    assert "chef@kunde.example" not in left
    assert PSEUDONYM in left


async def test_his_facts_tell_nothing_new(world: World) -> None:
    await world.place()
    await world.port()
    await world.port(direction="out")
    before = await world.told()

    await erase(world)
    await world.look()

    assert await world.told() == before


async def test_the_next_owner_goes_on_with_the_next_version(world: World) -> None:
    await world.place()
    await world.port()
    await world.port(direction="out")
    await erase(world)

    await world.place("P-2", customer_number=RIVAL)
    await world.port(customer_number=RIVAL)

    assert await world.tale() == [
        ("OptionEnabled", ONE, 1),
        ("OptionDisabled", ONE, 2),
        ("OptionEnabled", ONE, 3),
    ]


@pytest.mark.parametrize("later", [0, 1])
async def test_a_number_that_is_here_or_to_come_is_waited_for(
    world: World, later: int
) -> None:
    await world.place()
    await world.port(effective_on=day(later) if later else TODAY)

    await erase(world)

    assert await erasing(world).look() == 1
    assert PSEUDONYM in await rows(world)
    if later:
        await world.begin(day(later))
    assert await world.enabled() == [ONE]

    await world.port(direction="out", effective_on=day(later))

    assert await erasing(world).look() == 0
    assert OFFICE not in await rows(world)
    assert await erasing(world).look() == 0


async def test_who_waits_keeps_nobody_else(world: World) -> None:
    await world.place()
    await world.port()
    await world.port("+4921160000099", customer_number=RIVAL)
    await erase(world)
    await world.port("+4921160000099", customer_number=RIVAL, direction="out")

    event = CustomerErased(
        customer_number=RIVAL, pseudonym="erased-2", erased_by="x", erased_at=NOON
    )
    async with world.transaction() as connection:
        await erasing(world).on_erased(Received(event, "m-2", NOON), connection)

    assert RIVAL not in await rows(world)


async def test_who_cannot_be_erased_keeps_nobody_else(world: World) -> None:
    await world.place()
    await world.port()
    await erase(world)
    await world.pool.execute(
        "INSERT INTO erasure_waiting VALUES ('A-broken', 'erased-0', $1)", NOON
    )
    await world.port(direction="out")

    async def fails_for_one(
        connection: Connection, who: str, pseudonym: str, at: datetime
    ) -> bool:
        if who == "A-broken":
            raise ZeroDivisionError
        return await erase_customer(connection, who, pseudonym, at)

    assert await Erasing(world.transaction, fails_for_one).look() == 1
    assert OFFICE not in await rows(world)


async def test_told_again_while_it_waits_it_is_one_erasure(world: World) -> None:
    await world.place()
    await world.port()
    await erase(world)
    await erase(world, "erased-again")
    await world.port(direction="out")

    assert await erasing(world).look() == 0

    left = await rows(world)
    assert OFFICE not in left
    assert PSEUDONYM not in left
    assert "erased-again" in left


async def test_who_has_ordered_since_keeps_what_is_newer(world: World) -> None:
    await world.place()
    await world.port()
    await world.cancel()
    await world.port(direction="out")
    old = [row["order_id"] for row in await world.pool.fetch(ORDERS, OFFICE)]
    world.clock.move(timedelta(hours=1))
    erased_at = world.clock.now()
    world.clock.move(timedelta(hours=1))
    later = world.clock.now()
    await world.place("P-2", placed_at=later)
    await world.port("+493023125098")
    event = CustomerErased(
        customer_number=OFFICE,
        pseudonym=PSEUDONYM,
        erased_by="hotline",
        erased_at=erased_at,
    )

    async with world.transaction() as connection:
        await erasing(world).on_erased(Received(event, "m-1", later), connection)

    assert [row["order_id"] for row in await world.pool.fetch(ORDERS, OFFICE)] == [
        "P-2"
    ]
    assert [row["order_id"] for row in await world.pool.fetch(ORDERS, PSEUDONYM)] == old
    assert (await world.enabled())[-1] == "+493023125098"
    assert await erasing(world).look() == 0
    of_old = "SELECT DISTINCT customer_number FROM option_change WHERE order_id = 'P-1'"
    assert await world.pool.fetchval(of_old) == PSEUDONYM
