"""Every move of an outage, by example."""

from datetime import timedelta

import pytest

from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.domain.evidence import Verdict
from outage_watcher.domain.outage import State
from support.watching import NOON, Network, at, held

AT_ONCE = held(down=timedelta(0), up=timedelta(0))


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def failed(network: Network) -> Network:
    """L1 is down and told of, 30 s after noon."""
    network.hears("down", "L1", occurred=0)
    network.waits(30)
    return network


@pytest.mark.parametrize(("after", "counts"), [(59, False), (60, True)])
def test_an_old_failure_counts_when_it_is_repeated_a_minute_later(
    network: Network, after: float, *, counts: bool
) -> None:
    network.hears("down", occurred=-9000, aged=True)
    network.waits(after)

    verdict = network.hears("down", occurred=-9000, aged=True)

    assert verdict is (Verdict.ACCEPTED if counts else Verdict.REPEAT)


class TestSuspect:
    def test_is_not_told(self, network: Network) -> None:
        network.hears("down", occurred=0)
        network.waits(29.9)

        assert network.told == []
        assert network.only.state is State.SUSPECT

    def test_becomes_down_when_the_hold_ends(self, failed: Network) -> None:
        assert failed.told == ["detected 1 L1"]
        assert failed.only.state is State.DOWN

    def test_began_when_the_first_of_its_failures_did(self, network: Network) -> None:
        network.hears("down", occurred=0)
        network.hears("down", source="icinga", occurred=-20)
        network.waits(30)

        assert network.events[0].occurred_at == at(-20)

    def test_tells_when_it_occurred_and_when_it_was_detected(
        self, network: Network
    ) -> None:
        network.hears("down", occurred=-7)
        network.waits(30)

        (event,) = network.events
        assert isinstance(event, OutageDetected)
        assert (event.occurred_at, event.detected_at) == (at(-7), at(23))

    def test_is_told_at_once_when_the_source_debounces(self, network: Network) -> None:
        network.hears("down", occurred=0, confirmed=True)

        assert network.told == ["detected 1 L1"]

    def test_is_told_at_once_without_a_hold(self) -> None:
        network = Network(AT_ONCE)

        network.hears("down", occurred=0)
        network.hears("up", occurred=1)

        assert network.told == ["detected 1 L1", "cleared 2 recovered"]

    def test_is_told_at_once_when_a_second_source_is_sure(
        self, network: Network
    ) -> None:
        network.hears("down", occurred=0)
        network.hears("down", source="icinga", occurred=1, confirmed=True)

        assert network.told == ["detected 1 L1"]

    def test_too_short_is_told_as_suppressed(self, network: Network) -> None:
        network.hears("down", occurred=0)
        network.waits(10)
        network.hears("up", occurred=10)
        network.waits(600)

        assert network.told == ["cleared 1 suppressed"]

    def test_a_repeat_does_not_move_the_deadline(self, network: Network) -> None:
        network.hears("down", occurred=0)
        network.waits(20)
        network.hears("down", occurred=20)
        network.waits(10)

        assert network.told == ["detected 1 L1"]

    def test_a_late_timer_still_tells_what_lasted_long_enough(
        self, network: Network
    ) -> None:
        network.hears("down", occurred=0)
        network.now = at(31)
        network.hears("up", occurred=31)
        network.waits(120)

        assert network.told == ["detected 1 L1", "cleared 2 recovered"]


class TestRecovering:
    def test_is_not_told(self, failed: Network) -> None:
        failed.hears("up", occurred=30)
        failed.waits(119.9)

        assert failed.told == ["detected 1 L1"]
        assert failed.only.state is State.RECOVERING

    def test_is_over_when_the_hold_ends(self, failed: Network) -> None:
        failed.hears("up", occurred=30)
        failed.waits(120)

        assert failed.told == ["detected 1 L1", "cleared 2 recovered"]
        assert failed.open == []

    def test_tells_when_it_recovered_and_when_that_was_believed(
        self, failed: Network
    ) -> None:
        failed.hears("up", occurred=25)
        failed.waits(120)

        event = failed.events[-1]
        assert isinstance(event, OutageCleared)
        assert (event.occurred_at, event.cleared_at) == (at(25), at(150))
        assert event.places == ("L1",)

    def test_goes_down_again_without_an_event(self, failed: Network) -> None:
        failed.hears("up", occurred=30)
        failed.waits(60)
        failed.hears("down", occurred=90)
        failed.waits(600)

        assert failed.told == ["detected 1 L1"]
        assert failed.only.state is State.DOWN

    def test_a_second_source_that_says_down_stops_it(self, failed: Network) -> None:
        failed.hears("up", occurred=30)
        failed.hears("down", source="icinga", alarm="x", occurred=31)
        failed.waits(600)

        assert failed.only.state is State.DOWN


class TestPlaces:
    def test_two_elements_are_two_outages(self, network: Network) -> None:
        network.hears("down", element="dslam-1", alarm="a", occurred=0)
        network.hears("down", element="dslam-2", alarm="b", occurred=0)

        assert len(network.open) == 2

    def test_two_sources_on_one_line_are_one_outage(self, failed: Network) -> None:
        failed.hears("down", source="icinga", alarm="x", occurred=31, confirmed=True)

        assert len(failed.only.evidence) == 2
        assert failed.told == ["detected 1 L1"]

    def test_it_ends_only_when_both_say_up(self, failed: Network) -> None:
        failed.hears("down", source="icinga", alarm="x", occurred=31)
        failed.hears("up", occurred=40)
        failed.waits(1000)
        assert failed.told == ["detected 1 L1"]

        failed.hears("up", source="icinga", alarm="x", occurred=1000)
        failed.waits(120)
        assert failed.told == ["detected 1 L1", "cleared 2 recovered"]

    def test_the_same_alarm_extends_and_reduces_it(self, failed: Network) -> None:
        failed.hears("down", "L1", "L2", occurred=0)
        failed.hears("down", "L2", occurred=0)

        assert failed.told == ["detected 1 L1", "detected 2 L1 L2", "detected 3 L2"]
        assert len({event.outage_id for event in failed.events}) == 1

    def test_a_change_while_suspect_is_told_once_with_the_detection(
        self, network: Network
    ) -> None:
        network.hears("down", "L1", occurred=0)
        network.hears("down", "L1", "L2", occurred=0)
        network.waits(30)

        assert network.told == ["detected 1 L1 L2"]

    def test_one_of_two_failures_that_differ_ends_its_own_places(
        self, failed: Network
    ) -> None:
        failed.hears("down", source="icinga", alarm="x", occurred=31)
        failed.hears("down", "L1", "L2", source="icinga", alarm="x", occurred=32)
        failed.hears("up", occurred=40)
        failed.hears("down", "L2", source="icinga", alarm="x", occurred=41)

        assert failed.told[1:] == ["detected 2 L1 L2", "detected 3 L2"]

    def test_further_elements_stand_among_the_lines(self, network: Network) -> None:
        network.hears("down", element="dslam-1", occurred=0, confirmed=True)
        network.hears("down", element="dslam-1", alarm="b", occurred=0)
        network.hears("down", element="dslam-2", alarm="b", occurred=1)

        event = network.events[-1]
        assert (event.element, event.lines) == ("dslam-1", ("dslam-2",))


class TestWhatIsSaidBeside:
    def test_a_new_estimate_is_told(self, failed: Network) -> None:
        failed.hears("down", occurred=0, estimated_end=at(3600))

        event = failed.events[-1]
        assert isinstance(event, OutageDetected)
        assert (event.version, event.estimated_end) == (2, at(3600))

    def test_voice_that_stays_reachable_is_told(self, failed: Network) -> None:
        failed.hears("down", occurred=0, voice_reachable=True)

        event = failed.events[-1]
        assert isinstance(event, OutageDetected)
        assert not event.takes_voice

    def test_voice_must_be_reachable_at_every_place(self, failed: Network) -> None:
        failed.hears("down", source="lte", alarm="x", occurred=31)
        failed.hears("down", "L1", "L2", occurred=0)
        failed.hears("down", source="lte", alarm="x", occurred=31, voice_reachable=True)

        event = failed.events[-1]
        assert isinstance(event, OutageDetected)
        assert event.takes_voice

    def test_planned_work_is_told_as_such(self, network: Network) -> None:
        network.hears("down", occurred=0, kind="planned", confirmed=True)

        event = network.events[-1]
        assert isinstance(event, OutageDetected)
        assert event.kind == "planned"

    def test_a_fault_outweighs_planned_work(self, network: Network) -> None:
        network.hears("down", occurred=0, kind="planned", confirmed=True)
        network.hears("down", source="icinga", occurred=5)

        event = network.events[-1]
        assert isinstance(event, OutageDetected)
        assert event.kind == "fault"


class TestFlapping:
    def test_ten_flaps_are_one_detect_and_one_clear(self, failed: Network) -> None:
        for minute in range(10):
            failed.waits(30)
            failed.hears("up", occurred=60 * minute + 60)
            failed.waits(30)
            failed.hears("down", occurred=60 * minute + 90)
        failed.hears("up", occurred=700)
        failed.waits(899)
        assert failed.told == ["detected 1 L1", "detected 2 L1"]

        failed.waits(1)
        assert failed.told[2:] == ["cleared 3 recovered"]

    def test_is_told_once_in_the_note(self, failed: Network) -> None:
        for turn in range(5):
            failed.hears("up", occurred=100 + 2 * turn)
            failed.hears("down", occurred=101 + 2 * turn)

        event = failed.events[-1]
        assert isinstance(event, OutageDetected)
        assert (event.version, event.note) == (2, "flapping")

    def test_two_returns_are_no_flapping(self, failed: Network) -> None:
        for turn in range(2):
            failed.hears("up", occurred=100 + 2 * turn)
            failed.hears("down", occurred=101 + 2 * turn)
        failed.hears("up", occurred=200)
        failed.waits(120)

        assert failed.told == ["detected 1 L1", "cleared 2 recovered"]

    def test_is_forgotten_after_a_long_steady_failure(self, failed: Network) -> None:
        for turn in range(3):
            failed.hears("up", occurred=100 + 2 * turn)
            failed.hears("down", occurred=101 + 2 * turn)
        failed.waits(3600)
        failed.hears("up", occurred=3600)
        failed.waits(120)

        assert failed.told[-1] == "cleared 4 recovered"


class TestLostSource:
    def test_its_clear_is_not_trusted(self, failed: Network) -> None:
        failed.loses("probe")
        failed.hears("up", occurred=31)
        failed.waits(3600)

        assert failed.told == ["detected 1 L1", "detected 2 L1 uncertain"]
        assert failed.only.is_uncertain(failed.lost)

    def test_stops_a_recovery_that_runs(self, failed: Network) -> None:
        failed.hears("up", occurred=31)
        failed.waits(60)
        failed.loses("probe")
        failed.waits(3600)

        assert failed.only.state is State.DOWN

    def test_the_hold_begins_anew_when_it_is_back(self, failed: Network) -> None:
        failed.hears("up", occurred=31)
        failed.waits(60)
        failed.loses("probe")
        failed.finds_all()
        failed.waits(119)
        assert failed.told[1:] == ["detected 2 L1 uncertain", "detected 3 L1"]

        failed.waits(1)
        assert failed.told[3:] == ["cleared 4 recovered"]

    def test_a_loss_is_no_flap(self, failed: Network) -> None:
        failed.hears("up", occurred=31)
        for _ in range(5):
            failed.loses("probe")
            failed.finds_all()

        assert failed.only.flaps == ()

    def test_another_source_is_not_concerned(self, failed: Network) -> None:
        failed.loses("icinga")
        failed.hears("up", occurred=31)
        failed.waits(120)

        assert failed.open == []

    def test_its_clear_does_not_end_a_suspicion(self, network: Network) -> None:
        network.hears("down", occurred=0)
        network.loses("probe")
        network.hears("up", occurred=5)
        network.waits(600)
        assert network.told == []
        assert network.only.state is State.SUSPECT

        network.finds_all()
        assert network.told == ["cleared 1 suppressed"]

    def test_its_failure_is_still_told(self, network: Network) -> None:
        network.loses("probe")
        network.hears("down", occurred=0)
        network.waits(30)

        assert network.told == ["detected 1 L1 uncertain"]


class TestUnknown:
    def test_starts_nothing(self, network: Network) -> None:
        network.hears("unknown", occurred=0)
        network.waits(600)

        assert network.told == []

    def test_ends_nothing(self, failed: Network) -> None:
        failed.hears("unknown", occurred=31)
        failed.waits(3600)

        assert failed.told == ["detected 1 L1"]
        assert failed.only.is_uncertain(failed.lost)


class TestPeople:
    @pytest.mark.parametrize("reason", ["withdrawn", "operator"])
    def test_end_it_at_once(self, failed: Network, reason: str) -> None:
        failed.closes("withdrawn" if reason == "withdrawn" else "operator")

        assert failed.told == ["detected 1 L1", f"cleared 2 {reason}"]

    def test_the_same_failure_stays_ended(self, failed: Network) -> None:
        failed.closes("operator")
        failed.hears("down", occurred=0)

        assert failed.open == []

    def test_a_newer_failure_is_a_new_outage(self, failed: Network) -> None:
        failed.closes("operator")
        failed.hears("down", occurred=40)
        failed.waits(30)

        assert failed.told[2:] == ["detected 1 L1"]
        assert len({event.outage_id for event in failed.events}) == 2

    def test_a_clear_without_time_after_it_changes_nothing(
        self, failed: Network
    ) -> None:
        failed.closes("operator")
        failed.hears("up", occurred=-5)
        failed.hears("down", occurred=-3)

        assert failed.open == []

    def test_correct_what_the_sources_say(self, failed: Network) -> None:
        failed.corrects(voice_reachable=True, note="LTE")
        failed.hears("down", occurred=0)

        event = failed.events[-1]
        assert isinstance(event, OutageDetected)
        assert (event.version, event.voice_reachable, event.note) == (2, True, "LTE")

    def test_a_source_that_says_something_new_counts_again(
        self, failed: Network
    ) -> None:
        failed.corrects(voice_reachable=True, note="LTE")
        failed.hears("down", occurred=0, voice_reachable=False)

        event = failed.events[-1]
        assert isinstance(event, OutageDetected)
        assert (event.voice_reachable, event.note) == (False, "LTE")


class TestExpiry:
    def test_never_by_default(self, failed: Network) -> None:
        failed.waits(20 * 86400)

        assert failed.told == ["detected 1 L1"]

    def test_ends_what_nobody_says_again(self) -> None:
        network = Network(held(expire_after=timedelta(hours=24)))
        network.hears("down", occurred=0)
        network.waits(86400)

        assert network.told == ["detected 1 L1", "cleared 2 expired"]

    def test_comes_back_as_a_new_outage_when_it_is_said_again(self) -> None:
        network = Network(held(expire_after=timedelta(hours=24)))
        network.hears("down", occurred=0)
        network.waits(86400)
        network.hears("down", occurred=0)
        network.waits(30)

        assert network.told[2:] == ["detected 1 L1"]
        assert network.events[0].outage_id != network.events[2].outage_id

    def test_each_repeat_gives_it_new_life(self) -> None:
        network = Network(held(expire_after=timedelta(hours=24)))
        network.hears("down", occurred=0)
        network.waits(80000)
        network.hears("down", occurred=0)
        network.waits(80000)

        assert network.told == ["detected 1 L1"]


def test_the_id_of_an_outage_depends_on_its_first_signal_alone() -> None:
    ids = set()
    for _ in range(2):
        network = Network()
        network.hears("down", occurred=0)
        ids.add(network.only.id)

    assert len(ids) == 1
    assert network.now == NOON
