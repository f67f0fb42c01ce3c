"""What was read takes effect; what could not be read is parked with its raw bytes."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from pydantic_core import to_json

from chassis import dead_letters, tracing
from chassis.errors import Rejected
from chassis.inbox import Received, Record
from chassis.postgres import Connection, Transaction
from contracts.event import derived_id
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.remark import Remark
from outage_watcher.sources.said import Said, Unread
from outage_watcher.usecases import Heard, Watcher

log = structlog.get_logger()

NAME = "outage-watcher"
BY_HTTP = -1
"""The partition of what came by no topic; its offset is made of its bytes."""
MOST_REASONS = 5


def heard(said: Said, message_id: str, at: datetime, trace: str | None) -> list[Heard]:
    """Return the signals, each with an id that stays the same when it comes again."""
    return [
        Received(signal, derived_id(message_id, index, signal.alarm_id), at, trace)
        for index, signal in enumerate(said.signals)
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """Some signals of a list, with those of it that were heard and those to come."""

    signals: Sequence[Heard]
    behind: Sequence[Heard]
    ahead: Sequence[Heard]


def parts(signals: Sequence[Heard], at_once: int) -> Iterator[Part]:
    """Return a list part by part, so that others have their turn; one at least."""
    # A sign of life counts for all that is said with it.
    told = sorted(signals, key=lambda each: not reading.is_heartbeat(each.event))
    for done in range(0, len(told) or 1, at_once):
        end = done + at_once
        yield Part(told[done:end], told[:done], told[end:])


async def take(
    said: Said,
    body: bytes,
    content_type: str,
    watcher: Watcher,
    changing: Transaction,
    *,
    at_once: int,
) -> None:
    """
    Let all that a request says take effect, and park the rest of it.

    After a break in the middle the same may come again: what took effect is a repeat.
    """
    record = _record(said.source, body, content_type, said.now)
    message_id = derived_id(said.source, record.offset, said.now)
    trace = tracing.here()  # one webhook is one trace, however many signals
    signals = heard(said, message_id, said.now, trace)
    early, late = parted(said.remarks)
    for part in parts(signals, at_once):
        async with changing() as connection:
            if not part.behind:
                await leave(said, record, watcher, connection)
                await watcher.heed(early, connection)
            await watcher.hear(
                part.signals, connection, behind=part.behind, ahead=part.ahead
            )
            if not part.ahead:
                await watcher.heed(late, connection)


async def hear(
    signals: Sequence[Heard],
    remarks: Sequence[Remark],
    watcher: Watcher,
    connection: Connection,
) -> None:
    """Let what was told together take effect."""
    early, late = parted(remarks)
    await watcher.heed(early, connection)
    await watcher.hear(signals, connection)
    await watcher.heed(late, connection)


def parted(remarks: Sequence[Remark]) -> tuple[list[Remark], list[Remark]]:
    """
    Return what is heeded before the signals, and what after them.

    Work that ends does so after what recovers with it, which would be told as a fault
    for a moment. Work that begins again goes on.
    """
    last = max(
        (n for n, each in enumerate(remarks) if each.kind == "maintenance_began"),
        default=-1,
    )
    late = [each for each in remarks[last + 1 :] if each.kind == "maintenance_ended"]
    return [each for each in remarks if each not in late], late


async def leave(
    said: Said, record: Record, watcher: Watcher, connection: Connection
) -> None:
    """Count what has no effect, and park what could not be read."""
    say_unread(said.source, [each.reason for each in said.quarantined])
    for result, number in (
        ("unmapped", len(said.quarantined)),
        ("invalid", len(said.rejected)),
        ("ignored", len(said.ignored)),
    ):
        for _ in range(number):
            watcher.count_bad(said.source, result)
    if said.rejected:
        await dead_letters.park(
            connection, _rest(said, record), _fate(said), service=NAME
        )


def say_unread(source: str, reasons: Sequence[str]) -> None:
    """Log what has no effect and is kept nowhere: an alert counts it."""
    if reasons:
        first = list(reasons[:MOST_REASONS])
        log.warning("signals_unread", source=source, many=len(reasons), reasons=first)


def _fate(said: Said) -> Rejected:
    reasons = [each.reason for each in said.rejected[:MOST_REASONS]]
    more = len(said.rejected) - len(reasons)
    text = "; ".join(reasons) + (f"; and {more} more" if more else "")
    return Rejected(said.rejected[0].code, text[:500])


def _rest(said: Said, record: Record) -> Record:
    """Return what nobody understood, alone: sending it again repeats no good one."""
    headers = {name: value for name, value in record.headers if name != "source"}
    value = record.value
    if said.signals or said.remarks or len(said.rejected) > 1:
        value = b"\n".join(_raw(each) for each in said.rejected)
    return Record(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        timestamp_type=record.timestamp_type,
        key=record.key,
        value=value,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=len(value or b""),
        headers=[*headers.items(), ("source", said.source.encode())],
    )


def _raw(unread: Unread) -> bytes:
    if isinstance(unread.item, str):
        return unread.item.encode()  # a line of a log
    return unread.raw or to_json(unread.item)


def _record(source: str, body: bytes, content_type: str, now: datetime) -> Record:
    """Return a request as the record it would be, so that it can be sent again."""
    digest = hashlib.sha256(source.encode() + b"\n" + body).digest()
    return Record(
        topic=NetworkSignal.topic(),
        partition=BY_HTTP,
        offset=int.from_bytes(digest[:8]) >> 1,
        timestamp=int(now.timestamp() * 1000),
        timestamp_type=0,
        key=None,
        value=body,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=len(body),
        headers=[("content-type", content_type.encode("utf-8", "replace"))],
    )
