"""Targets that are held off: their owners, or we, want no forwarded calls there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from contracts.number_range import NumberRange


@dataclass(frozen=True, slots=True)
class HeldTargets:
    """Numbers and ranges that no forwarding may lead to."""

    numbers: frozenset[str] = frozenset()
    ranges: tuple[NumberRange, ...] = ()

    @classmethod
    def of(cls, held: Iterable[NumberRange]) -> Self:
        """Take them all in."""
        known = frozenset(held)
        singles = frozenset(one.first for one in known if one.is_single)
        return cls(singles, tuple(sorted(one for one in known if not one.is_single)))

    def meet(self, target: NumberRange) -> bool:
        """Tell whether any number of the target is held off."""
        if any(one.overlaps(target) for one in self.ranges):
            return True
        if not target.is_single:
            return any(target.contains(number) for number in self.numbers)
        # A number with more digits behind it rings at the same owner's.
        ends = range(2, len(target.first) + 1)
        return any(target.first[:end] in self.numbers for end in ends)


NONE_HELD = HeldTargets()
