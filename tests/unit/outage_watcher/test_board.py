"""What a board holds, hides and ends, on what it is given and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from outage_watcher.domain.board import Board, Known, outage_id
from outage_watcher.domain.evidence import Evidence, Signal, Word
from outage_watcher.domain.outage import OPERATOR, Outage, State, opened
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.report import Correction
from outage_watcher.domain.topology import Topology
from support.watching import NOON, Network, at

L1 = Word(None, ("L1",))
SLOW, SLOW_NODE = replace(L1, kind="degradation"), Word("N", kind="degradation")
TREE = Topology({"L1": ("N", "R"), "L2": ("N", "R")}, {"N": 2, "R": 2}, 2)
SURE: dict[str, Any] = {"confirmed": True}


def board(seconds: float = 0, **known: Any) -> Board:
    return Board(Known(**known), now=at(seconds), policy=Policy())


def failure(word: Word = L1, *, source: str = "probe", **more: Any) -> Evidence:
    """Return an alarm that is down since noon."""
    plain = Evidence(
        source, "a1", word, heard_at=NOON, confirmed_at=NOON, held_from=NOON
    )
    return replace(plain, is_down=True, down_at=NOON, **more)


def told_of(word: Word = L1, **more: Any) -> Outage:
    """Return an outage that readers know of."""
    first = failure(word, alarm_id=f"alarm of {sorted(word.places)}")
    new = opened(f"outage of {sorted(word.places)}", first, NOON)
    how: dict[str, Any] = {"state": State.DOWN, "version": 1} | more
    return replace(new, **how)


def untimed(word: Word = L1, message_id: str = "m1") -> Signal:
    return Signal(
        "probe", "a1", "down", word, NOON, NOON, timed=False, message_id=message_id
    )


class TestId:
    def test_is_the_same_in_every_release(self) -> None:
        same = "0c1f35fe-ab76-5f5d-a09d-9dcc286f7659"

        assert outage_id(("probe", "a1"), NOON) == same

    def test_is_made_of_the_start_where_one_was_told(self) -> None:
        network = Network()
        network.hears("down", occurred=-5)

        assert network.only.id == outage_id(("probe", "a1"), at(-5))

    def test_is_made_of_the_message_where_none_was(self) -> None:
        at_noon = board()
        at_noon.hear(untimed())

        (outage,) = at_noon.open
        assert outage.id == outage_id(("probe", "a1"), "m1")

    def test_is_made_of_the_arrival_where_there_is_no_message_either(self) -> None:
        at_noon = board()
        at_noon.hear(untimed(message_id=""))

        (outage,) = at_noon.open
        assert outage.id == outage_id(("probe", "a1"), NOON)

    def test_is_made_of_the_start_where_a_line_comes_back(self) -> None:
        back = board(60)
        back.renew(failure())

        assert back.open[0].id == outage_id(("probe", "a1"), NOON)

    def test_is_another_where_it_is_taken(self) -> None:
        taken = outage_id(("probe", "a1"), "m1")
        at_noon = board(taken_ids=frozenset({taken}))
        at_noon.hear(untimed())

        assert at_noon.open[0].id != taken


class TestHiding:
    def test_an_element_that_is_due_with_its_lines_is_told_alone(self) -> None:
        network = Network(L1=("N",), L2=("N",))
        network.hears("down", occurred=0)
        network.hears("down", element="N", alarm="node", occurred=0)
        network.waits(30)

        assert network.told == ["detected 1 N"]

    @pytest.mark.parametrize(
        ("above", "below", "hidden"),
        [
            (Word("N"), L1, True),
            (Word("N"), replace(L1, kind="planned"), True),
            (Word("N", kind="planned"), replace(L1, kind="planned"), True),
            (Word("N", kind="planned"), L1, False),
            (Word("N", kind="degradation", voice_reachable=True), L1, False),
            (Word("N", voice_reachable=True), L1, False),
            (Word("N", voice_reachable=True), replace(L1, voice_reachable=True), True),
            (Word("N", voice_reachable=False), L1, True),
            (SLOW_NODE, SLOW, True),
            (SLOW_NODE, replace(SLOW, voice_reachable=True), True),
            (SLOW_NODE, replace(SLOW, voice_reachable=False), False),
        ],
    )
    def test_is_only_for_what_the_element_diverts_as_well(
        self, above: Word, below: Word, *, hidden: bool
    ) -> None:
        standing = board(topology=TREE, outages=(told_of(above),))
        standing.hear(replace(untimed(below), confirmed=True))

        assert (standing.events == []) is hidden

    def test_ends_with_a_word_before_the_element_is_cleared(self) -> None:
        element, line = told_of(Word("N")), told_of(root_cause="N", version=0)
        recovers = board(60, topology=TREE, outages=(element,))
        (key,) = (each.key for each in element.evidence)
        recovers.hear(
            Signal(*key, "up", Word("N"), occurred_at=at(60), heard_at=at(60))
        )
        assert recovers.uncovered == ["N"]

        recovers.take_in(Known(outages=(line,)))

        (event,) = recovers.events
        assert event.outage_id == line.id

    @pytest.mark.parametrize(
        "said",
        [
            {"places": Word(None, ("L5",))},
            {"places": Word("M")},
            {"voice_reachable": True},
            {"kind": "degradation"},
        ],
    )
    def test_ends_when_a_person_says_less_of_the_element(
        self, said: dict[str, Any]
    ) -> None:
        network = self.hidden()

        network.corrects(**said)

        assert network.told[2:] == ["detected 1 L1"]

    def test_ends_when_its_own_source_says_less_of_the_element(self) -> None:
        network = self.hidden()

        network.hears("down", element="N", alarm="node", kind="degradation", **SURE)

        assert network.told[2:] == ["detected 1 L1"]

    @pytest.mark.parametrize("said", [{"note": "Bagger"}, {"voice_reachable": False}])
    def test_goes_on_while_the_element_says_as_much(self, said: dict[str, Any]) -> None:
        network = self.hidden()

        network.corrects(**said)

        assert network.told == ["detected 1 N", "detected 2 N"]

    def test_goes_on_while_another_outage_of_the_element_stands(self) -> None:
        network = self.hidden()
        network.hears("down", "L9", element="N", alarm="wide", **SURE)
        assert network.told[1:] == ["detected 1 L9 N"]

        network.hears("up", alarm="wide")

        assert len(network.told) == 2

    def test_is_by_the_highest_of_the_elements_that_are_due_together(self) -> None:
        network = Network(L1=("N", "R", "S"))
        for element in ("R", "N", "S"):
            network.hears("down", element=element, alarm=element, occurred=0)
        network.waits(30)

        assert network.told == ["detected 1 S"]

    def test_ends_for_what_fails_as_the_element_recovers(self) -> None:
        both = board(topology=TREE, outages=(told_of(Word("N")),))
        both.hear(replace(untimed(), confirmed=True))
        assert both.events == []
        up = Signal("probe", "alarm of ['N']", "up", Word("N"), at(1), at(1))
        both.hear(up)

        both.take_in(Known())

        assert [event.places for event in both.events] == [("L1",)]

    def test_goes_on_by_what_is_above_what_is_taken_in(self) -> None:
        line = told_of(root_cause="N", version=0)
        ends = board(outages=(told_of(Word("N")), told_of(Word("R"))))
        ends.close(ends.open[0], "operator")
        assert ends.uncovered == ["N"]

        ends.take_in(Known(outages=(line,), topology=TREE))

        assert len(ends.events) == 1
        assert ends.topology.higher("N") == {"R"}

    def test_leaves_out_what_is_gone_of_what_is_taken_in(self) -> None:
        line = told_of(Word(None, ("L1", "L2")), root_cause="N", version=0)
        ends = board(outages=(told_of(Word("N")),), topology=TREE)
        ends.close(ends.open[0], "operator")

        ends.take_in(Known(outages=(line,), gone=frozenset({"L2"})))

        assert ends.events[1].lines == ("L1",)

    def test_is_by_the_nearest_element(self) -> None:
        network = Network(L1=("N", "R"))
        for element in ("N", "R"):
            network.hears("down", element=element, alarm=element, **SURE)
        network.hears("down", "L1", **SURE)

        hidden = [each.root_cause for each in network.open if each.report == L1]
        assert hidden == ["N"]

    @pytest.mark.parametrize(
        ("above", "told"),
        [
            (("N",), False),
            (("M",), True),
            ((), True),
            (("M", "N"), False),
            (("M", "R"), False),
            (("M", "later"), False),
            (("M", "sooner"), True),
            (("M", "calls"), True),
        ],
    )
    def test_ends_in_its_own_hold_where_nothing_above_hides_it_so_long(
        self, above: tuple[str, ...], *, told: bool
    ) -> None:
        network = self.hidden()
        others = ("sooner", "later", "R", "calls")
        for each in others:
            leaves = True if each == "calls" else None
            how: dict[str, Any] = {"voice_reachable": leaves, "alarm": each} | SURE
            network.hears("down", element=each, **how)
        for second, each in enumerate(("sooner", "a1", "later")):
            network.now = at(second)
            source = "icinga" if each == "a1" else "probe"
            network.hears("up", alarm=each, source=source)
        before = len(network.told)

        network.above = {"L1": above}
        network.waits(0)

        assert (network.told[before:] == ["detected 1 L1"]) is told

    def hidden(self) -> Network:
        """Return N told, and L1 below it down and not told."""
        network = Network(L1=("N",), L2=("N",))
        network.hears("down", element="N", alarm="node", **SURE)
        network.hears("down", "L1", source="icinga", **SURE)
        assert network.told == ["detected 1 N"]
        return network

    def test_does_not_bring_back_what_ended_on_the_same_board(self) -> None:
        known = told_of()
        same = board(outages=(known,))
        same.close(known, "operator")

        same.take_in(Known(outages=(known,)))

        assert same.open == []
        assert len(same.events) == 1

    def test_has_no_end_where_nothing_was_hidden(self) -> None:
        begins = board(topology=TREE)
        begins.hear(replace(untimed(Word("N")), confirmed=True))
        line = told_of()
        recovers = board(60, outages=(line,))
        recovers.renew(replace(line.evidence[0], is_down=False, up_at=at(60)))

        assert [after for _, after, _ in recovers.moves] == [State.RECOVERING]
        assert begins.uncovered == recovers.uncovered == []

    def test_is_not_for_what_names_no_place(self) -> None:
        standing = board(topology=TREE, outages=(told_of(Word("N")),))
        standing.renew(failure(Word(), source=OPERATOR, confirmed=True))

        assert len(standing.events) == 1


class TestPlaces:
    def test_that_an_outage_left_begin_a_new_one(self) -> None:
        network = Network()
        network.hears("down", "L1", occurred=0, **SURE)
        network.hears_all(
            network.signal("down", "L2", occurred=0),
            network.signal("down", "L1", alarm="b", occurred=0, **SURE),
        )

        assert len(network.open) == 2

    def test_that_another_outage_came_to_and_left_stay_with_the_first(self) -> None:
        network = Network()
        network.hears("down", "L1", alarm="a", occurred=0)
        network.hears("down", "L2", alarm="b", occurred=0)
        network.hears_all(
            network.signal("down", "L1", alarm="b", occurred=0),
            network.signal("down", "L2", alarm="b", occurred=0),
            network.signal("down", "L1", alarm="c", occurred=0),
        )

        assert [len(each.evidence) for each in network.open] == [2, 1]

    def test_of_a_line_that_is_gone_begin_nothing_unless_a_person_says_so(self) -> None:
        gone = board(gone=frozenset({"L1"}))
        gone.renew(failure())
        assert gone.open == []

        gone.renew(failure(source=OPERATOR))
        assert [each.reported_by for each in gone.open] == [OPERATOR]

    def test_of_which_one_is_left_begin_an_outage_of_that(self) -> None:
        half = board(gone=frozenset({"L1"}))
        half.renew(failure(Word(None, ("L1", "L2"))))

        assert half.open[0].report.lines == ("L2",)


class TestFailing:
    @pytest.mark.parametrize(("lines", "counted"), [(100, 100), (101, 0)])
    def test_lines_of_one_outage_count_up_to_a_hundred(
        self, lines: int, counted: int
    ) -> None:
        named = tuple(f"L{number}" for number in range(lines))

        assert len(board(outages=(told_of(Word(None, named)),)).failing) == counted

    def test_lines_count_no_more_when_they_work(self) -> None:
        line = told_of()
        works = board(60, outages=(line,))
        assert works.failing == {"L1"}

        works.renew(replace(line.evidence[0], is_down=False, up_at=at(60)))

        assert works.failing == set()

    def test_one_failure_that_may_be_over_is_enough_to_doubt(self) -> None:
        line = told_of()
        old = failure(alarm_id="old", aged=True, outage_id=line.id)
        doubted = replace(line, evidence=(*line.evidence, old))

        assert board(outages=(doubted,)).failing == set()


class TestEnd:
    def test_by_a_person_returns_what_is_stored(self) -> None:
        line = told_of()
        here = board(60, outages=(line,))

        after = here.close(line, "operator")

        assert after == here.outage(line.id) == here.changed[line.id]
        assert (after.state, after.reason) == (State.OVER, "operator")

    @pytest.mark.parametrize("reason", ["operator", "decommissioned"])
    def test_leaves_its_alarms_without_an_outage(self, reason: Any) -> None:
        line = told_of()
        here = board(60, outages=(line,))
        here.close(line, reason)

        key = line.evidence[0].key
        known = here.alarm(key)
        assert known
        assert known.outage_id is None
        assert here.renewed[key] == known

    def test_of_a_line_that_comes_back_and_still_fails_is_not_the_last_word(
        self,
    ) -> None:
        line = told_of()
        here = board(60, outages=(line,))
        here.close(line, "decommissioned")
        known = here.alarm(line.evidence[0].key)
        assert known

        here.renew(known)

        assert [each.report for each in here.open] == [L1]


class TestCorrection:
    def test_returns_what_is_stored(self) -> None:
        line = told_of()
        here = board(outages=(line,))

        after = here.correct(line, lambda _: Correction(note="LTE"))

        assert after.report.note == "LTE"
        assert here.outage(line.id) == after

    def test_that_changes_nothing_is_not_stored(self) -> None:
        line = told_of()
        here = board(outages=(line,))

        assert here.correct(line, lambda before: before) == line == here.outage(line.id)
        assert not here.changed
        assert not here.events


def test_a_signal_has_a_verdict() -> None:
    here = board()

    assert [here.hear(untimed()), here.hear(untimed())] == ["accepted", "repeat"]


def test_alarms_of_a_source_are_not_those_of_another() -> None:
    alarms = (failure(), failure(source="icinga"))

    assert board(alarms=alarms).alarms_of("icinga") == [alarms[1]]
