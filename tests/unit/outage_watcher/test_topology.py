"""Which element explains that lines fail."""

import pytest

from outage_watcher.domain import topology
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.topology import Topology


def tree(chains: dict[str, tuple[str, ...]], **sizes: int) -> Topology:
    return Topology(chains, sizes, len(chains))


def below(count: int, *elements: str, first: int = 0) -> dict[str, tuple[str, ...]]:
    """Return so many lines, all below these elements."""
    return {f"L{number}": elements for number in range(first, first + count)}


CHAIN = tree(below(2, "port", "card", "node", "ring"), port=2, card=2, node=2, ring=2)


def test_its_own_name_as_a_source_is_stored_with_its_alarms() -> None:
    assert topology.SOURCE == "topology"


def test_nothing_is_known_before_the_inventory_came() -> None:
    blank = Topology()

    assert blank.lines == 0
    assert blank.higher("L1") == frozenset()
    assert blank.failed(["L1", "L2", "L3"], Policy()) == {}


@pytest.mark.parametrize(
    ("place", "above"),
    [
        ("L0", {"port", "card", "node", "ring"}),
        ("port", {"card", "node", "ring"}),
        ("node", {"ring"}),
        ("ring", set()),
        ("elsewhere", set()),
    ],
)
def test_above_a_place_is_the_rest_of_its_chain(place: str, above: set[str]) -> None:
    assert CHAIN.higher(place) == above


@pytest.mark.parametrize(
    ("places", "covered"),
    [(["L0"], True), (["card"], True), (["L1"], False), (["x", "ring"], True)],
)
def test_a_place_is_covered_by_itself_and_by_what_is_above(
    places: list[str], *, covered: bool
) -> None:
    assert CHAIN.covers(places, "L0") is covered


def test_two_parts_are_one_and_how_many_lines_there_are_stays() -> None:
    first = tree({"L1": ("N", "R")}, N=1)
    more = tree({"L2": ("M", "R"), "L3": ("M", "R")}, M=2)

    both = first.joined(more)

    assert both.higher("N") == {"R"}
    assert both.higher("L3") == {"M", "R"}
    assert both.sizes == {"N": 1, "M": 2}
    assert both.lines == 1


class TestToBlame:
    @pytest.mark.parametrize(
        ("size", "failing", "blamed"),
        [(2, 2, False), (3, 3, True), (5, 3, False), (5, 4, True), (10, 7, False)],
    )
    def test_is_an_element_with_enough_failing_lines(
        self, size: int, failing: int, *, blamed: bool
    ) -> None:
        lines = below(size, "N")
        found = tree(lines, N=size).failed(list(lines)[:failing], Policy())

        assert found == ({"N": set(list(lines)[:failing])} if blamed else {})

    def test_is_no_element_of_unknown_size(self) -> None:
        lines = below(4, "N", "R")

        assert tree(lines, N=4).failed(lines, Policy()).keys() == {"N"}

    def test_is_the_nearest_of_those_that_explain_the_same(self) -> None:
        lines = below(4, "port", "node", "ring")

        found = tree(lines, port=4, node=4, ring=4).failed(lines, Policy())

        assert found.keys() == {"port"}

    def test_is_the_one_above_that_explains_more(self) -> None:
        lines = below(4, "A", "R") | below(4, "B", "R", first=4)

        found = tree(lines, A=4, B=4, R=8).failed(lines, Policy())

        assert found == {"R": set(lines)}

    def test_are_two_that_have_no_line_in_common(self) -> None:
        lines = below(3, "A") | below(5, "B", first=3)

        assert tree(lines, A=3, B=5).failed(lines, Policy()).keys() == {"A", "B"}

    def test_is_not_what_works(self) -> None:
        lines = below(4, "A", "R") | below(40, "B", "R", first=4)

        found = tree(lines, A=4, B=40, R=44).failed(list(lines)[:4], Policy())

        assert found.keys() == {"A"}
