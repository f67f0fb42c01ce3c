"""Signals that name more lines than are weighed one by one, on a real database."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from chassis.postgres import Pool
from support.watched import Watched, heard
from support.watching import NOON

MANY = tuple(f"L{n:03}" for n in range(101))
AN_HOUR = timedelta(hours=1)


async def many_fail(watched: Watched, *more: str, **said: Any) -> None:
    plain: dict[str, Any] = {"alarm_id": "many", "confirmed": True}
    await watched.hears(heard("down", *MANY, *more, **plain | said))


@pytest.fixture(autouse=True)
async def inventory(watched: Watched) -> None:
    """Let 101 lines hang on the element N, and two others elsewhere."""
    await watched.connects(*MANY, to=("N", "AGG"))
    await watched.connects("X1", "X2", to=("M", "AGG"))


async def works_at(watched: Watched, element: str) -> None:
    """Let work begin that leaves the service alone as long as nothing fails."""
    await watched.commands(
        "plan",
        element=element,
        takes_service=False,
        starts_at=NOON,
        ends_at=NOON + AN_HOUR,
    )


async def kinds(watched: Watched) -> list[str]:
    return [each.get("kind", "") for each in await watched.outages()]


async def test_belongs_to_the_work_at_the_element_above(watched: Watched) -> None:
    await works_at(watched, "N")
    await many_fail(watched)

    assert await kinds(watched) == ["planned"]


async def test_is_a_fault_once_that_work_is_over(watched: Watched) -> None:
    await works_at(watched, "N")
    await many_fail(watched)
    await watched.waits(AN_HOUR.total_seconds())

    assert await kinds(watched) == ["planned", "fault"]


async def test_is_a_fault_where_one_line_hangs_elsewhere(watched: Watched) -> None:
    await works_at(watched, "N")
    await many_fail(watched, "X1")

    assert await kinds(watched) == ["fault"]


async def test_is_followed_and_not_told_below_an_element_that_is_down(
    watched: Watched,
) -> None:
    await watched.hears(heard("down", element="N", confirmed=True))
    await many_fail(watched)
    await many_fail(watched, note="again")
    await watched.waits(60)

    assert await watched.places() == ["detected N"]


async def test_is_told_before_the_element_is_cleared(watched: Watched) -> None:
    await watched.hears(heard("down", element="N", confirmed=True))
    await many_fail(watched)
    await watched.hears(heard("up", element="N", at=NOON))
    await watched.waits(120)

    first, second, third = await watched.outages()
    assert (first["element"], third["element"]) == ("N", "N")
    assert (second["lines"], second["root_cause"]) == (list(MANY), "N")


async def test_stays_planned_when_the_element_above_no_longer_covers_it(
    watched: Watched,
) -> None:
    await works_at(watched, "N")
    await watched.hears(heard("down", element="N", confirmed=True))
    await many_fail(watched)
    assert await kinds(watched) == ["planned"]

    await watched.hears(heard("up", element="N", at=NOON + timedelta(seconds=1)))
    await watched.waits(120)
    assert await kinds(watched) == ["planned", "planned", ""]


async def test_blames_no_element(watched: Watched) -> None:
    await many_fail(watched)

    assert await watched.places() == [f"detected {' '.join(MANY)}"]


async def test_asks_no_more_often_the_more_lines_it_names(
    watched: Watched, pool: Pool
) -> None:
    asked: Counter[int] = Counter()
    for count in (101, 2000):
        lines = [f"L{number:03}" for number in range(count)]
        signal = heard("down", *lines, alarm_id=str(count), confirmed=True)
        async with pool.acquire() as connection, connection.transaction():

            def count_one(_: LoggedQuery, count: int = count) -> None:
                asked[count] += 1

            with connection.query_logger(count_one):
                await watched.watcher.hear([signal], connection)

    assert asked[101] == asked[2000] > 0
