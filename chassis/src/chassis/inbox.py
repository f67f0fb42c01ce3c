"""
Messages come in: read, given to a use case once, parked when they can never succeed.

The id of a message is stored in the transaction of its effect, so a repeated
message has none. Raw bytes are decoded here and not by the framework, so that
whatever arrives ends as an effect or as a dead letter.
"""

import json
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeAlias, TypeVar

import structlog
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from chassis.errors import Rejected
from chassis.postgres import Connection
from contracts.event import Event, derived_id

E = TypeVar("E", bound=Event)
Record: TypeAlias = ConsumerRecord

log = structlog.get_logger()

STRUCTURED = "application/cloudevents"
"""The content type of a message whose value holds the envelope as well."""
LONGEST_ID = 200
"""An index of PostgreSQL takes no key of more than some 2,700 bytes."""
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event with what its envelope says."""

    event: E
    id: str
    time: datetime
    """When it was told (`ce_time`), else when Kafka took it."""
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a message says of itself beside its value."""

    id: str
    time: datetime
    traceparent: str | None
    content_type: str


UseCase = Callable[[Received[E], Connection], Awaitable[None]]


def read(record: Record, event_type: type[E]) -> Received[E]:
    """Decode a message; raises Rejected with the reason when it cannot be read."""
    around = envelope(record, event_type)
    event = decode(record.value, event_type, around.content_type)
    return Received(event, around.id, around.time, around.traceparent)


def envelope(record: Record, event_type: type[Event]) -> Envelope:
    """Read all but the value; raises Rejected for a message of another type."""
    headers = text_headers(record)
    content_type = headers.get("content-type", "")
    if is_structured(content_type):
        headers |= _told_inside(record.value)
    claimed = headers.get("ce_type", event_type.__name__)
    if claimed.rsplit(".", 1)[-1] != event_type.__name__:
        raise Rejected("wrong_type", f"ce_type is {claimed!r:.100}")
    return Envelope(
        _id(_told_id(headers, event_type), record),
        _time(headers.get("ce_time"), record.timestamp),
        headers.get("traceparent"),
        content_type,
    )


def _told_inside(value: bytes | None) -> dict[str, str]:
    """Return the attributes of a structured CloudEvent under their headers' names."""
    try:
        told = json.loads(value or b"{}").items()
        texts = {f"ce_{name}": text for name, text in told if isinstance(text, str)}
        # JSON may hold half a surrogate, which is no text and cannot be stored.
        "".join(texts.values()).encode()
    except (ValueError, AttributeError, RecursionError) as error:
        raise Rejected("unreadable", type(error).__name__) from None
    return texts


def decode(value: bytes | None, event_type: type[E], content_type: str) -> E:
    """Return the event that the bytes hold, bare or in a structured CloudEvent."""
    if not value:
        raise Rejected("empty", "The message has no value.")
    try:
        if is_structured(content_type):
            value = carried(json.loads(value))
        if b"\\u0000" in value and _NUL.search(value):
            raise Rejected("invalid", "A text holds NUL, which no database keeps.")
        return event_type.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        code = "unreadable" if first["type"] == "json_invalid" else "invalid"
        raise Rejected(code, f"{where}: {first['msg']}".lstrip(": ")[:500]) from None
    except LookupError:
        raise Rejected("unreadable", "The envelope has no `data`.") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise Rejected("unreadable", type(error).__name__) from None


def is_structured(content_type: str) -> bool:
    """Tell whether the value is a whole CloudEvent; of types, case says nothing."""
    return content_type.lower().startswith(STRUCTURED)


def carried(told: Any) -> bytes:
    """
    Return the JSON that a structured CloudEvent carries.

    Raises LookupError for one without, TypeError or ValueError for what is none.
    """
    if "data_base64" in told:
        return b64decode(told["data_base64"], validate=True)
    return json.dumps(told["data"]).encode()


def text_headers(record: Record) -> dict[str, str]:
    """
    Return the headers that are text; a hostile header is no reason to stop.

    Kafka knows `CE_ID` and `ce-id` for other headers than `ce_id`; programs that came
    from HTTP write them so, and a repeat must be known by its id all the same.
    """
    return {
        _name(name): value.decode("utf-8", "replace")
        for name, value in record.headers
        if isinstance(value, bytes)
    }


def _name(written: str) -> str:
    name = written.lower()
    return f"ce_{name[3:]}" if name.startswith("ce-") else name


async def first_times(
    connection: Connection, topic: str, event_ids: Sequence[str]
) -> set[str]:
    """Note many ids at once and return those that had no effect before."""
    rows = await connection.fetch(
        """
        INSERT INTO inbox (topic, event_id)
             SELECT $1, unnest($2::text[])
        ON CONFLICT DO NOTHING
          RETURNING event_id
        """,
        topic,
        event_ids,
    )
    return {row["event_id"] for row in rows}


async def first_of(
    connection: Connection, topic: str, received: Sequence[Received[E]]
) -> list[Received[E]]:
    """Note the ids of a batch; return what had no effect before, each once."""
    by_id: dict[str, Received[E]] = {}
    for one in received:
        by_id.setdefault(one.id, one)
    new = await first_times(connection, topic, list(by_id))
    return [one for one in by_id.values() if one.id in new]


def _told_id(headers: Mapping[str, str], event_type: type[Event]) -> str | None:
    """Return the sender's id; of two senders it may be the same, so who is named."""
    told, source = headers.get("ce_id"), headers.get("ce_source")
    if not told or not source or source == event_type.source:
        return told
    return f"{told} of {source}"


def _id(told: str | None, record: Record) -> str:
    """Return the message's id in a form that can be stored, the same for a repeat."""
    if not told:
        return derived_id(record.topic, record.partition, record.offset)
    if len(told) > LONGEST_ID or "\x00" in told:
        return derived_id(record.topic, told)
    return told


def _time(told: str | None, timestamp_ms: int) -> datetime:
    try:
        if told and (time := datetime.fromisoformat(told)).tzinfo:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        log.debug("unreadable_ce_time")
    try:
        return datetime.fromtimestamp(max(timestamp_ms, 0) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        # A producer may claim any; a topic without limits takes the year 200,000.
        return datetime.fromtimestamp(0, UTC)
