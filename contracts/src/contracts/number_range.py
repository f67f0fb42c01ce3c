"""
A number block, or one number, as a range with both ends.

German numbers are prefix-free: no number begins with another whole number. So the
digits that a customer's PBX adds behind a number still belong to its block.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Self

from typing_extensions import override

SMALLEST_BLOCK = 10
LARGEST_BLOCK = 1000

_CANONICAL = re.compile(r"\+[1-9][0-9]{6,14}")


class BadRange(ValueError):
    """The two ends do not make a block."""


class DifferentBlocks(ValueError):
    """Two blocks cannot be mapped onto each other keeping the extension."""


class NotInRange(ValueError):
    """A number was taken for one of the block, and is not."""


@dataclass(frozen=True, slots=True, order=True)
class NumberRange:
    """
    All numbers from `first` to `last`, both canonical E.164 of one length.

    Sizes are 1 (a single number) or 10 to 1000; anything else raises `BadRange`.
    """

    first: str
    last: str

    def __post_init__(self) -> None:
        ends = (self.first,) if self.is_single else (self.first, self.last)
        for end in ends:
            if not _CANONICAL.fullmatch(end):
                message = "a block's ends must be canonical E.164 numbers"
                raise BadRange(message)
        if self.is_single:
            return
        if len(self.first) != len(self.last):
            message = "a block's ends must have the same length"
            raise BadRange(message)
        if not SMALLEST_BLOCK <= self.size <= LARGEST_BLOCK:
            message = (
                f"a block has {SMALLEST_BLOCK} to {LARGEST_BLOCK} numbers, "
                f"not {self.size}"
            )
            raise BadRange(message)

    @classmethod
    def single(cls, number: str) -> Self:
        """Make the range of one number."""
        return cls(number, number)

    @classmethod
    def starting(cls, first: str, *, size: int) -> Self:
        """Make the block of `size` numbers that begins at `first`."""
        if not _CANONICAL.fullmatch(first):
            message = "a block's ends must be canonical E.164 numbers"
            raise BadRange(message)
        return cls(first, f"+{int(first[1:]) + size - 1}")

    @property
    def is_single(self) -> bool:
        """A single number is no block: it is matched whole, never by prefix."""
        return self.first == self.last

    @property
    def size(self) -> int:
        """How many numbers, both ends counted."""
        return int(self.last[1:]) - int(self.first[1:]) + 1

    @property
    def extension_digits(self) -> int:
        """How many digits tell the numbers apart: 3 for 1000, 2 for 11 to 100."""
        return len(str(self.size - 1)) if not self.is_single else 0

    @property
    def ending(self) -> str:
        """What of the first number is behind the digits that all numbers share."""
        pairs = zip(self.first, self.last, strict=True)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return self.first[shared:]

    @override
    def __str__(self) -> str:
        return self.first if self.is_single else f"{self.first}-{self.last}"

    def contains(self, number: str) -> bool:
        """Tell whether the switch would match `number`, lengthened ones included."""
        if self.is_single:
            return number == self.first
        return len(number) >= len(self.first) and self._begins(number)

    def overlaps(self, other: Self) -> bool:
        """
        Tell whether a call to `other` could end here, or the other way round.

        Wider than `contains`: numbers lengthened or cut short count too, because
        nobody else can own them.
        """
        return self._begins(other.first) or other._begins(self.first)

    def numbers(self) -> Iterator[str]:
        """Name every number, lowest first, without lengthened ones."""
        return (f"+{n}" for n in range(int(self.first[1:]), int(self.last[1:]) + 1))

    def prefixes(self) -> tuple[str, ...]:
        """Give the fewest prefixes that cover the block and nothing else."""
        if self.is_single:
            return (self.first,)
        low, high = int(self.first[1:]), int(self.last[1:])
        found = []
        while low <= high:
            zeros = _widest_step(low, high)
            found.append(f"+{low // 10**zeros}")
            low += 10**zeros
        return tuple(found)

    def extension_of(self, number: str) -> str:
        """
        Give the digits that a PBX sees, a lengthened number's own included.

        Raises `NotInRange` for a number of somebody else.
        """
        if not self.contains(number):
            message = "the number is not one of this block"
            raise NotInRange(message)
        return number[len(self.first) - self.extension_digits :]

    def same_extension_in(self, other: Self, number: str) -> str:
        """
        Give the number of `other` that has the extension of `number` here.

        …4710 123 becomes …23125 123, and …4710 1234 becomes …23125 1234. Raises
        `DifferentBlocks` when the blocks do not pair up, `NotInRange` for a stranger.
        """
        if not self.pairs_with(other):
            message = "the blocks differ in size or in the extensions they have"
            raise DifferentBlocks(message)
        tail = self.extension_of(number)[self.extension_digits :]
        offset = int(number[1 : len(self.first)]) - int(self.first[1:])
        return f"+{int(other.first[1:]) + offset}{tail}"

    def pairs_with(self, other: Self) -> bool:
        """Tell whether each extension here is an extension there, and vice versa."""
        return self.size == other.size and (
            self.extension_of(self.first) == other.extension_of(other.first)
        )

    def _begins(self, number: str) -> bool:
        return self.first <= number[: len(self.first)] <= self.last


def _widest_step(low: int, high: int) -> int:
    """Count the trailing digits that one prefix may leave open at `low`."""
    zeros = 0
    while low % 10 ** (zeros + 1) == 0 and low + 10 ** (zeros + 1) - 1 <= high:
        zeros += 1
    return zeros
