"""Lines and the elements above them, on a real database."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.postgres import Transaction
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.store import InventoryStore
from support.figures import Figures
from support.watched import Watched, heard
from support.watching import NOON

LINES = tuple(f"L{n}" for n in range(10))


async def inventory(watched: Watched) -> None:
    await watched.connects(*LINES, to=("N", "AGG"))
    await watched.connects("X1", "X2", "X3", to=("M", "AGG"))


async def sizes(transaction: Transaction) -> tuple[int, dict[str, int]]:
    """Return how many lines there are, and below each element."""
    every: dict[str, tuple[str, ...]] = {"any": ("N", "M", "AGG")}
    async with transaction() as connection:
        known = await InventoryStore(connection).topology(every)
    return known.lines, dict(known.sizes)


async def fail(watched: Watched, *lines: str) -> None:
    await watched.hears(*(heard("down", line, confirmed=True) for line in lines))


async def recover(watched: Watched, *lines: str) -> None:
    now = watched.clock.now()
    await watched.hears(*(heard("up", line, at=now) for line in lines))


async def test_lines_are_counted_as_they_come_move_and_go(
    watched: Watched, transaction: Transaction
) -> None:
    assert await sizes(transaction) == (0, {})
    await inventory(watched)
    assert await sizes(transaction) == (13, {"N": 10, "M": 3, "AGG": 13})
    await watched.connects("X1", version=2, to=("N", "AGG"))
    assert await sizes(transaction) == (13, {"N": 11, "M": 2, "AGG": 13})
    await watched.connects("X1", "X2", version=3, to=(), gone=True)
    assert await sizes(transaction) == (11, {"N": 10, "M": 1, "AGG": 11})
    await watched.connects("L0", "X2", to=("M", "AGG"))  # older words
    await watched.connects("X3", version=2, to=("M", "M", "AGG"))
    assert await sizes(transaction) == (11, {"N": 10, "M": 1, "AGG": 11})
    await watched.connects("X2", version=4, to=("M", "AGG"))
    assert await sizes(transaction) == (12, {"N": 10, "M": 2, "AGG": 12})


async def test_most_lines_of_an_element_are_one_outage_of_it(watched: Watched) -> None:
    await inventory(watched)
    await fail(watched, *LINES[:8])

    assert await watched.places() == ["detected N"]


async def test_what_is_left_of_a_larger_failure_is_that_of_the_element_below(
    watched: Watched,
) -> None:
    """L9 never fails by itself: it is diverted with its element, without a gap."""
    await inventory(watched)
    await fail(watched, *LINES[:9], "X1", "X2", "X3")
    await watched.waits(60)
    await recover(watched, "X1", "X2", "X3")
    assert await watched.places() == ["detected AGG", "detected N"]

    await watched.waits(120)
    assert (await watched.places())[2:] == ["cleared AGG"]


async def test_a_line_that_fails_by_two_alarms_fails_until_both_recover(
    watched: Watched,
) -> None:
    await inventory(watched)
    await fail(watched, *LINES[:8])
    list_: dict[str, Any] = {
        "source": "icinga",
        "alarm_id": "list",
        "lines": ("L0", "X1"),
    }
    await watched.hears(heard("down", confirmed=True, **list_))
    await watched.waits(60)
    await recover(watched, "L0")
    await watched.waits(600)
    told = await watched.places()
    assert told == ["detected N", "detected L0 X1"]

    await watched.hears(heard("up", at=watched.clock.now(), **list_))
    await watched.waits(120)
    assert "cleared N" in await watched.places()


async def test_fewer_are_outages_of_their_own(watched: Watched) -> None:
    await inventory(watched)
    await fail(watched, *LINES[:3])

    assert await watched.places() == ["detected L0", "detected L1", "detected L2"]


async def test_they_may_come_one_by_one(watched: Watched) -> None:
    await inventory(watched)
    for line in LINES:
        await watched.hears(heard("down", line))
    assert await watched.places() == []
    await watched.waits(30)

    assert await watched.places() == ["detected N"]


async def test_the_element_above_two_that_fail_is_to_blame(watched: Watched) -> None:
    await inventory(watched)
    await fail(watched, *LINES, "X1", "X2", "X3")

    assert await watched.places() == ["detected AGG"]


async def test_what_stays_down_is_told_before_the_element_is_cleared(
    watched: Watched,
) -> None:
    figures = Figures()
    await figures.remember()
    await inventory(watched)
    await fail(watched, *LINES)
    await watched.waits(60)
    await recover(watched, *LINES[:9])
    await watched.waits(120)

    assert await watched.places() == ["detected N", "detected L9", "cleared N"]
    child = (await watched.outages())[1]
    assert child["root_cause"] == "N"
    for cause in ("element", "element above"):
        assert await figures.moved("outage_started_total", root_cause=cause) == 1


async def test_what_is_held_longer_is_told_when_the_element_recovers(
    watched: Watched,
) -> None:
    slow = Holds(up=timedelta(minutes=10))
    watched.watcher.policy = Policy(sources={"probe": slow})
    await inventory(watched)
    await fail(watched, *LINES[:9])
    await watched.waits(60)
    await recover(watched, "L0")
    await watched.waits(60)
    await recover(watched, *LINES[1:9])
    await watched.waits(120)

    told = sorted((await watched.places())[1:-1])
    assert told == [f"detected {line}" for line in LINES[:9]]
    assert (await watched.places())[-1] == "cleared N"


async def test_an_element_that_a_source_names_covers_its_lines(
    watched: Watched,
) -> None:
    await inventory(watched)
    node = heard("down", element="N", confirmed=True)
    await watched.hears(node)
    await fail(watched, "L1", "X1")

    assert await watched.places() == ["detected N", "detected X1"]


async def test_it_covers_nothing_where_it_leaves_voice_alone(watched: Watched) -> None:
    await inventory(watched)
    node = heard("down", element="N", confirmed=True, voice_reachable=True)
    await watched.hears(node)
    await fail(watched, "L1")

    assert await watched.places() == ["detected N", "detected L1"]


@pytest.mark.parametrize("said", [{"voice_reachable": True}, {"kind": "degradation"}])
async def test_lines_that_keep_their_calls_blame_no_element(
    watched: Watched, said: dict[str, Any]
) -> None:
    """It would divert them all, and those that nothing fails at."""
    await watched.connects("L1", "L2", "L3", "L4", "L5", to=("N",))
    bad = [heard("down", f"L{n}", confirmed=True, **said) for n in (1, 2, 3, 4)]
    await watched.hears(*bad[:2])
    await watched.hears(*bad[2:])

    assert sorted(await watched.places()) == [f"detected L{n}" for n in (1, 2, 3, 4)]

    await fail(watched, "L1", "L2", "L3", "L4")
    await watched.waits(30)
    assert (await watched.places())[-1] == "detected N"


@pytest.mark.parametrize("takes_service", [True, False])
async def test_work_at_most_lines_blames_no_element(
    watched: Watched, *, takes_service: bool
) -> None:
    """It would be told as a fault, whatever customers want of planned work."""
    await inventory(watched)
    now, lines = watched.clock.now(), ["X1", "X2", "X3"]
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
    await watched.commands("plan", lines=lines, takes_service=takes_service, **times)
    await watched.waits(60)
    now = watched.clock.now()
    await watched.hears(*(heard("down", x, at=now, confirmed=True) for x in lines))
    await watched.waits(60)

    told = await watched.outages()
    assert {each["element"] for each in told} == {None}
    assert {each["kind"] for each in told} == {"planned"}

    await watched.waits(3600)
    await watched.waits(60)
    *_, outlasts = await watched.outages()
    assert (outlasts["element"], outlasts["kind"]) == ("M", "fault")


@pytest.mark.parametrize(
    "said", [{"lines": ["X9"]}, {"voice_reachable": True}, {"kind": "degradation"}]
)
async def test_it_covers_nothing_where_a_person_says_less(
    watched: Watched, said: dict[str, Any]
) -> None:
    await inventory(watched)
    await watched.hears(heard("down", element="N", confirmed=True))
    await fail(watched, "L1")
    (told,) = await watched.outages()
    await watched.commands("correct", told["outage_id"], **said)

    assert (await watched.places())[2:] == ["detected L1"]


async def test_an_element_that_a_person_withdrew_is_told_again_for_news_alone(
    watched: Watched,
) -> None:
    await watched.connects("L1", "L2", "L3", "L4", "L5", to=("N",))
    await fail(watched, "L1", "L2", "L3", "L4")
    (told,) = await watched.outages()
    await watched.commands("withdraw", told["outage_id"])
    alone = await watched.places()
    assert len(alone) == 6

    await fail(watched, "L1", "L2")
    await watched.connects("L3", to=("N",), version=2)
    await watched.waits(30)
    assert await watched.places() == alone

    await fail(watched, "L5")
    assert (await watched.places())[6:] == ["detected N"]


async def test_a_line_that_is_gone_has_no_outage(watched: Watched) -> None:
    await inventory(watched)
    await fail(watched, "L1")
    await watched.connects("L1", to=(), version=2, gone=True)

    last = (await watched.outages())[-1]
    assert (last["reason"], last["note"]) == ("expired", "decommissioned")


async def test_an_older_word_of_the_inventory_changes_nothing(watched: Watched) -> None:
    await watched.connects("L1", "L2", "L3", to=("N",), version=2)
    await watched.connects("L1", "L2", "L3", to=("M",), version=1)
    await fail(watched, "L1", "L2", "L3")

    assert await watched.places() == ["detected N"]


async def test_a_line_that_moved_counts_where_it_hangs_now(watched: Watched) -> None:
    await watched.connects("L1", "L2", "L3", to=("N",))
    await watched.connects("L3", to=("M",), version=2)
    await fail(watched, "L1", "L2", "L3")

    assert len(await watched.places()) == 3


async def test_a_failing_line_that_comes_makes_its_new_element_fail(
    watched: Watched,
) -> None:
    await watched.connects("L1", "L2", to=("N",))
    await watched.connects("M1", to=("M",))
    await fail(watched, "L1", "L2", "M1")
    told = await watched.places()
    await watched.connects("M1", to=("N",), version=2)
    await watched.waits(30)

    assert (await watched.places())[len(told) :] == ["detected N"]


async def test_a_good_line_that_leaves_makes_its_old_element_fail(
    watched: Watched,
) -> None:
    await watched.connects("L1", "L2", "L3", "L4", to=("N",))
    await fail(watched, "L1", "L2", "L3")
    told = await watched.places()
    await watched.connects("L4", to=("M",), version=2)
    await watched.waits(30)

    assert (await watched.places())[len(told) :] == ["detected N"]


async def test_an_element_recovers_when_the_lines_that_failed_leave_it(
    watched: Watched,
) -> None:
    await watched.connects("L1", "L2", "L3", to=("N",))
    await fail(watched, "L1", "L2", "L3")
    assert await watched.places() == ["detected N"]

    await watched.connects("L1", "L2", "L3", to=("M",), version=2)
    await watched.waits(120)
    assert (await watched.places())[-1] == "cleared N"
    assert "detected M" in await watched.places()


async def test_a_failing_line_that_leaves_a_failing_element_is_told_itself(
    watched: Watched,
) -> None:
    await inventory(watched)
    await fail(watched, *LINES)
    assert await watched.places() == ["detected N"]

    await watched.connects("L0", to=("M", "AGG"), version=2)
    assert await watched.places() == ["detected N", "detected L0"]


async def test_a_storm_that_nothing_explains_waits(watched: Watched) -> None:
    storm = Holds(storm_least=5)
    watched.watcher.policy = Policy(default=storm)
    lines = [f"S{n}" for n in range(6)]
    await fail(watched, *lines)
    assert await watched.places() == []

    await watched.waits(120)
    assert len(await watched.places()) == 6


async def test_a_line_that_fails_as_its_element_recovers_is_told(
    watched: Watched,
) -> None:
    await inventory(watched)
    await watched.hears(heard("down", element="N", confirmed=True))
    watched.clock.move(timedelta(seconds=60))
    now = watched.clock.now()
    await watched.hears(
        heard("down", "L1", confirmed=True, at=now), heard("up", element="N", at=now)
    )
    await watched.waits(120)

    assert await watched.places() == ["detected N", "detected L1", "cleared N"]


async def test_of_elements_that_are_due_together_the_highest_is_told_alone(
    watched: Watched,
) -> None:
    await inventory(watched)
    for element in ("N", "M", "AGG"):
        await watched.hears(heard("down", element=element))
    await watched.waits(30)

    assert await watched.places() == ["detected AGG"]


async def test_what_an_element_hid_is_told_by_the_element_below_it(
    watched: Watched,
) -> None:
    await inventory(watched)
    await watched.hears(heard("down", element="AGG", confirmed=True))
    await fail(watched, "L1", "L2")
    await watched.hears(heard("down", element="N", confirmed=True))
    await watched.hears(heard("up", element="AGG", at=NOON + timedelta(seconds=1)))

    assert await watched.places() == ["detected AGG", "detected N"]


async def test_an_element_recovers_when_a_person_ends_what_failed_below_it(
    watched: Watched,
) -> None:
    await watched.connects("L1", "L2", "L3", to=("N",))
    for line in ("L1", "L2", "L3"):
        await watched.commands("declare", lines=[line])
    assert await watched.places() == ["detected L1", "detected L2", "detected N"]

    for told in (await watched.outages())[:2]:
        await watched.commands("clear", told["outage_id"])
    await watched.waits(120)
    ended = ["cleared L1", "detected L3", "cleared L2", "cleared N"]
    assert (await watched.places())[3:] == ended


@pytest.mark.parametrize(("action", "line"), [("correct", "L2"), ("extend", "L2")])
async def test_a_line_below_it_that_a_person_names_is_hidden_as_well(
    watched: Watched, action: str, line: str
) -> None:
    await inventory(watched)
    await watched.hears(heard("down", element="N", confirmed=True))
    await fail(watched, "L1")
    async with watched.transaction() as connection:
        found, _ = await watched.watcher.outages(connection)
    (hidden,) = (each.id for each in found if not each.version)
    await watched.commands(action, hidden, lines=[line])

    assert await watched.places() == ["detected N"]
