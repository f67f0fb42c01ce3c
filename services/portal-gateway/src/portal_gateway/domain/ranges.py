"""Ranges of numbers, read and counted."""

from collections.abc import Iterable

from portal_gateway.domain.facts import Range


def range_of(text: str) -> Range:
    """Read a number, or a block as both its ends with a hyphen between."""
    first, _, last = text.partition("-")
    return first, last or first


def size(span: Range) -> int:
    """Count the numbers of the range, both ends included."""
    return int(span[1][1:]) - int(span[0][1:]) + 1


def total(spans: Iterable[Range]) -> int:
    """Count the numbers of ranges, each number once."""
    counted = behind = 0
    for first, end in sorted((int(one[1:]), int(last[1:]) + 1) for one, last in spans):
        counted += max(0, end - max(first, behind))
        behind = max(behind, end)
    return counted
