"""Notices on their way out: claimed by a worker, settled, or tried again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from chassis.postgres import Connection


@dataclass(frozen=True, slots=True)
class Due:
    """A notice whose time has come, leased to whoever claimed it."""

    id: int
    contact_id: int
    customer_number: str
    kind: str
    cause: str
    detail: dict[str, Any]
    created_at: datetime
    attempts: int
    """Tries including the one that is to come."""


async def claim(
    connection: Connection, *, at: datetime, until: datetime, most: int
) -> list[Due]:
    """Lease what is due; unsettled when the lease ends, it is tried again."""
    rows = await connection.fetch(
        """
        UPDATE notice SET attempts = attempts + 1, due_at = $2
         WHERE id IN (SELECT id FROM notice
                       WHERE state = 'waiting' AND due_at <= $1
                       ORDER BY due_at, id
                       LIMIT $3
                         FOR UPDATE SKIP LOCKED)
     RETURNING id, contact_id, customer_number, kind, cause, detail, created_at,
               attempts
        """,
        at,
        until,
        most,
    )
    due = [Due(**{**row, "detail": json.loads(row["detail"])}) for row in rows]
    return sorted(due, key=lambda notice: notice.id)


async def settle(
    connection: Connection, notice: int, state: str, at: datetime, error: str | None
) -> None:
    """Note what became of it: sent, void, refused or expired."""
    await connection.execute(
        """
        UPDATE notice SET state = $2, settled_at = $3, last_error = $4 WHERE id = $1
        """,
        notice,
        state,
        at,
        error,
    )


async def postpone(
    connection: Connection, notice: int, due_at: datetime, error: str
) -> None:
    """Try it again later."""
    await connection.execute(
        "UPDATE notice SET due_at = $2, last_error = $3 WHERE id = $1",
        notice,
        due_at,
        error,
    )


async def waiting(
    connection: Connection, at: datetime
) -> tuple[int, datetime | None, datetime | None]:
    """Return how many are due, since when the oldest waits, and when the next is."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE due_at <= $1 OR attempts > 0) AS due,
               min(created_at) FILTER (WHERE due_at <= $1 OR attempts > 0) AS oldest,
               min(due_at) AS following
          FROM notice
         WHERE state = 'waiting'
        """,
        at,
    )
    return (row["due"], row["oldest"], row["following"]) if row else (0, None, None)


async def newest(
    connection: Connection, customer: str, limit: int
) -> Sequence[asyncpg.Record]:
    """Return what was sent to the customer's contacts, newest first."""
    return await connection.fetch(
        """
        SELECT notice.id, contact_id, contact.channel, contact.address, contact.label,
               kind, cause, notice.created_at, state, settled_at, attempts
          FROM notice
          JOIN contact ON contact.id = contact_id
         WHERE notice.customer_number = $1
         ORDER BY notice.created_at DESC, notice.id DESC
         LIMIT $2
        """,
        customer,
        limit,
    )
