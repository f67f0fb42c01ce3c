"""What a source lists, held against what it told by itself."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from outage_watcher.domain.board import Board, Known
from outage_watcher.domain.evidence import Evidence, Signal, Word
from outage_watcher.domain.outage import State, opened
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.snapshot import Correction, Snapshot, compare
from support.watching import Network, at

L1 = Word(None, ("L1",))
ASKED = Policy(sources={"probe": Holds(asked=True)})
DOWN = Evidence("probe", "a", L1, at(10), at(10), at(10), is_down=True, down_at=at(0))
UP = replace(DOWN, is_down=False, up_at=at(10))
NEVER_DOWN = replace(UP, down_at=None)


def listed(state: Any, occurred: float = 0) -> Signal:
    return Signal("probe", "a", state, L1, at(occurred), at(60), manner="snapshot")


def board(*alarms: Evidence, **more: Any) -> Board:
    return Board(Known(alarms=alarms, **more), now=at(60), policy=ASKED)


def repaired(board: Board, *signals: Signal, asked: float = 60) -> Counter[Correction]:
    return compare(board, Snapshot("probe", at(asked), signals))


class TestRepairs:
    @pytest.mark.parametrize(
        ("known", "signal", "what"),
        [
            ((), listed("down"), {"missed_detect": 1}),
            ((UP,), listed("down", 20), {"missed_detect": 1}),
            ((NEVER_DOWN,), listed("down", 20), {"missed_detect": 1}),
            ((DOWN,), listed("up", 20), {"missed_clear": 1}),
            ((UP,), listed("down"), {"phantom": 1}),
            ((DOWN,), listed("down"), {}),
            ((UP,), listed("up", 20), {}),
            ((), listed("up"), {}),
            ((), listed("unknown"), {}),
            ((DOWN.dismissed(),), listed("down"), {}),
        ],
    )
    def test_are_counted_by_what_was_missed(
        self, known: tuple[Evidence, ...], signal: Signal, what: dict[str, int]
    ) -> None:
        assert repaired(board(*known), signal) == what

    def test_of_two_failures_are_two(self) -> None:
        two = listed("down"), replace(listed("down"), alarm_id="b")

        assert repaired(board(), *two) == {"missed_detect": 2}

    def test_know_a_recovery_of_what_nobody_told_from_a_failure(self) -> None:
        empty = board()
        repaired(empty, listed("up"))

        assert empty.alarm(("probe", "a")) is None

    def test_let_a_known_recovery_be_proved(self) -> None:
        known = board(UP)
        repaired(known, replace(listed("up", 20), confirmed=True))

        after = known.alarm(UP.key)
        assert after
        assert after.confirmed


class TestPhantom:
    def test_is_a_recovery_that_the_list_proves_wrong(self) -> None:
        known = board(UP)
        repaired(known, listed("down"))

        after = known.alarm(UP.key)
        assert after
        assert (after.is_down, after.up_at) == (True, None)

    @pytest.mark.parametrize(("asked", "wrong"), [(9, False), (10, False), (11, True)])
    def test_is_no_recovery_that_was_heard_after_the_question(
        self, asked: float, *, wrong: bool
    ) -> None:
        what = repaired(board(UP), listed("down"), asked=asked)

        assert what == ({"phantom": 1} if wrong else {})

    def test_is_one_also_where_the_list_dates_the_failure_anew(self) -> None:
        # Of two Prometheus side by side the second saw it later, and lives on.
        assert repaired(board(UP), listed("down", 9)) == {"phantom": 1}

    def test_brings_the_element_above_back_too(self) -> None:
        lines = [f"L{number}" for number in range(5)]
        network = Network(ASKED, **dict.fromkeys(lines, ("N",)))
        down = [
            network.signal("down", line, alarm=line, occurred=0, confirmed=True)
            for line in lines[:4]
        ]
        network.hears_all(*down)
        network.waits(300)
        network.hears_all(
            *(replace(each, state="up", occurred_at=at(300)) for each in down)
        )
        network.waits(60)
        network.asks(*(replace(each, manner="snapshot") for each in down))
        network.waits(600)

        assert network.told == ["detected 1 N"]

    def test_is_no_failure_that_is_newer(self) -> None:
        assert repaired(board(UP), listed("down", 11)) == {"missed_detect": 1}


class TestNotListed:
    def after(self, known: Evidence, *, asked: float = 60, times: int = 1) -> Evidence:
        here = board(known)
        for _ in range(times):
            repaired(here, asked=asked)
        after = here.alarm(known.key)
        assert after
        return after

    def test_twice_is_a_missed_clear(self) -> None:
        known = board(DOWN)

        assert repaired(known) == {}
        assert repaired(known) == {"missed_clear": 1}
        assert repaired(known) == {}
        after = known.alarm(DOWN.key)
        assert after
        assert not after.is_down

    def test_twice_proves_a_recovery_and_misses_nothing(self) -> None:
        told = replace(opened("O", DOWN, at(10)), state=State.DOWN, version=1)
        known = board(outages=(told.hears(UP),))

        assert repaired(known) == repaired(known) == {}
        after = known.alarm(UP.key)
        assert after
        assert after.confirmed

    def test_is_nothing_for_what_is_proved_or_belongs_to_no_outage(self) -> None:
        assert self.after(UP).absent == 0
        assert self.after(replace(UP, confirmed=True)).absent == 0
        assert self.after(replace(UP, confirmed=True, outage_id="O")).absent == 0
        assert self.after(replace(UP, outage_id="O")).absent == 1
        assert self.after(replace(DOWN, confirmed=True)).absent == 1

    @pytest.mark.parametrize(("asked", "counts"), [(9, 0), (10, 0), (11, 1)])
    def test_is_nothing_for_what_was_heard_after_the_question(
        self, asked: float, counts: int
    ) -> None:
        assert self.after(DOWN, asked=asked).absent == counts

    def test_is_nothing_where_the_list_has_it(self) -> None:
        known = board(DOWN)
        repaired(known, listed("down"))

        after = known.alarm(DOWN.key)
        assert after
        assert after.absent == 0

    def test_is_what_it_shows_as_up_for_longer_than_we_know(self) -> None:
        # Icinga fell over and forgot the failure; its check is well by now.
        known = board(DOWN)
        since_before = listed("up", -999)

        assert repaired(known, since_before) == {}
        assert repaired(known, since_before) == {"missed_clear": 1}

    def test_is_nothing_for_another_source(self) -> None:
        other = replace(DOWN, source="icinga")

        assert self.after(other, times=3) == other

    def test_by_a_source_that_sees_nothing_proves_nothing(self) -> None:
        network = Network(ASKED)
        network.hears("down", occurred=0, confirmed=True)
        network.now = at(60)
        for _ in range(3):
            network.asks(blind=True)

        assert network.told == ["detected 1 L1"]
        assert not Snapshot("probe", at(0)).is_blind

    def test_ends_the_blame_of_the_element_above(self) -> None:
        lines = [f"L{number}" for number in range(4)]
        network = Network(ASKED, **dict.fromkeys(lines, ("N",)))
        network.hears_all(
            *(
                network.signal("down", line, alarm=line, occurred=0, confirmed=True)
                for line in lines
            )
        )
        network.now = at(60)
        network.asks()
        network.asks()
        network.waits(120)

        assert network.told == ["detected 1 N", "cleared 2 recovered"]
