"""
The 38 decision cases that were agreed for monitoring, each by its number.

What a payload means is proved where payloads are read; here is what must follow.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chassis.errors import Rejected
from contracts.outages import OutageDetected
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.evidence import Signal, Word
from outage_watcher.domain.outage import State
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.window import Phase, Window
from support.watching import NOON, Network, at

Story = Callable[[Network], object]

DOWN, UP = "detected 1 L1", "cleared 2 recovered"
GLITCH = "cleared 1 suppressed"
ASKED = Policy(sources={"probe": Holds(asked=True)})
SURE: dict[str, Any] = {"confirmed": True}


def down(seconds: float, *lines: str, **more: Any) -> Story:
    return lambda network: network.hears("down", *lines, occurred=seconds, **more)


def up(seconds: float, *lines: str, **more: Any) -> Story:
    return lambda network: network.hears("up", *lines, occurred=seconds, **more)


def wait(seconds: float) -> Story:
    return lambda network: network.waits(seconds)


def unknown(seconds: float = 500) -> Story:
    return lambda network: network.hears("unknown", occurred=seconds)


def lose(network: Network) -> None:
    network.loses("probe")


def find(network: Network) -> None:
    network.finds_all()


def clear(network: Network) -> None:
    network.closes("operator")


def nobody_lists(network: Network) -> None:
    network.asks()


def listed(seconds: float, *lines: str, alarm: str = "a1") -> Story:
    """Ask the source, which lists one alarm."""
    return lambda network: network.asks(
        network.signal("down", *lines, alarm=alarm, occurred=seconds, manner="snapshot")
    )


CASES: dict[str, tuple[list[Story], list[str]]] = {
    "1 firing, resolved": ([down(0), wait(200), up(200), wait(120)], [DOWN, UP]),
    "2 the same twice": ([down(0), wait(40), down(0), wait(40)], [DOWN]),
    "3 still down, new start": ([down(0), wait(40), down(35), wait(40)], [DOWN]),
    "4 resolved, never seen": ([up(0, alarm="G9"), wait(600)], []),
    "6 repeats": ([down(0), wait(40), *[down(0)] * 9, wait(40)], [DOWN]),
    "7 false clear, then silence": (
        [down(0), wait(40), up(40), lose, wait(999)],
        [DOWN, "detected 2 L1 uncertain"],
    ),
    "7 silence, then false clear": (
        [down(0), wait(40), lose, up(40), wait(999)],
        [DOWN, "detected 2 L1 uncertain"],
    ),
    "8 the sign of life goes after the alert": (
        [down(0, **SURE), wait(40), up(40), wait(15), lose, wait(9999)],
        [DOWN, "detected 2 L1 uncertain"],
    ),
    "10 a second of failure": ([down(0), up(1), wait(600)], [GLITCH]),
    "11 a clear that names no place": (
        [down(0, alarm="23", **SURE), up(50, alarm="23"), wait(120)],
        [DOWN, UP],
    ),
    "11 a clear of an unknown problem": ([up(0, alarm="404"), wait(600)], []),
    "12 soft, then hard": ([unknown(0), down(1, **SURE)], [DOWN]),
    "12 hard up, never hard down": ([unknown(0), up(9), wait(600)], []),
    "15 parent up, child down": (
        [
            down(0, alarm="node", element="N", **SURE),
            down(0, alarm="child", **SURE),
            up(60, alarm="node", element="N"),
            wait(999),
        ],
        ["detected 1 N", DOWN, UP],
    ),
    "16 a start in the future": ([down(3600), wait(30)], [DOWN]),
    "25 deleted": (
        [down(0, **SURE), wait(40), up(40), wait(119)],
        [DOWN],
    ),
    "26 down and up in one second": ([down(0), up(0), wait(600)], [GLITCH]),
    "26 up and down in one second": (
        [down(-5), up(0), down(0), wait(600)],
        [GLITCH, DOWN],
    ),
    "26 down, up and down in one second": (
        [down(0), up(0), down(0), wait(600)],
        [GLITCH, DOWN],
    ),
    "26 up, down and up in one second": (
        [down(0), wait(302), up(302), down(302), up(302), wait(120)],
        [DOWN, UP],
    ),
    "27 administratively down": ([down(0, kind="planned", **SURE)], [DOWN]),
    "29 no data": ([unknown(), wait(600)], []),
    "29 no data in an outage": ([down(0), wait(40), unknown(), wait(600)], [DOWN]),
    "31 late clear of the outage before": (
        [down(100, **SURE), up(50), wait(999)],
        [DOWN],
    ),
    "31 it ended after the next one began": (
        [down(0, **SURE), down(100), up(150, started_at=at(0)), wait(999)],
        [DOWN],
    ),
    "32 late failure before the clear": ([up(100), down(50), wait(999)], []),
    "34 two sources": (
        [
            down(0, **SURE),
            down(1, source="icinga", **SURE),
            up(50),
            wait(999),
            up(999, source="icinga"),
            wait(120),
        ],
        [DOWN, UP],
    ),
    "36 up while the source is lost": (
        [down(0), wait(40), lose, up(60), wait(3600), find, wait(120)],
        [DOWN, "detected 2 L1 uncertain", "detected 3 L1", "cleared 4 recovered"],
    ),
    "37 operator, same start": (
        [down(0), wait(40), clear, down(0), wait(99)],
        [DOWN, "cleared 2 operator"],
    ),
    "37 operator, new start": (
        [down(0), wait(40), clear, down(40), wait(99)],
        [DOWN, "cleared 2 operator", DOWN],
    ),
}

WITH_ANSWERS: dict[str, tuple[list[Story], list[str]]] = {
    "9 not listed twice": (
        [
            *[down(0, **SURE), up(60), wait(1), nobody_lists],
            *[wait(60), nobody_lists, wait(60)],
        ],
        [DOWN, UP],
    ),
    "9 not listed once is no proof": (
        [down(0, **SURE), up(60), wait(60), nobody_lists, wait(60)],
        [DOWN, "detected 2 L1 uncertain"],
    ),
    "9 a sample is one": (
        [down(0, **SURE), up(60), up(61, confirmed=True), wait(120)],
        [DOWN, UP],
    ),
    "9 proved too late": (
        [
            *[down(0, **SURE), up(60), wait(120)],
            *[nobody_lists, wait(60), nobody_lists, wait(120)],
        ],
        [DOWN, "detected 2 L1 uncertain", "detected 3 L1", "cleared 4 recovered"],
    ),
    "17 a start years ago": (
        [down(-200_000_000, aged=True, **SURE), wait(3600)],
        [],
    ),
    "17 a start years ago, and listed": (
        [
            down(-200_000_000, aged=True, **SURE),
            wait(60),
            listed(-200_000_000),
        ],
        [DOWN],
    ),
    "38 a failure that nobody heard": ([wait(10), listed(2), wait(30)], [DOWN]),
    "38 a recovery that nobody heard": (
        [down(0, **SURE), wait(9), nobody_lists, wait(60), nobody_lists, wait(120)],
        [DOWN, UP],
    ),
    "38 a clear that the list proves wrong": (
        [down(0, **SURE), wait(9), up(9), wait(60), listed(0), wait(999)],
        [DOWN],
    ),
}


@pytest.mark.parametrize(("story", "told"), CASES.values(), ids=CASES)
def test_case(story: list[Story], told: list[str]) -> None:
    network = Network()

    for step in story:
        step(network)

    assert network.told == told


@pytest.mark.parametrize(("story", "told"), WITH_ANSWERS.values(), ids=WITH_ANSWERS)
def test_case_of_a_source_that_can_be_asked(
    story: list[Story], told: list[str]
) -> None:
    network = Network(ASKED)

    for step in story:
        step(network)

    assert network.told == told


def test_case_1_the_times_are_those_of_the_source() -> None:
    network = Network()
    network.hears("down", occurred=0)
    network.waits(200)
    network.hears("up", occurred=190)
    network.waits(120)

    first, last = network.events
    assert (first.occurred_at, last.occurred_at) == (at(0), at(190))


def test_case_3_keeps_the_id() -> None:
    network = Network()
    network.hears("down", occurred=0, **SURE)
    network.hears("down", occurred=60)

    assert len(network.outages) == 1


def test_case_5_what_was_cut_off_is_found_by_asking() -> None:
    network = Network(ASKED)
    first = [network.signal("down", f"G{n}", alarm=f"G{n}", **SURE) for n in (0, 1)]
    network.hears_all(*first)

    network.waits(1)
    network.asks(
        *(
            network.signal("down", f"G{n}", alarm=f"G{n}", occurred=0, **SURE)
            for n in range(4)
        )
    )

    assert network.told == [f"detected 1 G{n}" for n in range(4)]
    assert network.corrections == {"missed_detect": 2}


def test_case_6_a_repeat_says_that_it_is_still_so() -> None:
    network = Network()
    network.hears("down", occurred=0, **SURE)
    network.waits(3600)
    network.hears("down", occurred=0)

    assert network.only.evidence[0].confirmed_at == at(3600)


class TestCase13:
    def flapping(self) -> Network:
        network = Network()
        network.hears("down", occurred=0, **SURE)
        network.hears("up", occurred=60, flapping=True)
        return network

    def test_nothing_is_cleared_while_the_source_says_that_it_flaps(self) -> None:
        network = self.flapping()
        network.waits(7200)

        assert network.told == [DOWN, "detected 2 L1"]
        assert network.only.flapping

    def test_it_is_over_after_a_day_where_the_word_that_it_ended_is_lost(self) -> None:
        network = self.flapping()
        network.waits(86_399)
        assert len(network.told) == 2

        network.waits(1)
        assert network.told[2:] == ["cleared 3 expired"]

        network.hears("down", occurred=90_000, **SURE)
        network.hears("up", occurred=90_001)
        network.waits(120)
        assert network.told[3:] == [DOWN, UP]

    def test_that_day_counts_while_its_source_lives(self) -> None:
        network = self.flapping()
        network.waits(3600)
        network.loses("probe")
        network.waits(90_000)
        assert network.told[-1] == "detected 3 L1 uncertain"

        network.finds_all()
        network.waits(86_399)
        assert network.told[-1] == "detected 4 L1"
        network.waits(1)
        assert network.told[-1] == "cleared 5 expired"

    def test_it_is_over_after_a_quiet_time(self) -> None:
        network = self.flapping()
        network.waits(600)
        network.hears("up", occurred=600, flapping=False)
        network.waits(899)
        assert network.only.state is State.RECOVERING

        network.waits(1)
        assert network.told[2:] == ["cleared 3 recovered"]


class TestCase14:
    WORK = Window(
        "W",
        Word(None, ("L1",)),
        at(100),
        at(500),
        takes_service=False,
        phase=Phase.RUNNING,
    )

    def test_a_failure_within_the_work_is_planned(self) -> None:
        network = Network()
        network.begins(self.WORK)
        network.waits(200)
        network.hears("down", occurred=200, **SURE)

        assert network.only.report.kind == "planned"

    def test_what_leaves_calls_alone_does_so_within_the_work_too(self) -> None:
        network = Network()
        network.begins(self.WORK)
        network.waits(200)
        network.hears("down", occurred=200, kind="degradation", **SURE)

        (event,) = network.events
        assert isinstance(event, OutageDetected)
        assert (event.kind, event.takes_voice) == ("planned", False)

    @pytest.mark.parametrize("began", [50, 150], ids=["before", "within"])
    def test_what_leaves_calls_alone_brings_none_home_to_a_dead_line(
        self, began: float
    ) -> None:
        network = Network()
        network.waits(200)
        network.hears("down", occurred=began, **SURE)
        network.begins(self.WORK)
        network.hears("down", source="icinga", kind="degradation", **SURE)

        assert network.only.report.takes_voice

    def test_what_leaves_calls_alone_brings_none_home_from_the_work(self) -> None:
        network, work = Network(), replace(self.WORK, takes_service=True)
        network.waits(100)
        network.begins(work)
        said = work.signal(network.now, None)
        assert said
        network.hears_all(said)
        network.hears("down", source="icinga", kind="degradation", **SURE)

        assert network.told == [DOWN]
        assert network.only.report.takes_voice

    def test_one_before_the_work_is_real(self) -> None:
        network = Network()
        network.hears("down", occurred=0, **SURE)
        network.waits(100)
        network.begins(self.WORK)

        assert network.only.report.kind == "fault"

    def test_one_before_the_work_stays_real_when_it_is_said_again(self) -> None:
        network = Network()
        network.hears("down", occurred=0, **SURE)
        network.waits(100)
        network.begins(self.WORK)
        network.waits(5)
        network.hears("down", occurred=105, **SURE)

        assert network.told == [DOWN]
        assert network.only.report.kind == "fault"

    def test_what_lasts_longer_than_the_work_is_a_fault(self) -> None:
        network = Network()
        network.begins(self.WORK)
        network.waits(200)
        network.hears("down", occurred=200, **SURE)
        network.ends_windows()

        assert network.told == [DOWN, "detected 2 L1"]
        assert network.only.report.kind == "fault"


class TestCase15:
    def tree(self) -> Network:
        network = Network(L1=("N", "R"), L2=("N", "R"), L3=("M", "R"))
        network.hears("down", element="N", alarm="node", occurred=0, **SURE)
        network.hears("down", "L1", alarm="child", occurred=1, **SURE)
        return network

    def test_the_child_is_not_told_beside_its_parent(self) -> None:
        network = self.tree()
        network.waits(600)

        assert network.told == ["detected 1 N"]
        assert [each.root_cause for each in network.open] == [None, "N"]

    def test_the_clear_of_the_parent_does_not_clear_the_child(self) -> None:
        network = self.tree()
        network.hears("up", element="N", alarm="node", occurred=60)
        network.waits(600)

        assert network.told == ["detected 1 N", DOWN, UP]
        child = next(e for e in network.events if e.outage_id == network.only.id)
        assert child.model_dump()["root_cause"] == "N"

    def test_a_child_that_is_back_first_is_never_told(self) -> None:
        network = self.tree()
        network.hears("up", "L1", alarm="child", occurred=60)
        network.waits(600)
        network.hears("up", element="N", alarm="node", occurred=700)
        network.waits(600)

        assert network.told == ["detected 1 N", UP]

    def test_a_line_elsewhere_is_told(self) -> None:
        network = self.tree()
        network.hears("down", "L3", alarm="other", occurred=2, **SURE)

        assert network.told == ["detected 1 N", "detected 1 L3"]


@pytest.mark.parametrize(
    ("case", "said", "believed"),
    [
        ("16", {"occurred_at": "2026-11-23T13:00:00Z"}, False),
        ("21", {"occurred_at": 1469528413000}, True),
        ("22", {"occurred_at": None}, False),
    ],
)
def test_case_of_times(case: str, said: dict[str, Any], believed: bool) -> None:  # noqa: FBT001 - a column of the table
    signal = plain({"source": "probe", "alarm_id": case, "lines": ["L"]} | said)

    assert signal.timed is believed
    assert (signal.occurred_at == NOON) is not believed


def test_case_17_waits_for_an_answer_only_where_one_can_come() -> None:
    old: dict[str, Any] = {"source": "probe", "alarm_id": "a", "lines": ["L"]}
    old |= {"occurred_at": "2026-11-23T11:00:00Z"}

    assert plain(old, ASKED).aged
    assert not plain(old).aged


def test_case_19_text_makes_the_round_trip() -> None:
    line = "Anschluß »Köln« 中文 🚧\u00a0'\"\t!"
    network = Network()
    network.hears("down", line, occurred=0, **SURE)

    assert network.events[0].lines == (line,)


def test_case_23_unknown_changes_no_state() -> None:
    network = Network()
    network.hears("down", occurred=0, **SURE)
    network.hears("unknown", occurred=60)
    network.waits(9999)

    assert network.only.state is State.DOWN


def test_case_24_a_clear_of_what_nobody_told_is_nothing() -> None:
    network = Network()
    network.hears("up", occurred=0)
    network.waits(600)

    assert network.told == []


def test_case_28_a_restarted_agent_makes_doubtful_what_it_said() -> None:
    network = Network()
    network.hears("down", occurred=0, **SURE)
    network.alarms = {key: each.doubted(at(60)) for key, each in network.alarms.items()}
    known = network.only
    network.outages[known.id] = replace(known, evidence=tuple(network.alarms.values()))

    assert network.only.is_uncertain({})


@pytest.mark.parametrize(
    "said",
    [{"lines": []}, {"state": "perhaps"}, {"alarm_id": ""}],
    ids=["18 no place", "20 no state", "30 no alarm"],
)
def test_cases_that_are_refused(said: dict[str, Any]) -> None:
    whole = {"source": "probe", "alarm_id": "a", "lines": ["L"], "state": "down"}

    with pytest.raises(Rejected):
        reading.read(whole | said)


class TestCase33:
    def storm(self, network: Network, lines: int) -> list[Signal]:
        return [
            network.signal("down", f"S{n}", alarm=f"S{n}", occurred=0, **SURE)
            for n in range(lines)
        ]

    def test_a_storm_waits_for_an_explanation(self) -> None:
        network = Network()
        network.hears_all(*self.storm(network, 2000))
        network.waits(119)
        assert network.told == []

        network.waits(1)
        assert len(network.told) == 2000

    def test_fifty_lines_are_no_storm(self) -> None:
        network = Network()
        network.hears_all(*self.storm(network, 50))

        assert len(network.told) == 50

    def test_one_more_within_a_minute_is_one(self) -> None:
        network = Network()
        storm = self.storm(network, 51)
        network.hears_all(*storm[:50])
        network.waits(30)
        network.hears_all(storm[50])

        assert len(network.told) == 50

    def test_a_storm_that_passes_was_a_fault_of_the_monitoring(self) -> None:
        network = Network()
        storm = self.storm(network, 100)
        network.hears_all(*storm)
        network.waits(20)
        network.hears_all(*(replace(e, state="up", occurred_at=at(20)) for e in storm))

        assert set(network.told) == {GLITCH}

    def test_an_element_that_explains_it_is_told_at_once(self) -> None:
        network = Network()
        network.above = {f"S{n}": ("N", "R") for n in range(100)}
        network.hears_all(*self.storm(network, 80))

        assert network.told == ["detected 1 N"]

    @pytest.mark.parametrize("aged", [False, True])
    def test_only_what_failed_just_now_blames_an_element(self, *, aged: bool) -> None:
        network = Network()
        network.above = {f"S{n}": ("N", "R") for n in range(4)}
        network.hears_all(*(replace(e, aged=aged) for e in self.storm(network, 4)))

        blamed = {outage.report.element for outage in network.outages.values()}
        assert blamed - {None} == (set() if aged else {"N"})

    def test_what_a_storm_hides_from_another_source_is_told(self) -> None:
        network = Network()
        network.hears_all(*self.storm(network, 100))
        network.hears("down", "S1", source="icinga", alarm="x", occurred=1, **SURE)

        assert network.told == ["detected 1 S1"]


@pytest.mark.parametrize("after", [10, 150])
def test_case_35_whoever_goes_on_goes_on_from_what_is_stored(after: float) -> None:
    network, other = Network(), Network()
    for each in (network, other):
        each.hears("down", occurred=0)
        each.waits(after)
    other.outages, other.alarms = dict(network.outages), dict(network.alarms)
    for each in (network, other):
        each.waits(600)

    assert network.told == other.told == [DOWN]


def plain(said: dict[str, Any], policy: Policy | None = None) -> Signal:
    event = reading.read({"state": "down"} | said)
    assert isinstance(event, NetworkSignal)
    return reading.plain(
        event, now=NOON, sent_at=NOON, message_id="m", policy=policy or Policy()
    )


def test_the_numbers_that_are_proved_elsewhere_are_few() -> None:
    """Which payload is which case is proved with the payloads themselves."""
    here = {
        int(name.split()[0]) for name in (*CASES, *WITH_ANSWERS) if name.split()
    } | {13, 14, 5, 16, 18, 19, 20, 21, 22, 23, 24, 28, 30, 33, 35}

    assert here == set(range(1, 39))
