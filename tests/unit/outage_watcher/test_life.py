"""Where time, evidence and lost sources move one outage."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.life import Situation, settle, told_from
from outage_watcher.domain.outage import Outage, State, opened
from outage_watcher.domain.policy import Holds, Policy
from support.watching import at

L1 = Word(None, ("L1",))
FAILS = Evidence("probe", "a", L1, at(0), at(0), at(0), is_down=True, down_at=at(0))
WORKS = replace(FAILS, is_down=False, up_at=at(0))
OTHER = replace(FAILS, source="icinga")
NEW = opened("O", FAILS, at(0))
HOUR = timedelta(hours=1)


def situation(
    seconds: float, lost: Any = None, storms: Any = None, **sources: Holds
) -> Situation:
    policy = Policy(sources=sources)
    return Situation(at(seconds), policy, lost or {}, storms or {})


def outage(state: State, *evidence: Evidence, **more: Any) -> Outage:
    return replace(NEW, state=state, evidence=evidence, **more)


class TestTold:
    @pytest.mark.parametrize(
        ("failure", "lost", "when"),
        [
            (FAILS, {}, at(30)),
            (replace(FAILS, confirmed=True), {}, at(0)),
            (replace(FAILS, aged=True), {}, None),
            (FAILS, {"probe": at(1)}, None),
            (FAILS, {"probe": at(0)}, at(30)),
            (FAILS, {"probe": at(-1)}, at(30)),
            (FAILS, {"icinga": at(1)}, at(30)),
        ],
    )
    def test_after_its_hold_unless_more_must_be_known(
        self, failure: Evidence, lost: Any, when: datetime | None
    ) -> None:
        assert told_from(failure, situation(0, lost)) == when

    @pytest.mark.parametrize(
        ("heard", "until", "when"),
        [
            (0, 120, 120),  # it made the storm
            (-60, 120, 60),  # the first of the window before
            (-61, 120, -31),  # before the storm
            (120, 120, 150),  # at its end, with its own hold
            (121, 120, 151),  # after it
            (-20, 120, 100),  # no failure waits longer than the storm's hold
        ],
    )
    def test_after_the_storm_that_it_is_part_of(
        self, heard: float, until: float, when: float
    ) -> None:
        there = at(heard)
        failure = replace(FAILS, heard_at=there, confirmed_at=there, held_from=there)

        assert told_from(failure, situation(0, storms={"probe": at(until)})) == at(when)

    def test_after_the_storm_though_it_was_heard_as_that_ended(self) -> None:
        last = replace(FAILS, heard_at=at(120))

        assert told_from(last, situation(120, storms={"probe": at(120)})) == at(120)

    def test_without_the_storm_of_another_source(self) -> None:
        storms = {"icinga": at(120)}

        assert told_from(FAILS, situation(0, storms=storms)) == at(30)


class TestSuspicion:
    def test_is_due_when_the_first_of_its_failures_is(self) -> None:
        sure_later = replace(OTHER, held_from=at(20), heard_at=at(20))
        waits = replace(OTHER, alarm_id="old", aged=True)
        here = outage(State.SUSPECT, sure_later, FAILS, waits)

        assert settle(here, situation(10)).due_at == at(30)

    def test_of_what_may_be_over_is_never_due(self) -> None:
        here = outage(State.SUSPECT, replace(FAILS, aged=True))

        assert settle(here, situation(9000)).due_at is None
        assert settle(here, situation(9000)).state is State.SUSPECT

    def test_is_neither_uncertain_nor_flapping_to_readers(self) -> None:
        here = outage(State.SUSPECT, replace(FAILS, flapping=True))

        after = settle(here, situation(1, {"probe": at(-1)}))

        assert not after.uncertain
        assert not after.flapping

    @pytest.mark.parametrize("seconds", [30, 45])
    def test_is_detected_when_it_is_settled(self, seconds: float) -> None:
        after = settle(NEW, situation(seconds))

        assert (after.state, after.since) == (State.DOWN, at(seconds))
        assert after.detected_at == at(seconds)

    def test_is_suppressed_when_nothing_fails(self) -> None:
        after = settle(outage(State.SUSPECT, WORKS), situation(1))

        assert (after.state, after.reason) == (State.OVER, "suppressed")


def test_what_moves_nothing_makes_no_other_outage() -> None:
    here = settle(outage(State.DOWN, FAILS), situation(1))

    assert settle(here, situation(2)) is here


class TestAClockThatRanAhead:
    def test_does_not_make_a_recovery_longer(self) -> None:
        ahead = outage(State.RECOVERING, WORKS, since=at(3600))

        after = settle(ahead, situation(10))

        assert (after.since, after.due_at) == (at(10), at(130))
        assert settle(after, situation(130)).reason == "recovered"

    def test_does_not_make_a_suspicion_longer(self) -> None:
        heard = replace(FAILS, heard_at=at(3600), held_from=at(3600))
        ahead = outage(State.SUSPECT, heard, since=at(3600))

        after = settle(ahead, situation(10))

        assert settle(after, situation(39)).due_at == after.due_at == at(40)
        assert settle(after, situation(40)).state is State.DOWN

    def test_ends_nothing_that_its_source_still_says(self) -> None:
        holds = {"probe": Holds(expire_after=HOUR)}
        said = replace(FAILS, heard_at=at(7200), confirmed_at=at(7200))
        here = outage(State.DOWN, said)

        assert settle(here, situation(3700, **holds)).state is State.DOWN


class TestLost:
    def test_one_of_two_sources_makes_it_uncertain(self) -> None:
        here = outage(State.DOWN, FAILS, OTHER)

        assert settle(here, situation(1, {"icinga": at(1)})).uncertain
        assert not settle(here, situation(1, {"zabbix": at(1)})).uncertain

    def test_one_of_two_sources_ends_a_recovery(self) -> None:
        here = outage(State.RECOVERING, WORKS, replace(WORKS, source="icinga"))

        after = settle(here, situation(50, {"icinga": at(40)}))

        assert (after.state, after.since) == (State.DOWN, at(50))

    def test_leaves_what_nobody_proved_without_a_deadline_until_it_is_back(
        self,
    ) -> None:
        """A deadline that nothing can meet would keep the timer busy."""
        asked, day = {"probe": Holds(asked=True)}, 24 * 3600
        here = outage(State.DOWN, WORKS, unproved=True)

        lost = settle(here, situation(2 * day, {"probe": at(1)}, **asked))
        back = settle(lost, situation(3 * day, **asked))

        assert (lost.state, lost.due_at, lost.uncertain) == (State.DOWN, None, True)
        assert (back.state, back.due_at) == (State.RECOVERING, at(3 * day + 120))

    def test_leaves_a_failure_where_it_is(self) -> None:
        here = outage(State.DOWN, WORKS)

        after = settle(here, situation(50, {"probe": at(40)}))

        assert (after.state, after.since) == (State.DOWN, at(0))


class TestProof:
    ASKED = Holds(asked=True)
    PROVED = replace(WORKS, confirmed=True)

    def recovering(self, *evidence: Evidence) -> Outage:
        return settle(
            outage(State.RECOVERING, *evidence), situation(120, probe=self.ASKED)
        )

    @pytest.mark.parametrize(
        ("evidence", "over"),
        [
            ((WORKS,), False),
            ((PROVED,), True),
            ((PROVED, replace(WORKS, alarm_id="b")), False),
            ((PROVED, replace(WORKS, source="icinga")), True),
        ],
    )
    def test_is_needed_of_every_source_that_can_be_asked(
        self, evidence: tuple[Evidence, ...], *, over: bool
    ) -> None:
        after = self.recovering(*evidence)

        assert after.is_over is over
        assert (after.reason == "recovered") is over
        assert after.unproved is not over
        assert after.uncertain is not over

    def test_that_is_missing_is_waited_for_a_day(self) -> None:
        unproved = self.recovering(WORKS)
        assert (unproved.state, unproved.since) == (State.DOWN, at(120))
        day = 24 * 3600 + 120

        almost = settle(unproved, situation(day - 1, probe=self.ASKED))
        after = settle(unproved, situation(day, probe=self.ASKED))

        assert almost.due_at == unproved.due_at == at(day)
        assert (after.state, after.reason) == (State.OVER, "expired")

    def test_that_is_missing_is_waited_for_as_long_as_the_slowest_source(self) -> None:
        other = replace(WORKS, source="icinga")
        here = outage(State.DOWN, WORKS, other, unproved=True)
        holds = {"probe": Holds(asked=True, stale_after=HOUR)}

        assert settle(here, situation(0, **holds)).due_at == at(24 * 3600)

    def test_that_comes_late_begins_the_recovery(self) -> None:
        late = outage(State.DOWN, self.PROVED, unproved=True)

        after = settle(late, situation(300, probe=self.ASKED))

        assert (after.state, after.since) == (State.RECOVERING, at(300))
        assert not after.unproved

    def test_is_void_when_it_fails_again(self) -> None:
        again = outage(State.DOWN, FAILS, unproved=True)

        after = settle(again, situation(300, probe=self.ASKED))

        assert (after.state, after.unproved) == (State.DOWN, False)


class TestRecovery:
    def test_is_held_as_long_as_the_slowest_source_wants(self) -> None:
        here = outage(State.RECOVERING, WORKS, replace(WORKS, source="icinga"))

        after = settle(here, situation(0, icinga=Holds(up=HOUR)))

        assert after.due_at == at(3600)

    @pytest.mark.parametrize(("up", "due"), [(120, 900), (1000, 1000)])
    def test_of_what_flaps_needs_its_quiet_and_its_hold(
        self, up: float, due: float
    ) -> None:
        here = outage(State.RECOVERING, WORKS, flapping=True)
        holds = Holds(up=timedelta(seconds=up))

        assert settle(here, situation(0, probe=holds)).due_at == at(due)

    def test_waits_a_day_for_the_word_that_it_no_longer_flaps(self) -> None:
        restless = replace(WORKS, flapping=True)
        here = outage(State.RECOVERING, restless)
        after = settle(here, situation(9999))

        assert (after.state, after.due_at, after.flapping) == (
            State.RECOVERING,
            at(24 * 3600),
            True,
        )
        assert settle(here, situation(24 * 3600)).reason == "expired"


class TestFlapping:
    def test_begins_with_the_third_return_within_half_an_hour(self) -> None:
        for flaps, counted, flapping in (
            ((at(1),), 2, False),
            ((at(1), at(2)), 3, True),
            ((at(-1699), at(2)), 3, True),
            ((at(-1700), at(2)), 2, False),
        ):
            here = outage(State.RECOVERING, FAILS, flaps=flaps)
            after = settle(here, situation(100, probe=Holds()))

            assert (after.state, after.since) == (State.DOWN, at(100))
            assert (len(after.flaps), after.flapping) == (counted, flapping)
            assert after.flaps[-1] == at(100)

    @pytest.mark.parametrize(
        ("flaps", "flapping"),
        [((-1699, 2, 3), True), ((1, 2), False), ((-1700, 2, 3), False)],
    )
    def test_is_over_when_it_recovers_after_few_returns(
        self, flaps: tuple[float, ...], *, flapping: bool
    ) -> None:
        here = outage(State.DOWN, WORKS, flaps=tuple(map(at, flaps)), flapping=True)

        after = settle(here, situation(100))

        assert (after.state, after.flapping) == (State.RECOVERING, flapping)

    def test_does_not_begin_with_a_recovery(self) -> None:
        here = outage(State.DOWN, WORKS, flaps=(at(1), at(2), at(3)))

        assert not settle(here, situation(100)).flapping


class TestExpiry:
    BRIEF = Holds(expire_after=HOUR)

    @pytest.mark.parametrize("seconds", [3599, 3600])
    def test_ends_what_nobody_said_for_too_long(self, seconds: float) -> None:
        here = outage(State.DOWN, FAILS, version=1)

        after = settle(here, situation(seconds, probe=self.BRIEF))

        assert after.is_over is (seconds >= 3600)
        assert after.reason == ("expired" if after.is_over else None)

    def test_is_that_of_the_word_that_lives_longest(self) -> None:
        later = replace(FAILS, alarm_id="b", confirmed_at=at(100))
        here = outage(State.DOWN, FAILS, later)

        assert settle(here, situation(0, probe=self.BRIEF)).due_at == at(3700)

    def test_is_not_while_one_word_lives_for_ever_or_its_source_is_lost(self) -> None:
        here = outage(State.DOWN, FAILS, OTHER)
        both = {"probe": self.BRIEF, "icinga": self.BRIEF}

        assert settle(here, situation(0, probe=self.BRIEF)).due_at is None
        assert settle(here, situation(0, {"icinga": at(0)}, **both)).due_at is None
        assert settle(here, situation(0, **both)).due_at == at(3600)


def test_what_is_over_never_moves_again() -> None:
    ended = NEW.closed("operator", at(5))

    assert settle(ended, situation(9999)) is ended
