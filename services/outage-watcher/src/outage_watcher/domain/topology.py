"""What hangs on what: lines, and the elements above them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outage_watcher.domain.policy import Policy

SOURCE = "topology"
"""Who reports an element when most of its lines fail."""


@dataclass(frozen=True, slots=True)
class Topology:
    """The part of the inventory that some places need."""

    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The elements above each line, nearest first."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How many lines each element has."""
    lines: int = 0
    """How many lines there are at all."""

    def higher(self, place: str) -> frozenset[str]:
        """Return every element above a line or an element."""
        if place in self.above:
            return frozenset(self.above[place])
        found: set[str] = set()
        for chain in self.above.values():
            if place in chain:
                found.update(chain[chain.index(place) + 1 :])
        return frozenset(found)

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
