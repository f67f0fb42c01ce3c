"""Storms on a real database: what each of their batches has to read."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from chassis.inbox import Received
from chassis.postgres import Pool, Transaction
from contracts.event import new_id
from outage_watcher.store import InventoryStore
from support.watched import Watched, heard

SHARE = 0.8
CITY = tuple(f"L{n:03}" for n in range(100))
FAILING = CITY[:80:2]
"""Forty, half of the lines of eight nodes."""


async def half_fails(watched: Watched) -> None:
    """Let 100 lines hang on ten nodes of a city, and forty of them fail."""
    for node in range(10):
        lines = CITY[node * 10 : node * 10 + 10]
        await watched.connects(*lines, to=(f"N{node}", "CITY"))
    await watched.hears(*(heard("down", line) for line in FAILING))


async def read(
    transaction: Transaction, *elements: str, coming: int = 1, share: float = SHARE
) -> set[str]:
    """Return the failing lines that a batch gets to see."""
    async with transaction() as connection:
        store = InventoryStore(connection)
        return set(await store.failing(elements, share=share, coming=coming))


async def test_the_lines_of_an_element_too_large_to_have_failed_are_not_read(
    watched: Watched, transaction: Transaction
) -> None:
    await half_fails(watched)

    assert await read(transaction, "CITY") == set()
    assert await read(transaction, "CITY", "N3") == set(CITY[30:40:2])
    assert await read(transaction, "N9") == set()


async def test_they_are_as_soon_as_so_many_fail_with_those_to_come(
    watched: Watched, transaction: Transaction
) -> None:
    await half_fails(watched)

    assert await read(transaction, "CITY", coming=39) == set()
    assert await read(transaction, "CITY", coming=40) == set(FAILING)
    assert await read(transaction, "CITY", share=0.41) == set(FAILING)


async def test_the_element_is_to_blame_whatever_batch_completes_it(
    watched: Watched,
) -> None:
    await watched.connects(*CITY, to=("CITY",))
    for first in range(0, 100, 15):
        await watched.hears(*(heard("down", each) for each in CITY[first : first + 15]))
    await watched.waits(30)

    assert await watched.places() == ["detected CITY"]


async def test_a_line_that_only_a_lost_source_keeps_down_blames_no_element(
    watched: Watched,
) -> None:
    await watched.connects("L1", "L2", "L3", to=("N",))
    await watched.hears(heard("down", "L1", confirmed=True))
    await watched.hears(heard("down", alarm_id="heartbeat/eye"), heard("up", "L1"))
    other: dict[str, Any] = {"source": "icinga", "confirmed": True}
    await watched.hears(heard("down", "L2", **other), heard("down", "L3", **other))

    told = await watched.places()
    assert sorted(set(told)) == ["detected L1", "detected L2", "detected L3"]


async def test_its_deadlines_fire_in_portions_and_others_come_between(
    watched: Watched,
) -> None:
    """All at once would hold the lock for as long as all of them take."""
    watched.watcher.at_once = 10
    await watched.connects(*CITY, to=("CITY",))
    beyond = [f"X{n}" for n in range(20)]
    await watched.hears(
        *(heard("down", each) for each in (*CITY[:20], *beyond)),
        heard("down", element="CITY", alarm_id="city"),
    )
    told: list[int] = []
    await watched.waits(29)
    while not told or told[-1] < 21:
        await watched.waits(1)
        told.append(len(await watched.places()))
        assert len(told) < 10

    places = await watched.places()
    assert places[0] == "detected CITY"
    assert sorted(places[1:]) == sorted(f"detected {each}" for each in beyond)
    assert told == sorted(set(told)), "nothing was told twice, and some each time"
    assert max(b - a for a, b in pairwise([0, *told])) <= 10


async def beats(watched: Watched, state: str) -> None:
    beat = heard(state, alarm_id="heartbeat").event
    await watched.hears(Received(beat, new_id(), watched.clock.now()))


async def in_portions(watched: Watched, such: str) -> list[int]:
    """Fire until all outages are such, and return how many are after each time."""
    portions: list[int] = []
    while True:
        count = f"SELECT count(*) FROM outage WHERE {such}"  # noqa: S608 - our own
        known = await watched.pool.fetchval(count)
        portions.append(known)
        if known == len(CITY):
            return portions
        assert len(portions) < 20
        await watched.waits(0)


class TestOfASource:
    @pytest.fixture
    async def watched(self, watched: Watched) -> Watched:
        """Let a source that beats say of many lines that they fail."""
        watched.watcher.at_once = 30
        await beats(watched, "up")
        await watched.hears(*(heard("down", each, confirmed=True) for each in CITY))
        await watched.waits(120)
        while len(await watched.places()) < len(CITY):
            await watched.waits(0)
        return watched

    async def test_its_loss_and_return_are_told_in_portions(
        self, watched: Watched
    ) -> None:
        """All at once would hold the lock for as long as all of them take."""
        await watched.waits(60)
        lost = await in_portions(watched, "uncertain")
        await beats(watched, "up")
        back = await in_portions(watched, "NOT uncertain")

        assert lost == back == [30, 60, 90, 100]
        assert len(await watched.places()) == 3 * len(CITY)
        assert await watched.due() is None

    async def test_what_recovered_before_is_held_anew_after_its_return(
        self, watched: Watched, pool: Pool
    ) -> None:
        up = watched.clock.now()
        await watched.hears(*(heard("up", each, at=up) for each in CITY))
        await beats(watched, "down")
        await in_portions(watched, "uncertain")
        await watched.waits(300)
        await beats(watched, "up")
        await in_portions(watched, "NOT uncertain")
        await watched.waits(119)
        before = await pool.fetchval("SELECT count(*) FROM outage WHERE state = 'over'")
        for _ in range(5):
            await watched.waits(1)

        over = await pool.fetchval("SELECT count(*) FROM outage WHERE state = 'over'")
        assert (before, over) == (0, len(CITY))

    async def test_the_hold_of_all_begins_anew_though_it_was_back_at_once(
        self, watched: Watched, pool: Pool
    ) -> None:
        up = watched.clock.now()
        await watched.hears(*(heard("up", each, at=up) for each in CITY))
        await watched.waits(60)
        await beats(watched, "down")
        await beats(watched, "up")
        over = []
        for seconds in (0, 0, 0, 61, 0, 0, 0, 58, 0, 0, 0, 1, 0, 0, 0):
            await watched.waits(seconds)
            count = "SELECT count(*) FROM outage WHERE state = 'over'"
            over.append(await pool.fetchval(count))

        assert over[:11] == [0] * 11
        assert over[-1] == len(CITY)


async def test_what_outlasts_work_is_told_in_portions(watched: Watched) -> None:
    watched.watcher.at_once = 30
    now = watched.clock.now()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
    await watched.commands("plan", lines=CITY, takes_service=False, **times)
    late = now + timedelta(minutes=1)
    await watched.waits(60)
    await watched.hears(
        *(heard("down", each, at=late, confirmed=True) for each in CITY)
    )
    await watched.waits(120)
    await in_portions(watched, "kind = 'planned' AND state = 'down'")

    await watched.waits(3600)

    portions = await in_portions(watched, "kind = 'fault'")
    assert portions == [30, 60, 90, 100]
