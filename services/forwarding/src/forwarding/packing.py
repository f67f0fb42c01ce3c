"""
Record batches that are LZ4 from the start.

The records of a flip repeat the one before but for some columns, and LZ4 says just
that: these bytes, then as many as stood so far back. So a packed record is a pattern
of some fifty bytes, repeated, with columns written into it by functions that loop in
C. Laying records out and having them packed costs ten times as much.

https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md has the rules: a copy is
of four bytes or more and from 65,535 back at most; the last dozen bytes are literal.
"""

import struct
from collections.abc import Mapping

from forwarding.sheets import Sheet, most_bytes, shape_of
from forwarding.splicing import Layout, RecordBatch, Shared

MOST_RECORDS = 1024
"""Of one batch, unless a single sheet has more."""
LARGEST = 800 * 1024
"""Brokers refuse batches of more than a mebibyte."""

_FRAME = bytes.fromhex("04224d18 60 70 73")
"""Magic, blocks that stand alone, of 4 MiB at most, and the checksum of these two."""
_END = bytes(4)
_SIZE = struct.Struct("<I")
_BACK = struct.Struct("<H")
_FARTHEST = 0xFFFF
_SHORTEST = 4
_NIBBLE = 15


class Packer:
    """Fills one record batch with the rows of sheets."""

    def __init__(self, common: Shared) -> None:
        self._layout = Layout(common)
        self._block = Block()
        self.count = 0

    def takes(self, sheet: Sheet) -> bool:
        """Return whether a sheet goes into the same batch as what is there."""
        worst = (sheet.count + 2) * most_bytes(shape_of((sheet.scope, sheet.head)))
        return self.count == 0 or (
            self.count + sheet.count <= MOST_RECORDS
            and self._block.size + worst <= LARGEST
        )

    def add(self, sheet: Sheet) -> None:
        """Add all rows of a sheet."""
        done = 0
        while done < sheet.count:
            # Offsets have one width in a run, so that its records differ in columns.
            size = min(self._layout.run(self.count), sheet.count - done)
            record, columns = self._layout.records(sheet, done, size, at=self.count)
            self._block.repeat(record, columns, size)
            done += size
            self.count += size

    def batch(self) -> RecordBatch:
        """Return all that was added."""
        return RecordBatch(self._block.frame(), self.count)


class Block:
    """One block of LZ4, written by who knows what repeats."""

    def __init__(self) -> None:
        self._done: list[bytes | bytearray] = []
        self._literals = b""
        """Not written yet: what repeats may follow."""
        self._size = 0

    @property
    def size(self) -> int:
        """Return how many bytes it has, packed."""
        return self._size + len(self._literals)

    def repeat(self, record: bytes, columns: Mapping[int, bytes], count: int) -> None:
        """Add `count` records: the first is given, the others differ in columns."""
        runs = _runs(columns)
        begins = runs[0][0]
        if count == 1 or begins < _SHORTEST or len(record) > _FARTHEST:
            for row in range(count):
                self._literals += _with(record, columns, row)
            return
        self._write(_sequence(self._literals + record, begins, len(record)))
        pattern, places = _pattern(record, runs)
        middle = bytearray(pattern * (count - 2))
        if middle:
            for place, column in columns.items():
                middle[places[place] :: len(pattern)] = column[1:-1]
        self._write(middle)
        # The last one whole, as nothing else may end a block.
        self._literals = _with(record, columns, count - 1)[begins:]

    def _write(self, data: bytes | bytearray) -> None:
        self._done.append(data)
        self._size += len(data)

    def frame(self) -> bytes:
        """Return the block as a whole frame."""
        block = b"".join((*self._done, _last(self._literals)))
        return _FRAME + _SIZE.pack(len(block)) + block + _END


def _runs(columns: Mapping[int, bytes]) -> list[tuple[int, int]]:
    """Return from where to where columns stand that have no room for a copy between."""
    runs: list[tuple[int, int]] = []
    for place in sorted(columns):
        if runs and place - runs[-1][1] < _SHORTEST:
            runs[-1] = runs[-1][0], place + 1
        else:
            runs.append((place, place + 1))
    return runs


def _pattern(
    record: bytes, runs: list[tuple[int, int]]
) -> tuple[bytes, dict[int, int]]:
    """Return a packed record from its first run on, and where its literals stand."""
    pattern = b""
    places: dict[int, int] = {}
    ends = [begin for begin, _ in runs[1:]] + [len(record) + runs[0][0]]
    for (begin, end), copied_until in zip(runs, ends, strict=True):
        size = end - begin
        sequence = _sequence(record[begin:end], copied_until - end, len(record))
        before = _size_of_token(size)
        for index in range(size):
            places[begin + index] = len(pattern) + before + index
        pattern += sequence
    return pattern, places


def _with(record: bytes, columns: Mapping[int, bytes], row: int) -> bytes:
    whole = bytearray(record)
    for place, column in columns.items():
        whole[place] = column[row]
    return bytes(whole)


def _sequence(literals: bytes, copied: int, back: int) -> bytes:
    """Return literals and a copy as LZ4 writes them."""
    size, more = len(literals), copied - _SHORTEST
    token = min(size, _NIBBLE) << 4 | min(more, _NIBBLE)
    return b"".join(
        (bytes([token]), _rest(size), literals, _BACK.pack(back), _rest(more))
    )


def _last(literals: bytes) -> bytes:
    """Return the literals that end a block."""
    size = len(literals)
    return bytes([min(size, _NIBBLE) << 4]) + _rest(size) + literals


def _size_of_token(literals: int) -> int:
    return 1 + len(_rest(literals))


def _rest(size: int) -> bytes:
    """Return what of a size has no room in its half of the token."""
    if size < _NIBBLE:
        return b""
    full, rest = divmod(size - _NIBBLE, 255)
    return b"\xff" * full + bytes([rest])
