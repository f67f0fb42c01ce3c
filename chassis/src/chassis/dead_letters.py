"""Messages that can never succeed step aside, with the reason and the raw bytes."""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

import asyncpg
import structlog

from chassis import metrics, outbox
from chassis.errors import Rejected
from chassis.inbox import Record
from chassis.logging import masked
from chassis.postgres import Connection
from contracts.catalogue import dead_letter_topic

log = structlog.get_logger()

LARGEST_COPY = (1 << 20) - 1024
"""Bytes of a message; what arrived compressed can be larger than any topic takes."""


class TooManyInARow(Exception):
    """So many dead letters in sequence look like our own bug: the consumer waits."""


async def park(
    connection: Connection, record: Record, fate: Rejected, *, service: str
) -> None:
    """Keep the message and queue a copy for its dead-letter topic; `service` parks."""
    headers = [[_storable(name), _text(value)] for name, value in record.headers]
    reason = _storable(fate.reason)
    if not await _kept(connection, record, headers, fate.code, reason):
        return
    why = {
        "dlq_code": fate.code,
        "dlq_reason": reason,
        "dlq_service": service,  # several read most topics
        "dlq_topic": record.topic,
        "dlq_partition": str(record.partition),
        "dlq_offset": str(record.offset),
    }
    key, value, copied = _leaving(record, _copied(headers))
    await outbox.add_raw(
        connection,
        dead_letter_topic(record.topic),
        key=key,
        value=value,
        headers=copied | _hidden(why),
    )
    metrics.DEAD_LETTERS.labels(record.topic, fate.code).inc()
    log.warning(
        "message_parked",
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        code=fate.code,
        reason=reason,
    )


async def _kept(
    connection: Connection,
    record: Record,
    headers: list[list[str | None]],
    code: str,
    reason: str,
) -> bool:
    """Keep it once: False when the same record was parked before, and nobody asked."""
    done = await connection.execute(
        """
        INSERT INTO dead_letter
                    (topic, partition, "offset", key, value, headers, code, reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (topic, partition, "offset") DO UPDATE
                SET value = excluded.value, headers = excluded.headers,
                    code = excluded.code, reason = excluded.reason,
                    parked_at = excluded.parked_at, asked_at = NULL
              WHERE dead_letter.asked_at IS NOT NULL
        """,
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        json.dumps(headers),
        code,
        reason,
    )
    return done == "INSERT 0 1"


def _leaving(
    record: Record, headers: dict[str, str]
) -> tuple[bytes | None, bytes, dict[str, str]]:
    """
    Return what a copy says: key, value and headers without numbers and secrets.

    It is for whoever watches; what is sent again is the row, which stays whole.
    """
    if _size(record.key, record.value or b"", headers) <= LARGEST_COPY:
        key = None if record.key is None else _without_secrets(record.key)
        value = _without_secrets(record.value or b"")
        headers = _hidden(headers)
        if _size(key, value, headers) <= LARGEST_COPY:
            return key, value, headers
    # The outbox would stop at a message that no topic takes.
    return None, b"", {"dlq_left_out": "too large: see the row"}


def _without_secrets(raw: bytes) -> bytes:
    text = raw.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        return json.dumps(masked(json.loads(text, parse_int=_dialled))).encode()
    return str(masked(text)).encode()  # it is no JSON


def _dialled(digits: str) -> int | str:
    hidden = str(masked(digits))
    return int(digits) if hidden == digits else hidden


def _hidden(headers: dict[str, str]) -> dict[str, str]:
    hidden = cast("dict[str, object]", masked(headers))
    return {name: str(value) for name, value in hidden.items()}


def _copied(headers: list[list[str | None]]) -> dict[str, str]:
    return {name: value for name, value in headers if name and value is not None}


def _text(value: object) -> str | None:
    if not isinstance(value, bytes):
        return None
    return _storable(value.decode("utf-8", "replace"))


def _storable(text: str) -> str:
    """Return it without NUL, the one character that PostgreSQL does not keep."""
    return text.replace("\x00", "")


async def listing(connection: Connection, *, limit: int = 100) -> list[asyncpg.Record]:
    """Return the newest dead letters without their bytes."""
    return await connection.fetch(
        """
        SELECT id, topic, partition, "offset", code, reason,
               parked_at, asked_at, resent_at, octet_length(value) AS size
          FROM dead_letter
         ORDER BY id DESC
         LIMIT $1
        """,
        limit,
    )


async def show(connection: Connection, letter: int) -> dict[str, Any] | None:
    """Return one dead letter whole, or None."""
    row = await connection.fetchrow("SELECT * FROM dead_letter WHERE id = $1", letter)
    return dict(row) if row else None


async def ask_again(
    connection: Connection, letters: list[int], *, at: datetime
) -> set[int]:
    """Let the service take these once more, and return those that there are."""
    found = await connection.fetch(
        """
        UPDATE dead_letter
           SET asked_at = $2, resent_at = NULL
         WHERE id = ANY($1::bigint[])
     RETURNING id
        """,
        letters,
        at,
    )
    return {row["id"] for row in found}


async def are_asked_for(connection: Connection) -> bool:
    """Tell whether somebody asked for any."""
    query = "SELECT EXISTS (SELECT FROM dead_letter WHERE asked_at IS NOT NULL)"
    return bool(await connection.fetchval(query))


async def asked_for(connection: Connection, *, limit: int) -> list[tuple[int, Record]]:
    """Return the oldest that were asked for, as the messages that they were."""
    rows = await connection.fetch(
        """
        SELECT id, topic, partition, "offset", key, value, headers, parked_at
          FROM dead_letter
         WHERE asked_at IS NOT NULL
         ORDER BY id
         LIMIT $1
        """,
        limit,
    )
    return [(row["id"], _record(row)) for row in rows]


async def taken(connection: Connection, letter: int, *, at: datetime) -> None:
    """Note that it had its effect; one that was parked again meanwhile stays."""
    await connection.execute(
        """
        UPDATE dead_letter
           SET resent_at = $2, asked_at = NULL
         WHERE id = $1
           AND asked_at IS NOT NULL
        """,
        letter,
        at,
    )


def _record(row: asyncpg.Record) -> Record:
    """Return the message with its own place, so that its id is what it was."""
    headers = _copied(json.loads(row["headers"]))
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp=int(row["parked_at"].timestamp() * 1000),
        timestamp_type=0,
        key=row["key"],
        value=row["value"],
        checksum=None,
        serialized_key_size=len(row["key"] or b""),
        serialized_value_size=len(row["value"] or b""),
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


def _size(key: bytes | None, value: bytes, headers: dict[str, str]) -> int:
    texts = (len(text.encode()) for pair in headers.items() for text in pair)
    return len(key or b"") + len(value) + sum(texts)


async def measure(connection: Connection) -> None:
    """Tell how many wait for somebody."""
    waiting = await connection.fetchval(
        "SELECT count(*) FROM dead_letter WHERE resent_at IS NULL"
    )
    metrics.DEAD_LETTERS_WAITING.set(waiting or 0)
