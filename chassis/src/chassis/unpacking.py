"""
Header names that are no text: Kafka takes them, aiokafka does not.

It decodes names while it unpacks a fetch, long before a parser of ours is asked. One
bad byte in one name fails that fetch again and again, and nothing behind it is ever
heard. So what fails for that is unpacked once more, with `?` for each such byte.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import structlog
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from aiokafka.record.util import decode_varint
from typing_extensions import override

log = structlog.get_logger()


class Batch:
    """A batch as aiokafka knows it, of which every record can be read."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)  # what aiokafka asks of a control batch

    def __iter__(self) -> Iterator[Any]:
        """Return its records; a record that cannot be read, by its mended bytes."""
        done = 0
        try:
            for record in self._batch:
                yield record
                done += 1
        except (CorruptRecordException, UnicodeDecodeError) as error:
            if not _is_of_text(error):
                raise
            log.warning("header_name_is_no_text", offset=self.base_offset + done)
            yield from islice(_mended(self._raw), done, None)


class Records(_MemoryRecordsPy):  # type: ignore[misc]  # final, for type checkers
    """What a fetch brought; the batches themselves are unpacked as fast as ever."""

    @override
    def next_batch(self, *args: Any) -> Any:
        """Return the next batch, or None."""
        raw = self._next_slice
        batch = super().next_batch(*args)
        return None if batch is None or raw is None else Batch(batch, raw)


# The only place where aiokafka makes one of what it fetched.
fetcher.MemoryRecords = Records


def _is_of_text(error: Exception) -> bool:
    """Tell whether a name is why; the parser without C says so in the cause only."""
    return any(isinstance(e, UnicodeDecodeError) for e in (error, error.__cause__))


def _mended(raw: memoryview) -> Iterator[Any]:
    """Return all records of a batch; names that are no text get other bytes."""
    batch = _DefaultRecordBatchPy(raw)
    records: Iterator[Any] = iter(batch)  # from now on its buffer is unpacked
    buffer, at = batch._buffer, batch._pos  # noqa: SLF001 - no other way to them
    for _ in range(batch._num_records):  # noqa: SLF001
        at = _mend_names(buffer, at)
    return records


def _mend_names(buffer: bytearray, at: int) -> int:
    """Mend the names of the record that begins there; return where it ends."""
    _, at = decode_varint(buffer, at)
    at += 1  # attributes
    for _ in ("time", "offset"):
        _, at = decode_varint(buffer, at)
    for _ in ("key", "value"):
        size, at = decode_varint(buffer, at)
        at += max(size, 0)
    headers, at = decode_varint(buffer, at)
    for _ in range(headers):
        size, at = decode_varint(buffer, at)
        buffer[at : at + size] = _as_text(bytes(buffer[at : at + size]))
        at += size
        size, at = decode_varint(buffer, at)
        at += max(size, 0)
    return at


def _as_text(name: bytes) -> bytes:
    """Return it as long as it is, so that no length in the record changes."""
    try:
        name.decode()
    except UnicodeDecodeError:
        ascii_alone = name.decode("ascii", "replace")  # one character for each byte
        return ascii_alone.replace("\N{REPLACEMENT CHARACTER}", "?").encode()
    return name
