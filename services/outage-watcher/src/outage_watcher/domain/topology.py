"""What hangs on what: lines, and the elements above them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from outage_watcher.domain.evidence import Word
from outage_watcher.domain.policy import Policy

SOURCE = "topology"
"""Who reports an element when most of its lines fail."""
MOST_LINES = 100
"""
A signal that names more lines than this has already been correlated.

It blames no element; like any other it belongs to the work at an element above all of
its lines, or to that one's outage.
"""


@dataclass(frozen=True, slots=True)
class Topology:
    """The part of the inventory that some places need."""

    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The elements above each line, nearest first."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How many lines each element has."""
    lines: int = 0
    """How many lines there are at all."""
    _over: dict[str, frozenset[str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """The elements above each element: a storm asks for them again and again."""

    def __post_init__(self) -> None:
        """Look at each chain once, however many lines hang on it."""
        over: dict[str, set[str]] = defaultdict(set)
        for chain in set(self.above.values()):
            for place, element in enumerate(chain, 1):
                over[element].update(chain[place:])
        self._over.update({each: frozenset(higher) for each, higher in over.items()})

    def joined(self, more: "Topology") -> "Topology":
        """Return it with the places that the other part knows."""
        above, sizes = {**self.above, **more.above}, {**self.sizes, **more.sizes}
        return replace(self, above=above, sizes=sizes)

    def higher(self, place: str) -> frozenset[str]:
        """Return every element above a line or an element."""
        if place in self.above:
            return frozenset(self.above[place])
        return self._over.get(place, frozenset())

    def covers(self, places: Iterable[str], place: str) -> bool:
        """Return whether a place is one of these, or below one of them."""
        there = frozenset(places)
        return place in there or not there.isdisjoint(self.higher(place))

    def failed(self, failing: Iterable[str], policy: Policy) -> dict[str, set[str]]:
        """
        Return the elements that explain the failing lines, with those lines.

        Of two elements that explain the same lines the nearest is to blame; one
        that explains more than those below it stands for them.
        """
        down: dict[str, set[str]] = defaultdict(set)
        for line in failing:
            for element in self.above.get(line, ()):
                down[element].add(line)
        most = {
            element: lines
            for element, lines in down.items()
            if element in self.sizes
            and len(lines) >= policy.element_least
            and len(lines) >= policy.element_share * self.sizes[element]
        }
        return {
            element: lines
            for element, lines in most.items()
            if not self._is_explained(element, most)
        }

    def _is_explained(self, element: str, most: Mapping[str, set[str]]) -> bool:
        lines, above = most[element], self.higher(element)
        return any(
            lines < others if other in above else lines == others
            for other, others in most.items()
            if other != element
        )


def weighed(word: Word) -> frozenset[str]:
    """Return the places whose failure may tell something of the elements above."""
    return word.places if len(word.lines) <= MOST_LINES else frozenset()
