"""What is known of one alarm, word by word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outage_watcher.domain.evidence import (
    Evidence,
    Level,
    Signal,
    Verdict,
    Word,
    weigh,
)
from outage_watcher.domain.snapshot import absent, back
from support.watching import at

L1, L2 = Word(None, ("L1",)), Word(None, ("L2",))
BLANK = Evidence("probe", "a", L1, heard_at=at(0), confirmed_at=at(0), held_from=at(0))


def said(state: Level, occurred: float, heard: float = 0, **more: Any) -> Signal:
    how = {"word": L1} | more
    return Signal(
        "probe", "a", state, occurred_at=at(occurred), heard_at=at(heard), **how
    )


def after(*signals: Signal) -> Evidence:
    """Return what is known after all of these, the first of which counts."""
    known: Evidence | None = None
    for signal in signals:
        known, _ = weigh(known, signal)
    assert known
    return known


def verdict(*signals: Signal) -> Verdict:
    """Return what became of the last one."""
    before = after(*signals[:-1]) if signals[:-1] else None
    return weigh(before, signals[-1])[1]


def test_verdicts_are_called_as_the_metric_promises() -> None:
    assert {str(each) for each in Verdict} == {
        *("accepted", "repeat", "late", "out_of_order"),
        *("ignored", "duplicate", "held"),
    }


def test_an_alarm_of_which_nothing_was_said_is_neither_down_nor_cleared() -> None:
    assert not BLANK.is_down
    assert not BLANK.is_cleared
    assert not BLANK.is_doubted
    assert not BLANK.confirmed
    assert not BLANK.aged
    assert not BLANK.flapping
    assert BLANK.absent == 0


def test_a_signal_is_a_level_with_a_time_unless_it_says_otherwise() -> None:
    signal = said("down", 0)

    assert (signal.timed, signal.manner, signal.message_id) == (True, "level", "")
    assert not signal.confirmed
    assert not signal.aged


class TestHold:
    @pytest.mark.parametrize(
        ("how", "began"),
        [
            ({}, -20),
            ({"manner": "snapshot"}, -20),
            ({"manner": "edge"}, 0),
            ({"aged": True}, 0),
            ({"timed": False}, 0),
            ({"seen_since": at(-90)}, -90),
        ],
    )
    def test_begins_with_the_failure_only_for_who_saw_it_last(
        self, how: dict[str, Any], began: float
    ) -> None:
        assert after(said("down", -20, 0, **how)).held_from == at(began)

    def test_never_begins_later_than_it_was_heard(self) -> None:
        assert after(said("down", 50, 0)).held_from == at(0)


class TestFirstWord:
    @pytest.mark.parametrize(
        ("signal", "became"),
        [
            (said("down", 0), Verdict.ACCEPTED),
            (said("down", 0, aged=True), Verdict.HELD),
            (said("up", 0), Verdict.IGNORED),
            (said("up", 0, aged=True), Verdict.IGNORED),
            (said("unknown", 0), Verdict.IGNORED),
        ],
    )
    def test_counts_when_it_is_of_a_failure(
        self, signal: Signal, became: Verdict
    ) -> None:
        assert verdict(signal) is became


class TestRepeat:
    def test_of_a_failure_ends_the_count_of_lists_without_it(self) -> None:
        missed = absent(after(said("down", 0)), at(60), enough=2)
        assert missed.absent == 1

        listed, _ = weigh(missed, said("down", 0, 90))

        assert listed
        assert listed.absent == 0

    def test_with_another_word_is_more_than_a_repeat(self) -> None:
        first = said("down", 0)

        assert verdict(first, said("down", 0)) is Verdict.REPEAT
        assert verdict(first, said("down", 0, word=L2)) is Verdict.ACCEPTED
        assert verdict(first, said("down", 0, confirmed=True)) is Verdict.ACCEPTED

    def test_of_an_earlier_start_is_out_of_order(self) -> None:
        first = said("down", 0)

        assert verdict(first, said("down", -1)) is Verdict.OUT_OF_ORDER
        assert verdict(first, said("down", -1, timed=False)) is Verdict.REPEAT

    def test_by_a_list_is_one_also_where_the_list_dates_it_earlier(self) -> None:
        # Icinga's list has the time of the check, its events that of the telling.
        down = weigh(
            absent(after(said("down", 0)), at(60), enough=2),
            said("down", -1, 90, manner="snapshot"),
        )
        up = weigh(
            after(said("up", 0)),
            said("up", -1, 90, manner="snapshot", confirmed=True),
        )

        for known, became in (down, up):
            assert known
            assert became is Verdict.REPEAT
            assert known.confirmed_at == at(90)
        assert down[0]
        assert (down[0].down_at, down[0].absent) == (at(0), 0)
        assert up[0]
        assert (up[0].up_at, up[0].confirmed) == (at(0), True)

    def test_by_a_list_from_before_is_none(self) -> None:
        known = after(said("up", 100, 100))
        before = said("up", -1, 90, manner="snapshot", confirmed=True)

        assert weigh(known, before) == (known, Verdict.OUT_OF_ORDER)

    def test_once_sure_stays_sure(self) -> None:
        known = after(said("down", 0, confirmed=True), said("down", 0))

        assert known.confirmed


class TestTurn:
    DOWN, UP = said("down", 0), said("up", 10, 10)

    @pytest.mark.parametrize(
        ("more", "became"),
        [({}, Verdict.ACCEPTED), ({"aged": True}, Verdict.HELD)],
    )
    def test_to_an_old_failure_is_held(
        self, more: dict[str, Any], became: Verdict
    ) -> None:
        again = said("down", 20, 20, **more)

        assert verdict(self.DOWN, self.UP, again) is became

    def test_to_a_recovery_is_accepted_however_old_it_is(self) -> None:
        assert verdict(self.DOWN, replace(self.UP, aged=True)) is Verdict.ACCEPTED

    def test_to_a_recovery_keeps_what_failed(self) -> None:
        assert after(self.DOWN, replace(self.UP, word=L2)).word == L1

    def test_to_a_failure_takes_what_fails_now(self) -> None:
        again = said("down", 20, 20, word=L2)

        assert after(self.DOWN, self.UP, again).word == L2

    def test_without_a_time_is_never_older_than_what_is_known(self) -> None:
        ahead = said("down", 50, 0)  # by a clock that is fast

        known = after(ahead, said("up", 10, 10, timed=False))

        assert known.up_at == at(50)
        assert known.is_cleared

    def test_at_an_equal_time_goes_by_arrival(self) -> None:
        down, up = said("down", 0), said("up", 0)

        assert verdict(down, up, down) is Verdict.ACCEPTED
        assert after(down, up, down).is_down
        assert verdict(up, down, up) is Verdict.ACCEPTED
        assert not after(down, up, down, up).is_down

    def test_at_an_equal_time_is_not_what_a_list_repeats(self) -> None:
        listed = said("down", 0, manner="snapshot")

        assert verdict(said("down", 0), said("up", 0), listed) is Verdict.LATE

    def test_at_an_older_time_is_a_repeat_that_came_late(self) -> None:
        assert verdict(self.DOWN, self.UP, self.DOWN) is Verdict.LATE

    def test_by_a_recovery_of_this_very_failure_counts(self) -> None:
        ends_it = replace(self.UP, started_at=at(0))
        ends_another = replace(self.UP, started_at=at(-1))

        assert verdict(self.DOWN, ends_it) is Verdict.ACCEPTED
        assert verdict(self.DOWN, ends_another) is Verdict.LATE


class TestDoubt:
    @pytest.mark.parametrize(
        ("unknown", "doubted"), [(9, False), (10, False), (11, True)]
    )
    def test_lasts_until_the_source_says_something_newer(
        self, unknown: float, *, doubted: bool
    ) -> None:
        known = after(said("down", 0), said("up", 10), said("unknown", unknown))

        assert known.is_doubted is doubted

    def test_is_of_the_newest_time_however_it_came(self) -> None:
        known = after(said("down", 0), said("unknown", 9), said("unknown", 5))

        assert known.unknown_at == at(9)

    def test_may_say_that_it_flaps(self) -> None:
        known = after(said("down", 0), said("unknown", 9, flapping=True))

        assert known.flapping
        assert after(said("down", 0), said("unknown", 9)).flapping is False


class TestCleared:
    @pytest.mark.parametrize(
        ("down_at", "up_at", "cleared"),
        [
            (None, None, False),
            (None, at(5), True),
            (at(5), None, False),
            (at(5), at(5), True),
            (at(6), at(5), False),
        ],
    )
    def test_is_what_recovered_no_earlier_than_it_failed(
        self, down_at: Any, up_at: Any, *, cleared: bool
    ) -> None:
        known = replace(BLANK, down_at=down_at, up_at=up_at)

        assert known.is_cleared is cleared

    def test_is_not_what_a_person_closed(self) -> None:
        closed = after(said("down", 0)).dismissed()

        assert not closed.is_down
        assert not closed.is_cleared
        assert weigh(closed, said("down", 0))[1] is Verdict.LATE

    def test_is_not_what_a_person_closed_after_turns_at_one_time(self) -> None:
        closed = after(said("down", 0), said("up", 0), said("down", 0)).dismissed()

        assert not closed.is_cleared
        assert weigh(closed, said("down", 0))[1] is Verdict.LATE


def test_a_forgotten_failure_may_be_told_again() -> None:
    forgotten = after(said("down", 0)).forgotten()
    assert not forgotten.is_down

    again, became = weigh(forgotten, said("down", 0, 60))

    assert again
    assert again.is_down
    assert became is Verdict.ACCEPTED


class TestNoLongerListed:
    def test_is_over_after_enough_lists_and_proved(self) -> None:
        once = absent(after(said("down", 0)), at(60), enough=2)
        assert once.is_down

        twice = absent(once, at(120), enough=2)

        assert not twice.is_down
        assert twice.confirmed
        assert twice.up_at == twice.heard_at == twice.held_from == at(120)

    def test_is_over_also_when_the_clock_of_the_source_is_fast(self) -> None:
        ahead = after(said("down", 50, 0))

        gone = absent(ahead, at(10), enough=1)

        assert gone.up_at == at(50)
        assert gone.is_cleared

    def test_proves_a_recovery_and_leaves_its_time(self) -> None:
        recovered = after(said("down", 0), said("up", 10, 10))

        proved = absent(recovered, at(60), enough=1)

        assert proved.confirmed
        assert proved.up_at == at(10)


def test_what_is_listed_after_its_recovery_fails_again_with_a_new_hold() -> None:
    recovered = after(said("down", 0, confirmed=True), said("up", 9, confirmed=True))

    again = back(replace(recovered, absent=1), at(60))

    assert again.is_down
    assert (again.up_at, again.down_at) == (None, at(0))
    assert (again.confirmed, again.absent) == (False, 0)
    assert again.heard_at == again.confirmed_at == again.held_from == at(60)


def test_an_old_failure_counts_as_soon_as_a_list_has_it() -> None:
    listed = said("down", 0, timedelta(hours=9).total_seconds(), manner="snapshot")

    assert not after(said("down", 0, aged=True), listed).aged
