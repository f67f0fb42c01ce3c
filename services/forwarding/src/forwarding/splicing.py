"""
Kafka's record batches (format version 2), spliced from ready bytes.

The records of a flip differ in scope and head alone; tail and headers are shared. So a
batch is laid out column by column, with functions that loop in C: one step of Python a
record would cost more than everything else that a mass flip does.
"""

import json
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from aiokafka.record.util import calc_crc32c
from cramjam import lz4

MOST_RECORDS = 4096
"""Of one batch, so that an offset in it takes two bytes at most."""
LARGEST_BODY = 800 * 1024
"""Brokers refuse batches of more than a mebibyte, and not every text packs well."""

_HEADER = struct.Struct(">qiibIhiqqqhii")
_AFTER_LENGTH = 12
_CRC_AT = 17
_ATTRIBUTES_AT = 21
_LZ4 = 3
_ONE_BYTE = 64
"""Offsets below take one byte."""
_COLUMNS = 7
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
    """Records for one partition, as the producer's accumulator takes them."""

    def __init__(self, body: bytes, count: int) -> None:
        self._packed = _packed(body)
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


def _packed(body: bytes) -> bytes:
    # Brokers refuse frames whose blocks lean on each other.
    packer = lz4.Compressor(level=0, content_checksum=False, block_linked=False)
    packer.compress(body)
    return bytes(packer.finish())


class Splicer:
    """Makes the records of one flip out of lines."""

    def __init__(self, common: Shared) -> None:
        self._common = common
        self._sizes = _Sizes(len(common.tail))
        self._shapes: dict[int, _Shape] = {}

    @property
    def overhead(self) -> int:
        """Return about how many bytes a record has beside its line."""
        common = self._common
        return len(common.tail) + len(common.encoded_headers) + 40

    def batches(self, lines: Sequence[bytes]) -> Iterator[RecordBatch]:
        """Make batches of lines `anything TAB scope TAB head`, one of them usually."""
        body = self.body(lines) if len(lines) <= MOST_RECORDS else b""
        if len(lines) > 1 and not 0 < len(body) <= LARGEST_BODY:
            half = len(lines) // 2
            yield from self.batches(lines[:half])
            yield from self.batches(lines[half:])
        else:
            yield RecordBatch(body, len(lines))

    def body(self, lines: Sequence[bytes]) -> bytes:
        """Return the records of lines as they follow each other in a batch."""
        fields = b"\t".join(lines).split(b"\t")
        scopes, heads = fields[1::3], fields[2::3]
        lengths = sorted(set(map(len, scopes)))
        if len(lengths) == 1:
            return self._run(scopes, heads, 0)
        # Scopes of one length lie side by side: a flip tells each of them once.
        parts: list[bytes] = []
        at = 0
        for length in lengths:
            rows = [
                row for row in zip(scopes, heads, strict=True) if len(row[0]) == length
            ]
            parts.append(
                self._run([row[0] for row in rows], [row[1] for row in rows], at)
            )
            at += len(rows)
        return b"".join(parts)

    def _run(self, scopes: list[bytes], heads: list[bytes], at: int) -> bytes:
        """Lay out records whose scopes have one length; the first has offset `at`."""
        length, count = len(scopes[0]), len(scopes)
        shape = self._shapes.get(length)
        if shape is None:
            shape = self._shapes[length] = _Shape(self._common, scopes[0])
        sizes, short = list(map(len, heads)), max(0, _ONE_BYTE - at)
        parts = [shape.middle] * (_COLUMNS * count)
        parts[0::_COLUMNS] = [
            *map(shape.near.__getitem__, sizes[:short]),
            *map(shape.far.__getitem__, sizes[short:]),
        ]
        parts[1::_COLUMNS] = _offsets(shape.key)[at : at + count]
        parts[2::_COLUMNS] = (
            scopes if shape.key == length else [scope[: shape.key] for scope in scopes]
        )
        parts[3::_COLUMNS] = map(self._sizes.__getitem__, sizes)
        parts[4::_COLUMNS] = heads
        parts[6::_COLUMNS] = scopes
        return b"".join(parts)


class _Shape:
    """What records have in common whose scopes have one length."""

    def __init__(self, common: Shared, scope: bytes) -> None:
        self.key = len(key_of(scope))
        id_size = varint(len(common.id_prefix) + len(scope))
        told = common.encoded_headers + id_size + common.id_prefix
        self.middle = common.tail + told
        rest = 2 + len(varint(self.key)) + self.key + len(told) + len(scope)
        self.near = _Fronts(rest + 1, len(common.tail))
        self.far = _Fronts(rest + 2, len(common.tail))


class _Sizes(dict[int, bytes]):
    """The length of a value by the length of its head."""

    def __init__(self, tail: int) -> None:
        self._tail = tail

    def __missing__(self, head: int) -> bytes:
        self[head] = size = varint(head + self._tail)
        return size


class _Fronts(dict[int, bytes]):
    """How a record begins, by the length of its head: length, attributes, no delay."""

    def __init__(self, rest: int, tail: int) -> None:
        self._rest, self._tail = rest, tail

    def __missing__(self, head: int) -> bytes:
        value = head + self._tail
        front = varint(self._rest + len(varint(value)) + value) + b"\0\0"
        self[head] = front
        return front


@cache
def _offsets(key: int) -> list[bytes]:
    """Return how offsets in a batch are written, each with the key's length behind."""
    size = varint(key)
    return [varint(offset) + size for offset in range(MOST_RECORDS)]


def key_of(scope: bytes) -> bytes:
    """Return the Kafka key: the number, or a block's first."""
    return scope.partition(b"-")[0]
