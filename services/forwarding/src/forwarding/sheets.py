"""
Ready events of many scopes, kept by column.

Numbers that hang on the same elements have events that differ in few bytes, a digit
here and there. A sheet keeps one of them whole and of the others only the columns that
vary: some twenty bytes a number, and nothing to be put together when a flip comes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

MOST_ROWS = 1024
LARGEST = 700 * 1024
"""Bytes of all rows if they had nothing in common: brokers refuse a mebibyte."""

Row = tuple[bytes, bytes]
"""Scope and head."""
Shape = tuple[int, int, int]
"""How long scope and head are, and where a block's scope has its dash (else -1)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Scopes whose events have one `Shape`."""

    scope: bytes
    """The first row's."""
    head: bytes
    """The first row's."""
    varying: Sequence[int]
    """Which bytes of scope and head, counted through both, differ between rows."""
    columns: bytes
    """What stands there, one column after the other: `count` bytes each."""
    count: int

    def cut(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Return the varying places and what some of the rows have there."""
        for index, place in enumerate(self.varying):
            start = index * self.count
            yield place, self.columns[start + begin : start + end]


def sheet_of(rows: Sequence[Row]) -> Sheet:
    """Return rows as a sheet; all have the lengths of the first, see `shape_of`."""
    scope, head = rows[0]
    width, count = len(scope) + len(head), len(rows)
    text = b"".join(chain.from_iterable(rows))
    columns = [(at, text[at::width]) for at in range(width)]
    varying = [(at, one) for at, one in columns if one.count(one[0]) != count]
    return Sheet(
        scope,
        head,
        [at for at, _ in varying],
        b"".join(one for _, one in varying),
        count,
    )


def shape_of(row: Row) -> Shape:
    """Return what all rows of a sheet have in common."""
    scope, head = row
    return len(scope), len(head), scope.find(b"-")


def most_rows(shape: Shape) -> int:
    """Return how many rows of a shape may stand on one sheet."""
    return max(1, min(MOST_ROWS, LARGEST // most_bytes(shape)))


def most_bytes(shape: Shape) -> int:
    """Return how many bytes a row takes at most in what is sent, beside the first."""
    scope, head, _ = shape
    return 3 * scope + head + 64  # as key, id and row; and what parts them


def sheets_of(rows: Sequence[Row]) -> Iterator[Sheet]:
    """Put rows on as few sheets as they fit on; their order may change."""
    shapes: dict[Shape, list[Row]] = {}
    for row in rows:
        shapes.setdefault(shape_of(row), []).append(row)
    for shape, alike in sorted(shapes.items()):
        most = most_rows(shape)
        for begin in range(0, len(alike), most):
            yield sheet_of(alike[begin : begin + most])
