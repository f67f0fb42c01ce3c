"""A header name that is no text stops nothing, by either of aiokafka's parsers."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record import default_records, memory_records
from aiokafka.record.default_records import (
    _DefaultRecordBatchBuilderPy,
    _DefaultRecordBatchPy,
)

from chassis import unpacking
from support.odd_names import NoText

PARSERS = [default_records.DefaultRecordBatch, _DefaultRecordBatchPy]
GZIP = 1
ODD = (NoText(), b"x")
Odd = list[Sequence[tuple[str, bytes | None]]]


@pytest.fixture(params=PARSERS, ids=["C", "Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(memory_records, "DefaultRecordBatch", request.param)


def batch(*headers: Sequence[tuple[str, bytes | None]], packed: int = 0) -> bytes:
    """Return a batch with one record for each list of headers."""
    builder = _DefaultRecordBatchBuilderPy(2, packed, 0, -1, -1, 0, 1 << 20)
    for offset, each in enumerate(headers):
        builder.append(
            offset, 1000 + offset, b"k" if offset else None, b"v", list(each)
        )
    return bytes(builder.build())


def unpacked(fetched: bytes) -> list[list[Any]]:
    """Return what aiokafka would make of these bytes, batch by batch."""
    records, found = unpacking.Records(fetched), []
    while records.has_next():
        one = records.next_batch()
        assert one.validate_crc()
        found.append(list(one))
    return found


def test_aiokafka_reads_every_fetch_by_it() -> None:
    reads = Fetcher._proc_fetch_request  # noqa: SLF001 - what the pinned one does

    assert reads.__globals__["MemoryRecords"] is unpacking.Records
    assert "MemoryRecords" in reads.__code__.co_names
    assert memory_records.MemoryRecords is not unpacking.Records


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("packed", [0, GZIP])
def test_each_record_is_read_once_and_odd_names_are_replaced(packed: int) -> None:
    odd: Odd = [[("a", b"1")], [ODD, ("mü", None)], [], [("b", b"2"), ODD]]
    found = unpacked(
        batch([("first", None)]) + batch(*odd, packed=packed) + batch([ODD])
    )

    assert [[one.headers for one in each] for each in found] == [
        [[("first", None)]],
        [
            [("a", b"1")],
            [("???", b"x"), ("mü", None)],
            [],
            [("b", b"2"), ("???", b"x")],
        ],
        [[("???", b"x")]],
    ]
    assert [(one.offset, one.timestamp, one.key) for one in found[1]] == [
        (0, 1000, None),
        (1, 1001, b"k"),
        (2, 1002, b"k"),
        (3, 1003, b"k"),
    ]


@pytest.mark.usefixtures("parser")
def test_what_is_broken_in_another_way_stays_an_error() -> None:
    whole = bytearray(batch([("a", b"1")]))
    whole[61] += 2  # the record says that it is longer than it is

    records = unpacking.Records(bytes(whole))
    with pytest.raises(CorruptRecordException):
        list(records.next_batch())
