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
from support.watching import NOON

from .conftest import SECRETS, clients

PART = 10
AN_HOUR = timedelta(hours=1)
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

    def breaks_at(self, turn: int) -> None:
        """Let the connection to the database break then."""

        async def breaks(entered: int) -> None:
            if entered == turn:
                raise ConnectionResetError

        self.before = breaks


@pytest.fixture
def door(transaction: Transaction) -> Door:
    return Door(transaction)


@pytest.fixture
async def client(
    watcher: Watcher, clock: SetClock, transaction: Transaction, door: Door
) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    """Return a client of a source; ten signals are many."""
    secrets = SECRETS | {"alertmanager": "a-secret", "ves": "v-secret"}
    sources = Sources(secrets, frozenset())
    desk = Desk(watcher, sources, door.changing, transaction, clock, 10**6)
    async with clients(make_api(replace(desk, at_once=PART))) as client:
        yield lambda name: client(secrets[name])


@pytest.fixture
def sends(client: Callable[[str], httpx.AsyncClient]) -> Sends:
    """Return how the source `probe` sends a body."""
    return lambda body: client("probe").post("/signals", json=body)


@pytest.fixture
def posts(client: Callable[[str], httpx.AsyncClient], watcher: Watcher) -> Sends:
    """Return how Alertmanager sends a webhook; what it says needs no hold."""
    watcher.policy = Policy(Holds(down=timedelta(0)))
    return lambda body: client("alertmanager").post("/webhooks/alertmanager", json=body)


async def told(pool: Pool) -> Counter[tuple[str, str]]:
    return Counter(
        (event["topic"], line)
        for event in await queued(pool)
        for line in event.get("lines", ())
    )


def each_once(count: int) -> Counter[tuple[str, str]]:
    return Counter(("OutageDetected", f"L{n:02}") for n in range(count))


@pytest.fixture
def seen(sends: Sends, door: Door, pool: Pool) -> list[tuple[int, int]]:
    """What another is answered behind the first part, and how many alarms are known."""
    seen: list[tuple[int, int]] = []

    async def another(entered: int) -> None:
        if entered == 2:
            answer = await sends(down(99))
            alarms = await pool.fetchval("SELECT count(*) FROM evidence")
            seen.append((answer.status_code, alarms))

    door.before = another
    return seen


async def test_others_are_answered_while_it_is_taken(
    sends: Sends, seen: list[tuple[int, int]]
) -> None:
    answer = await sends([down(n) for n in range(3 * PART)])

    assert answer.json()["accepted"] == 3 * PART
    assert seen == [(202, PART + 1)]


async def test_sent_again_after_a_break_it_loses_and_doubles_nothing(
    sends: Sends, door: Door, pool: Pool
) -> None:
    body = [down(n) for n in range(2 * PART + 5)]
    door.breaks_at(3)
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
    await watched.waits(AN_HOUR.total_seconds())
    await sends([*(down(n) for n in range(2 * PART)), beat])

    uncertain = [event["uncertain"] for event in await queued(pool)]
    assert uncertain == [False] * 2 * PART


async def test_an_element_is_weighed_by_all_of_it(
    sends: Sends, watched: Watched
) -> None:
    """Or the lines that are heard before most of them would be told one by one."""
    lines = [f"L{n:02}" for n in range(3 * PART)]
    await watched.connects(*lines, to=("N",))
    await sends([down(n) for n in range(3 * PART)])

    assert await watched.places() == ["detected N"]


async def test_none_of_its_lines_is_told_while_they_recover_with_their_element(
    sends: Sends, watched: Watched
) -> None:
    lines = [f"L{n:02}" for n in range(3 * PART)]
    await watched.connects(*lines, to=("N",))
    await sends([down(n) for n in range(3 * PART)])
    await sends([down(n, state="up") for n in range(3 * PART)])
    await watched.waits(AN_HOUR.total_seconds())

    assert await watched.places() == ["detected N", "cleared N"]


async def test_what_is_over_by_now_blames_no_element_when_it_is_said_again(
    sends: Sends, watched: Watched
) -> None:
    lines = [f"L{n:02}" for n in range(3 * PART)]
    await watched.connects(*lines, to=("N",))
    began, over = NOON.isoformat(), (NOON + timedelta(seconds=1)).isoformat()
    failed = [down(n, occurred_at=began) for n in range(3 * PART)]
    await sends([{**each, "confirmed": False} for each in failed])
    await sends([down(n, state="up", occurred_at=over) for n in range(3 * PART)])
    await sends(failed)

    assert not [each for each in await watched.places() if "detected" in each]


async def test_sent_again_after_a_break_it_leaves_its_element_as_it_is(
    sends: Sends, door: Door, watched: Watched
) -> None:
    lines = [f"L{n:02}" for n in range(3 * PART)]
    await watched.connects(*lines, to=("N",))
    body = [down(n) for n in range(3 * PART)]
    door.breaks_at(2)
    assert (await sends(body)).status_code == 503
    assert await watched.places() == ["detected N"]

    await watched.waits(AN_HOUR.total_seconds())
    assert (await sends(body)).status_code == 202
    assert await watched.places() == ["detected N"]


def fires(count: int, *more: object, **said: Any) -> dict[str, Any]:
    """Return a webhook in which so many lines are down."""
    alerts = [
        {
            "status": "firing",
            "labels": {"alertname": "LineDown", "line": f"L{n:02}"},
            "startsAt": NOON.isoformat(),
        }
        for n in range(count)
    ]
    return {"version": "4", "alerts": [*alerts, *more]} | said


class TestWebhook:
    async def test_others_are_answered_while_it_is_taken(
        self, posts: Sends, seen: list[tuple[int, int]]
    ) -> None:
        answer = await posts(fires(3 * PART))

        assert answer.json()["accepted"] == 3 * PART
        assert seen == [(202, PART + 1)]

    async def test_sent_again_after_a_break_it_loses_and_doubles_nothing(
        self, posts: Sends, door: Door, watched: Watched, pool: Pool
    ) -> None:
        body = fires(2 * PART + 5, {"labels": {}}, truncatedAlerts=3)
        door.breaks_at(3)
        broken = await posts(body)
        assert (broken.status_code, broken.json()["code"]) == (503, "unavailable")
        assert await told(pool) == each_once(2 * PART)

        await watched.waits(AN_HOUR.total_seconds())
        again = await posts(body)
        assert again.json()["accepted"] == 2 * PART + 5
        assert await told(pool) == each_once(2 * PART + 5)
        assert await pool.fetchval("SELECT count(*) FROM dead_letter") == 1
        assert await pool.fetchval("SELECT wanted FROM asked") is True

    async def test_an_element_is_weighed_by_all_of_it(
        self, posts: Sends, watched: Watched
    ) -> None:
        lines = [f"L{n:02}" for n in range(3 * PART)]
        await watched.connects(*lines, to=("N",))
        await posts(fires(3 * PART))

        assert await watched.places() == ["detected N"]

    async def test_work_that_ends_does_so_after_all_that_recovers_with_it(
        self, client: Callable[[str], httpx.AsyncClient], watched: Watched
    ) -> None:
        def changes(new: str, *lines: str) -> dict[str, Any]:
            def event(line: str) -> dict[str, Any]:
                header = {"domain": "stateChange", "sourceName": line}
                said = {"newState": new}
                return {"commonEventHeader": header, "stateChangeFields": said}

            return {"eventList": [event(line) for line in lines]}

        async def post(body: dict[str, Any]) -> None:
            assert (await client("ves").post("/webhooks/ves", json=body)).is_success

        watched.watcher.policy = Policy(Holds(down=timedelta(0), up=timedelta(0)))
        lines = [f"L-{n:02}" for n in range(2 * PART)]
        await post(changes("maintenance", *lines))
        await watched.waits(1)
        await post(changes("outOfService", *lines))
        await watched.waits(1)
        await post(changes("inService", *lines))

        kinds = {each.get("kind") for each in await watched.outages()}
        assert kinds == {"planned", None}
