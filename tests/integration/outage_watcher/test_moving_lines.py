"""Lines that move to another element while something recovers, on a real database."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.outages import RecoveryNoticed
from outage_watcher.domain.remark import Remark
from support.outbox import queued
from support.watched import Watched, heard
from support.watching import NOON


async def says(watched: Watched, state: str, *lines: str, **said: Any) -> None:
    """Say it of the present moment."""
    now = watched.clock.now()
    signals = [heard(state, line, at=now, confirmed=True) for line in lines]
    if said:
        signals.append(heard(state, at=now, confirmed=True, **said))
    await watched.hears(*signals)


async def ends(watched: Watched) -> list[str | None]:
    """Return when readers are told that outages of lines will be over."""
    lines = {each["outage_id"] for each in await watched.outages() if each["lines"]}
    noticed = await queued(watched.pool, RecoveryNoticed.topic())
    return [each["clears_at"] for each in noticed if each["outage_id"] in lines]


@pytest.fixture(autouse=True)
async def inventory(watched: Watched) -> None:
    """Let two lines hang on the element N, which is down, and one on M."""
    await watched.connects("L1", "L2", to=("N",))
    await watched.connects("M1", to=("M",))
    await says(watched, "down", element="N")


async def leaves(watched: Watched, line: str, *, to: str = "M") -> None:
    await watched.connects(line, to=(to,), version=2)


class TestALineThatFailedItself:
    """
    Its own alarm recovered, and its own hold runs: its calls come home with that.

    Given N is down and L1 below it fails as well, which is followed and not told,
    When L1 works again and moves to M before its hold ends,
    Then L1 is told with the end of its hold, and cleared at that time.
    """

    @pytest.fixture(autouse=True)
    async def failed(self, watched: Watched) -> None:
        await says(watched, "down", "L1")
        assert await watched.places() == ["detected N"]
        await watched.waits(60)

    async def test_keeps_its_hold_when_it_leaves_what_recovers_too(
        self, watched: Watched
    ) -> None:
        await says(watched, "up", "L1", element="N")
        await watched.waits(30)
        await leaves(watched, "L1")
        assert await watched.places() == ["detected N", "detected L1"]
        assert await ends(watched) == ["2026-11-23T12:03:00Z"]

        await watched.waits(90)
        assert sorted((await watched.places())[2:]) == ["cleared L1", "cleared N"]

    async def test_keeps_its_hold_when_it_leaves_what_is_down(
        self, watched: Watched
    ) -> None:
        await says(watched, "up", "L1")
        await watched.waits(30)
        await leaves(watched, "L1")
        assert await watched.places() == ["detected N", "detected L1"]

        await watched.waits(90)
        assert (await watched.places())[2:] == ["cleared L1"]

    async def test_stays_diverted_when_it_fails_again_within_its_hold(
        self, watched: Watched
    ) -> None:
        await says(watched, "up", "L1", element="N")
        await watched.waits(30)
        await leaves(watched, "L1")
        await watched.waits(30)
        await says(watched, "down", "L1")
        await watched.waits(600)

        assert await watched.places() == ["detected N", "detected L1", "cleared N"]

    async def test_is_not_told_where_it_moves_below_another_that_is_down(
        self, watched: Watched
    ) -> None:
        await says(watched, "down", element="M")
        await says(watched, "up", "L1", element="N")
        await watched.waits(30)
        await leaves(watched, "L1")
        await watched.waits(600)

        assert await watched.places() == ["detected N", "detected M", "cleared N"]

    async def test_is_not_told_again_after_its_hold(self, watched: Watched) -> None:
        await says(watched, "up", "L1", element="N")
        await watched.waits(120)
        await leaves(watched, "L1")
        await watched.waits(600)

        assert await watched.places() == ["detected N", "cleared N"]


class TestALineThatOnlyHungThere:
    """
    Nothing was ever said of it: what it hangs on alone says whether it works.

    Given N is down and recovers, and nothing was said of L2 below it,
    When L2 moves to M, which works,
    Then nothing is told of L2: no outage covers it, and its calls come home.
    """

    async def test_is_told_nothing_of_when_it_leaves_what_recovers(
        self, watched: Watched
    ) -> None:
        await watched.waits(60)
        await says(watched, "up", element="N")
        await watched.waits(30)
        await leaves(watched, "L2")
        await watched.waits(90)

        assert await watched.places() == ["detected N", "cleared N"]

    async def test_is_covered_where_it_comes_to_what_recovers(
        self, watched: Watched
    ) -> None:
        await watched.waits(60)
        await says(watched, "up", element="N")
        await watched.waits(30)
        await leaves(watched, "M1", to="N")
        await watched.waits(90)

        assert await watched.places() == ["detected N", "cleared N"]


async def test_a_line_that_was_told_keeps_its_hold_below_what_is_down(
    watched: Watched,
) -> None:
    await says(watched, "down", "M1")
    await watched.waits(60)
    await says(watched, "up", "M1")
    await leaves(watched, "M1", to="N")
    await watched.waits(120)

    assert await watched.places() == ["detected N", "detected M1", "cleared M1"]
    assert await ends(watched) == [
        (NOON + timedelta(seconds=180)).isoformat().replace("+00:00", "Z")
    ]


async def test_news_of_a_neighbour_leaves_an_element_that_failed_as_it_is(
    watched: Watched,
) -> None:
    await watched.connects("A1", "A2", "A3", to=("A", "AGG"))
    await watched.connects("B1", to=("B", "AGG"))
    await says(watched, "down", "A1", "A2", "A3")
    await watched.connects("B1", to=("B", "AGG"), version=2)
    await watched.waits(60)
    assert await watched.places() == ["detected N", "detected A"]

    await says(watched, "up", "A1", "A2", "A3", element="N")
    await watched.waits(120)
    assert sorted((await watched.places())[2:]) == ["cleared A", "cleared N"]
    async with watched.transaction() as connection:
        assert await watched.watcher.outages(connection) == ([], {})


async def test_of_several_turns_in_one_batch_the_last_is_noticed(
    watched: Watched,
) -> None:
    await says(watched, "down", "M1")
    await watched.waits(60)
    now = watched.clock.now()
    turns = [("up", 0), ("down", 1), ("up", 2)]
    await watched.hears(
        *(heard(turn, "M1", at=now + timedelta(seconds=n)) for turn, n in turns)
    )

    assert (await ends(watched))[-1] == "2026-11-23T12:03:00Z"


@pytest.mark.parametrize("is_quiet", [True, False])
async def test_an_end_that_changes_is_told_again(
    watched: Watched,
    is_quiet: bool,  # noqa: FBT001 - a case
) -> None:
    await says(watched, "down", "M1")
    await watched.waits(60)
    await watched.hears(heard("up", "M1", at=watched.clock.now()))
    known = await ends(watched)
    assert known[-1] == "2026-11-23T12:03:00Z"
    await watched.waits(30)

    await watched.heeds(Remark("probe", "flapping_began", "M1"))
    assert await ends(watched) == [*known, None]
    await watched.waits(30)
    await watched.hears(heard("up", "M1", at=watched.clock.now()))
    assert await ends(watched) == [*known, None]
    if is_quiet:
        await watched.heeds(Remark("probe", "flapping_ended", "M1"))
        *_, end = await ends(watched)
        assert end
        left = datetime.fromisoformat(end) - watched.clock.now()
        await watched.waits(left.total_seconds() - 1)
        assert "cleared M1" not in await watched.places()
        await watched.waits(1)
        assert "cleared M1" in await watched.places()
