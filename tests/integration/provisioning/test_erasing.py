"""A customer who is erased: his facts stay true under a pseudonym."""

import pytest

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.customers import CustomerErased
from provisioning.usecases.erasing import erase_customer
from support.provisioning import NOON, OFFICE, ONE, RIVAL, TODAY, day
from support.provisioning_world import World

PSEUDONYM = "erased-1"


async def erase(world: World) -> None:
    event = CustomerErased(
        customer_number=OFFICE,
        pseudonym=PSEUDONYM,
        erased_by="hotline",
        erased_at=NOON,
    )

    async def on_time(
        received: Received[CustomerErased], connection: Connection, _: Clock
    ) -> None:
        await erase_customer(received, connection)

    await world.give(on_time, event)


async def rows(world: World) -> str:
    """Return every row of provisioning's own tables as text."""
    tables = ("customer_order", "cancellation", "movement", "option_change", "line")
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

    with pytest.raises(Unavailable):
        await erase(world)

    assert OFFICE in await rows(world)
