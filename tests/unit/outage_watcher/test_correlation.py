"""Signals that come together: which element they blame, and which storm they are."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from outage_watcher.domain.board import Board, Known
from outage_watcher.domain.correlation import hear_all, reconsider, threshold
from outage_watcher.domain.evidence import Signal, Word
from outage_watcher.domain.outage import State
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.topology import Topology
from support.watching import NOON, Network, at, held

FIVE = {f"L{number}": ("N",) for number in range(1, 6)}
SURE: dict[str, Any] = {"confirmed": True}


def down(network: Network, lines: Sequence[str], **more: Any) -> list[Signal]:
    """Return one alarm of each line."""
    how = {"occurred": 0} | more
    return [network.signal("down", line, alarm=line, **how) for line in lines]


def up(network: Network, *lines: str, **more: Any) -> None:
    network.hears_all(*(network.signal("up", e, alarm=e, **more) for e in lines))


@pytest.fixture
def network() -> Network:
    """Five lines below the element N."""
    return Network(Policy(), **FIVE)


@pytest.fixture
def blamed(network: Network) -> Network:
    """N is down since noon, because all its lines are."""
    network.hears_all(*down(network, list(FIVE), **SURE))
    assert network.told == ["detected 1 N"]
    return network


def element(network: Network) -> list[State]:
    """Return the states of the outages of N."""
    return [e.state for e in network.outages.values() if e.report.element == "N"]


class TestBlame:
    def test_begins_when_the_first_of_the_lines_failed(self, network: Network) -> None:
        first, *others = FIVE
        network.hears_all(
            *down(network, [first], occurred=-20, **SURE),
            *down(network, others, occurred=-10),
        )

        assert network.events[0].occurred_at == at(-20)

    def test_never_begins_in_the_future(self, network: Network) -> None:
        network.hears_all(*down(network, list(FIVE), occurred=50, **SURE))

        assert network.events[0].occurred_at == NOON

    def test_is_held_as_long_as_the_first_of_the_lines(self, network: Network) -> None:
        first, *others = FIVE
        network.hears_all(
            *down(network, [first], occurred=-20), *down(network, others, occurred=-10)
        )
        assert network.told == []

        network.waits(10)
        assert network.told == ["detected 1 N"]

    def test_needs_no_hold_where_one_of_the_lines_needs_none(
        self, network: Network
    ) -> None:
        first, *others = FIVE
        network.hears_all(*down(network, [first], **SURE), *down(network, others))

        assert network.told == ["detected 1 N"]

    def test_needs_a_hundred_lines_one_by_one_at_most(self) -> None:
        lines = [f"S{number}" for number in range(101)]
        for named, states in ((lines[:100], [State.DOWN]), (lines, [])):
            network = Network(Policy(), **dict.fromkeys(named, ("N",)))
            network.hears("down", *named, occurred=0, **SURE)

            assert element(network) == states


class TestEndOfBlame:
    def test_is_when_too_many_lines_work_again(self, blamed: Network) -> None:
        blamed.now = at(60)
        up(blamed, "L1")
        assert element(blamed) == [State.DOWN]

        up(blamed, "L2")
        assert element(blamed) == [State.RECOVERING]

    def test_is_told_after_its_hold(self, blamed: Network) -> None:
        blamed.now = at(60)
        up(blamed, *FIVE)
        blamed.waits(120)

        assert blamed.told == ["detected 1 N", "cleared 2 recovered"]
        assert blamed.events[-1].occurred_at == at(60)

    def test_needs_no_other_proof_than_that_of_the_lines(self) -> None:
        network = Network(held(asked=True), **FIVE)
        network.hears_all(*down(network, list(FIVE), **SURE))
        network.now = at(60)
        up(network, *FIVE, **SURE)
        network.waits(120)

        assert network.told == ["detected 1 N", "cleared 2 recovered"]

    def test_is_told_after_what_is_held_longer_by_its_own_source(self) -> None:
        slow = Policy(sources={"probe": Holds(up=timedelta(minutes=10))})
        network = Network(slow, **FIVE)
        network.hears_all(*down(network, list(FIVE), **SURE))
        network.now = at(60)
        up(network, *FIVE)
        network.waits(120)
        lines = [f"detected 1 {line}" for line in FIVE]
        assert network.told == ["detected 1 N", *lines, "cleared 2 recovered"]

        network.waits(480)
        assert len(network.told) == 12
        assert network.open == []

    def test_is_told_after_what_nothing_proves(self) -> None:
        network = Network(Policy(sources={"probe": Holds(asked=True)}), **FIVE)
        network.hears_all(*down(network, list(FIVE), **SURE))
        network.now = at(60)
        up(network, *FIVE)
        network.waits(120)

        lines = [f"detected 1 {line} uncertain" for line in FIVE]
        assert network.told == ["detected 1 N", *lines, "cleared 2 recovered"]

    def test_is_also_when_no_line_hangs_on_it_any_more(self, blamed: Network) -> None:
        left = Board(
            Known(outages=tuple(blamed.open), alarms=tuple(blamed.alarms.values())),
            now=at(60),
            policy=Policy(),
        )

        reconsider(left, (), ["N"])

        assert [after for _, after, _ in left.moves] == [State.RECOVERING]

    def test_is_not_the_last_word(self, blamed: Network) -> None:
        """A sure failure that began before the recovery is told at once, too."""
        blamed.now = at(60)
        up(blamed, "L1", "L2")
        blamed.waits(120)
        blamed.hears("down", "L1", source="icinga", occurred=50, **SURE)

        assert element(blamed) == [State.OVER, State.DOWN]
        assert blamed.told[-1] == "detected 1 N"

    def test_by_a_person_lasts_while_something_else_fails(self) -> None:
        network = Network(Policy(), **FIVE, X1=("X",), X2=("X",), X3=("X",))
        network.hears_all(*down(network, list(FIVE), **SURE))
        board = Board(
            Known(outages=tuple(network.open), alarms=tuple(network.alarms.values())),
            now=NOON,
            policy=Policy(),
        )
        assert board.open[0].report.element == "N"
        network.alarms |= {
            each.key: each for each in board.close(board.open[0], "withdrawn").evidence
        }
        network.outages |= board.changed

        network.hears_all(*down(network, ["X1", "X2", "X3"], **SURE))

        assert element(network) == [State.OVER]
        assert network.told[-1] == "detected 1 X"


class TestEndOfBlameByAPerson:
    @pytest.fixture
    def withdrawn(self, network: Network) -> Network:
        """N was told because of four of its lines, and withdrawn at 60 s."""
        network.hears_all(*down(network, ["L1", "L2", "L3", "L4"], **SURE))
        network.waits(60)
        network.closes("withdrawn")
        assert element(network) == [State.OVER]
        return network

    def test_outlives_what_is_said_again(self, withdrawn: Network) -> None:
        withdrawn.hears_all(*down(withdrawn, ["L1"], **SURE))
        withdrawn.hears("down", "L2", alarm="L2", occurred=60)
        withdrawn.hears("down", "L3", source="icinga", occurred=0, **SURE)
        withdrawn.asks(*down(withdrawn, ["L1", "L2", "L3", "L4"], manner="snapshot"))
        withdrawn.waits(600)

        assert element(withdrawn) == [State.OVER]

    @pytest.mark.parametrize("line", ["L1", "L5"])
    def test_is_void_when_something_new_fails(
        self, withdrawn: Network, line: str
    ) -> None:
        up(withdrawn, "L1", occurred=70)
        withdrawn.hears("down", line, alarm=line, occurred=80, **SURE)

        assert element(withdrawn) == [State.OVER, State.DOWN]

    def test_is_void_when_what_fails_comes_to_it(self, withdrawn: Network) -> None:
        board = Board(
            Known(
                alarms=tuple(withdrawn.alarms.values()),
                topology=Topology(FIVE, {"N": 5}, 5),
                failing=frozenset(FIVE),
            ),
            now=at(90),
            policy=Policy(),
        )

        reconsider(board, FIVE, ["N"])
        assert board.open == []

        reconsider(board, FIVE, ["N"], new={"L5"})
        assert [each.report.element for each in board.open] == ["N"]


class TestStorm:
    PATIENT = held(storm_least=2, storm_share=0.0)

    def test_is_not_what_is_said_again(self) -> None:
        network = Network(self.PATIENT)
        for lines in (["L1", "L2"], ["L3", "L4"]):
            network.hears_all(*down(network, lines))
            network.waits(100)
        network.hears_all(*down(network, ["L1", "L2", "L3", "L4", "L5"]))

        assert network.storms == {}

    def test_is_also_of_what_failed_before(self) -> None:
        network = Network(self.PATIENT)
        for line in ("L1", "L2", "L3"):
            network.hears_all(*down(network, [line]))
            up(network, line, occurred=1)
        network.now = at(100)
        network.hears_all(*down(network, ["L1", "L2", "L3"], occurred=99))

        assert network.storms == {"probe": at(220)}

    @pytest.mark.parametrize(("when", "until"), [(119, 120), (120, 240)])
    def test_is_not_made_longer_but_may_begin_anew(
        self, when: float, until: float
    ) -> None:
        network = Network(self.PATIENT)
        network.hears_all(*down(network, ["L1", "L2", "L3"]))
        assert network.storms == {"probe": at(120)}
        network.now = at(when)
        network.hears_all(*down(network, ["L4", "L5", "L6"]))

        assert network.storms == {"probe": at(until)}

    def test_is_of_one_source_with_its_own_holds(self) -> None:
        calm = Holds(storm_least=1, storm_hold=timedelta(seconds=5))
        network = Network(Policy(sources={"icinga": calm}))
        lines = ["L1", "L2"]
        network.hears_all(*down(network, lines), *down(network, lines, source="icinga"))

        assert network.storms == {"icinga": at(5)}

    @pytest.mark.parametrize(("lines", "limit"), [(100, 50), (1000, 200)])
    def test_is_more_than_a_number_and_more_than_a_share(
        self, lines: int, limit: float
    ) -> None:
        assert threshold("probe", Topology(lines=lines), Policy()) == limit

    @pytest.mark.parametrize("source", ["maintenance", "operator"])
    def test_is_not_what_people_say_or_planned(self, source: str) -> None:
        network = Network(self.PATIENT)
        lines = ["L1", "L2", "L3"]
        network.hears_all(*down(network, lines, source=source, **SURE))

        assert network.told == [f"detected 1 {line}" for line in lines]


def test_each_signal_has_its_verdict_in_its_order() -> None:
    board = Board(Known(), now=NOON, policy=Policy())
    first = Signal("probe", "a", "down", Word(None, ("L1",)), NOON, NOON)

    assert hear_all(board, [first, first]) == ["accepted", "repeat"]
