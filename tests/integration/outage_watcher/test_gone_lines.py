"""A line that nobody has cannot fail; what fails there counts when it is back."""

from datetime import timedelta
from typing import Any

import pytest

from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.snapshot import Snapshot
from support.watched import Watched, heard
from support.watching import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
async def line(watched: Watched) -> str:
    await watched.connects("L1", to=("N",))
    return "L1"


async def leaves(watched: Watched, line: str, version: int = 2) -> None:
    await watched.connects(line, to=("N",), version=version, gone=True)


async def comes_back(watched: Watched, line: str, version: int = 3) -> None:
    await watched.connects(line, to=("N",), version=version)


async def fails(watched: Watched, *lines: str, **said: Any) -> None:
    await watched.hears(heard("down", *lines, confirmed=True, **said))


async def test_it_ends_an_outage_once(watched: Watched, line: str) -> None:
    await fails(watched, line)
    await leaves(watched, line)
    await leaves(watched, line)
    await watched.connects(line, to=("N",), version=1)

    assert await watched.places() == ["detected L1", "cleared L1"]
    last = (await watched.outages())[-1]
    assert (last["reason"], last["note"]) == ("expired", "decommissioned")


async def test_it_ends_an_outage_that_names_it_as_an_element(
    watched: Watched, line: str
) -> None:
    await fails(watched, element=line)
    await leaves(watched, line)

    assert await watched.places() == ["detected L1", "cleared L1"]


async def test_nothing_fails_there(watched: Watched, line: str) -> None:
    await leaves(watched, line)
    await fails(watched, line)
    await fails(watched, element=line, alarm_id="other")
    await watched.waits(3600)

    assert await watched.places() == []


async def test_what_still_fails_there_counts_when_it_is_back(
    watched: Watched, line: str
) -> None:
    await fails(watched, line)
    await leaves(watched, line)
    await fails(watched, line)
    await comes_back(watched, line)
    await comes_back(watched, line)

    assert await watched.places() == ["detected L1", "cleared L1", "detected L1"]
    first, _, again = await watched.outages()
    assert first["outage_id"] != again["outage_id"]
    assert first["occurred_at"] == again["occurred_at"]


async def test_what_began_there_counts_when_it_is_back(
    watched: Watched, line: str
) -> None:
    await leaves(watched, line)
    await fails(watched, line)
    await comes_back(watched, line)

    assert await watched.places() == ["detected L1"]


async def test_what_recovered_meanwhile_does_not(watched: Watched, line: str) -> None:
    await fails(watched, line)
    await leaves(watched, line)
    await watched.hears(heard("up", line, at=NOON + HOUR))
    await comes_back(watched, line)

    assert await watched.places() == ["detected L1", "cleared L1"]


async def test_what_its_source_lists_no_more_does_not(
    watched: Watched, line: str
) -> None:
    watched.watcher.policy = Policy(default=Holds(asked=True))
    await fails(watched, line)
    await leaves(watched, line)
    for minute in (1, 2):
        watched.clock.move(timedelta(minutes=1))
        asked = Snapshot("probe", NOON + timedelta(minutes=minute))
        async with watched.transaction() as connection:
            await watched.watcher.compare(asked, connection)
    await comes_back(watched, line)

    assert await watched.places() == ["detected L1", "cleared L1"]


async def test_what_a_person_declared_does_not(watched: Watched, line: str) -> None:
    await watched.commands("declare", lines=(line,))
    await leaves(watched, line)
    await comes_back(watched, line)

    assert await watched.places() == ["detected L1", "cleared L1"]


async def test_an_outage_of_more_lines_loses_it_and_gets_it_back(
    watched: Watched, line: str
) -> None:
    await fails(watched, line, "L2", alarm_id="both")
    await leaves(watched, line)
    await fails(watched, line, "L2", alarm_id="both")
    await comes_back(watched, line)

    assert await watched.places() == [
        "detected L1 L2",
        "detected L2",
        "detected L1 L2",
    ]
    assert len({each["outage_id"] for each in await watched.outages()}) == 1


async def test_gone_and_back_in_one_batch_changes_nothing(
    watched: Watched, line: str
) -> None:
    await fails(watched, line)
    gone = watched.connected(line, to=("N",), version=2, gone=True)
    back = watched.connected(line, to=("N",), version=3)
    await watched.connect([gone, back])

    assert await watched.places() == ["detected L1"]


async def test_it_does_not_count_among_the_lines_of_its_element(
    watched: Watched, line: str
) -> None:
    await watched.connects("L2", "L3", "L4", to=("N",))
    await leaves(watched, line)
    for each in ("L2", "L3", "L4"):
        await watched.hears(heard("down", each))
    await watched.waits(30)

    assert await watched.places() == ["detected N"]


async def test_an_outage_of_more_lines_stays_without_it_whatever_moves(
    watched: Watched, line: str
) -> None:
    await fails(watched, line, "L2", alarm_id="both")
    await leaves(watched, line)
    told = await watched.places()
    await watched.hears(heard("up", source="probe", alarm_id="heartbeat"))
    await watched.waits(HOUR.total_seconds())
    await watched.commands("plan", element="X", starts_at=NOON, ends_at=NOON + 2 * HOUR)

    kept = [each for each in await watched.outages() if each["element"] != "X"]
    assert {tuple(each["lines"]) for each in kept[len(told) :]} == {("L2",)}


async def test_what_fails_beside_it_joins_the_outage_of_what_is_left(
    watched: Watched, line: str
) -> None:
    await fails(watched, line, "L2", alarm_id="both")
    await leaves(watched, line)
    told = await watched.places()
    await fails(watched, "L2")

    assert await watched.places() == told
