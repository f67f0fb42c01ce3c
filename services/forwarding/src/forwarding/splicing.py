"""
Kafka's record batches (format version 2), spliced from ready bytes.

The records of a flip differ in scope and head alone; tail and headers are shared. So
one record is laid out, and of the others the columns in which they differ: one step of
Python a record would cost more than everything else that a mass flip does.
"""

import json
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.record.util import calc_crc32c

from forwarding.sheets import Sheet

_HEADER = struct.Struct(">qiibIhiqqqhii")
_AFTER_LENGTH = 12
_CRC_AT = 17
_ATTRIBUTES_AT = 21
_LZ4 = 3
_ONE_BYTE = 64
"""Offsets below take one byte."""
_TWO_BYTES = 8192
_NO_DELAY = b"\0\0"
"""What follows a record's length: no attributes, and the batch's own time."""
_AS_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""Made once: `json.dumps` makes an encoder for each call that differs from default."""


def varint(number: int) -> bytes:
    """Return the zigzag varint of a length or offset."""
    zigzag = number << 1
    out = bytearray()
    while zigzag > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all events of a flip have in common."""

    tail: bytes
    """The end of the JSON value, with the closing brace."""
    id_prefix: bytes
    headers: tuple[tuple[str, bytes], ...]
    """Kafka headers except ce_id."""

    @property
    def encoded_headers(self) -> bytes:
        """Return the headers as they stand in a record, up to ce_id's length."""
        told = b"".join(
            varint(len(name)) + name.encode() + varint(len(value)) + value
            for name, value in self.headers
        )
        return varint(len(self.headers) + 1) + told + varint(5) + b"ce_id"


def shared(
    tail: Mapping[str, Any], headers: Mapping[str, str], *, id_prefix: str
) -> Shared:
    """Prepare what the events of one flip share."""
    text = _AS_JSON(tail)
    kept = tuple((k, v.encode()) for k, v in headers.items() if k != "ce_id")
    return Shared(b"," + text[1:].encode(), id_prefix.encode(), kept)


class RecordBatch:
    """Records for one partition, packed, as the producer's accumulator takes them."""

    def __init__(self, packed: bytes, count: int) -> None:
        self._packed = packed
        self.count = count
        self._state = (-1, -1, -1)
        self._built: bytearray | None = None

    def append(self, **_record: Any) -> None:
        """Refuse records of others: the producer then opens a batch of its own."""

    def record_count(self) -> int:
        """Return how many records it holds."""
        return self.count

    def size(self) -> int:
        """Return its size on the wire."""
        return _HEADER.size + len(self._packed)

    def closed(self) -> bool:
        """Return that it takes nothing more."""
        return True

    def close(self) -> None:
        """Do nothing: it is closed once it is handed over."""

    def _set_producer_state(self, producer_id: int, epoch: int, sequence: int) -> None:
        self._state = (producer_id, epoch, sequence)
        self._built = None

    def _build(self) -> bytearray:
        if self._built is None:
            self._built = self._encode()
        return self._built

    def _encode(self) -> bytearray:
        buffer = bytearray(_HEADER.size) + self._packed
        now = int(time.time() * 1000)
        _HEADER.pack_into(
            buffer, 0, 0, len(buffer) - _AFTER_LENGTH, -1, 2, 0, _LZ4,
            self.count - 1, now, now, *self._state, self.count,
        )  # fmt: skip
        crc = calc_crc32c(memoryview(buffer)[_ATTRIBUTES_AT:])
        struct.pack_into(">I", buffer, _CRC_AT, crc)
        return buffer


class Layout:
    """How the records of one flip are laid out in a batch."""

    def __init__(self, common: Shared) -> None:
        self._tail = common.tail
        self._headers = common.encoded_headers
        self._id_prefix = common.id_prefix

    def run(self, at: int) -> int:
        """Return how many records from this offset on have offsets of one width."""
        return _ONE_BYTE - at if at < _ONE_BYTE else _TWO_BYTES - at

    def records(
        self, sheet: Sheet, begin: int, size: int, *, at: int
    ) -> tuple[bytes, dict[int, bytes]]:
        """
        Return the first of some records, and the columns in which the others differ.

        Of the rows from `begin` on, `size` of them; the first has offset `at`.
        """
        scope, head = sheet.scope, sheet.head
        key, offsets = key_of(scope), _offsets(at, size)
        id_size = varint(len(self._id_prefix) + len(scope))
        before = b"".join((_NO_DELAY, *(one[:1] for one in offsets), varint(len(key))))
        value = varint(len(head) + len(self._tail))
        told = b"".join((self._headers, id_size, self._id_prefix, scope))
        rest = b"".join((before, key, value, head, self._tail, told))
        record = varint(len(rest)) + rest
        front = len(record) - len(rest)
        key_at = front + len(before)
        head_at = key_at + len(key) + len(value) - len(scope)
        id_at = len(record) - len(scope)
        columns = dict(enumerate(offsets, front + len(_NO_DELAY)))
        for place, column in sheet.cut(begin, begin + size):
            if place >= len(scope):
                columns[head_at + place] = column
                continue
            columns[id_at + place] = column
            if place < len(key):
                columns[key_at + place] = column
        first = bytearray(record)
        for place, column in columns.items():
            first[place] = column[0]
        return bytes(first), columns


def _offsets(at: int, size: int) -> list[bytes]:
    """Return the columns of the offsets from `at` on."""
    if at < _ONE_BYTE:
        return [_OFFSETS[0][at : at + size]]
    return [column[at : at + size] for column in _OFFSETS[1:]]


def key_of(scope: bytes) -> bytes:
    """Return the Kafka key: the number, or a block's first."""
    return scope.partition(b"-")[0]


_OFFSETS = (
    bytes(at << 1 for at in range(_ONE_BYTE)),
    bytes(at << 1 & 0x7F | 0x80 for at in range(_TWO_BYTES)),
    bytes(at >> 6 for at in range(_TWO_BYTES)),
)
"""Offsets of one byte, and the first and second byte of those of two."""
