"""A list of many signals in one request: nobody waits until all of it is taken."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis.clock import SetClock
from chassis.postgres import Connection, Pool, Transaction
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.usecases import Watcher
from support.outbox import queued
from support.watched import Watched

from .conftest import SECRETS, clients

PART = 10
Sends = Callable[[object], Awaitable[httpx.Response]]
Between = Callable[[int], Awaitable[None]]


def down(n: int, **said: Any) -> dict[str, Any]:
    plain = {"source": "probe", "alarm_id": f"a{n}", "lines": [f"L{n:02}"]}
    return plain | {"state": "down", "confirmed": True} | said


class Door:
    """Lets transactions through, and does something before each."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.entered = 0
        self.before: Between | None = None

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Connection]:
        self.entered += 1
        if self.before:
            await self.before(self.entered)
        async with self.transaction() as connection:
            yield connection


@pytest.fixture
def door(transaction: Transaction) -> Door:
    return Door(transaction)


@pytest.fixture
async def sends(
    watcher: Watcher, clock: SetClock, transaction: Transaction, door: Door
) -> AsyncIterator[Sends]:
    """Return how the source `probe` sends a body; ten signals are many."""
    desk = Desk(
        watcher, Sources(SECRETS, frozenset()), door.changing, transaction, clock, 10**6
    )
    async with clients(make_api(replace(desk, at_once=PART))) as client:
        yield lambda body: client("probe").post("/signals", json=body)


async def told(pool: Pool) -> Counter[tuple[str, str]]:
    return Counter(
        (event["topic"], line)
        for event in await queued(pool)
        for line in event.get("lines", ())
    )


def each_once(count: int) -> Counter[tuple[str, str]]:
    return Counter(("OutageDetected", f"L{n:02}") for n in range(count))


async def test_others_are_answered_while_it_is_taken(
    sends: Sends, door: Door, pool: Pool
) -> None:
    seen: list[tuple[int, int]] = []

    async def another(entered: int) -> None:
        if entered == 2:
            answer = await sends(down(99))
            alarms = await pool.fetchval("SELECT count(*) FROM evidence")
            seen.append((answer.status_code, alarms))

    door.before = another
    answer = await sends([down(n) for n in range(3 * PART)])

    assert answer.json()["accepted"] == 3 * PART
    assert seen == [(202, PART + 1)]


async def test_sent_again_after_a_break_it_loses_and_doubles_nothing(
    sends: Sends, door: Door, pool: Pool
) -> None:
    body = [down(n) for n in range(2 * PART + 5)]

    async def breaks(entered: int) -> None:
        if entered == 3:
            raise ConnectionResetError

    door.before = breaks
    broken = await sends(body)
    assert (broken.status_code, broken.json()["code"]) == (503, "unavailable")
    assert await told(pool) == each_once(2 * PART)

    again = await sends(body)
    assert (again.status_code, again.json()["accepted"]) == (202, len(body))
    assert await told(pool) == each_once(len(body))


async def test_its_bad_ones_are_named_by_their_place_in_the_whole_list(
    sends: Sends,
) -> None:
    body: list[object] = [down(n) for n in range(3 * PART)]
    body[PART + 2], body[2 * PART + 3] = 7, down(1, lines=[])

    said = (await sends(body)).json()

    assert said["accepted"] == 3 * PART - 2
    assert [each["index"] for each in said["rejected"]] == [PART + 2]
    assert [each["index"] for each in said["quarantined"]] == [2 * PART + 3]


async def test_a_storm_is_seen_by_all_of_it(
    sends: Sends, watcher: Watcher, pool: Pool
) -> None:
    """Or the first of a monitoring's false alarms would be told one by one."""
    watcher.policy = Policy(Holds(storm_least=3 * PART))
    known = [down(n) for n in range(PART)]
    await sends(known)
    await sends([*known, *(down(n) for n in range(PART, 4 * PART))])

    assert await told(pool) == each_once(PART)


async def test_what_is_known_makes_no_storm(
    sends: Sends, watched: Watched, pool: Pool
) -> None:
    watched.watcher.policy = Policy(Holds(storm_least=3 * PART))
    first = [down(n) for n in range(3 * PART)]
    await sends(first)
    await watched.waits(timedelta(minutes=5).total_seconds())
    await sends([*(down(n) for n in range(3 * PART, 4 * PART)), *first])

    assert await told(pool) == each_once(4 * PART)


async def test_its_signs_of_life_come_first(
    sends: Sends, watched: Watched, pool: Pool
) -> None:
    beat = {"source": "probe", "alarm_id": "heartbeat", "state": "up"}
    await sends(beat)
    await watched.waits(timedelta(hours=1).total_seconds())
    await sends([*(down(n) for n in range(2 * PART)), beat])

    uncertain = [event["uncertain"] for event in await queued(pool)]
    assert uncertain == [False] * 2 * PART
