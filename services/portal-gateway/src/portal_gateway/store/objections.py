"""Owners of numbers who object to forwardings, and the codes that were sent to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chassis.postgres import Connection


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody says that a number is his."""

    id: int
    number: str
    language: Literal["de", "en"]
    asked_at: datetime


async def ask(connection: Connection, number: str, language: str, at: datetime) -> None:
    """Note that somebody says so."""
    await connection.execute(
        "INSERT INTO objection (number, language, asked_at) VALUES ($1, $2, $3)",
        number,
        language,
        at,
    )


async def count_since(connection: Connection, number: str, since: datetime) -> int:
    """Count how often it was said of a number."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM objection WHERE number = $1 AND asked_at > $2",
        number,
        since,
    )
    return found


async def take(
    connection: Connection, at: datetime, *, asked_after: datetime
) -> Asked | None:
    """Take the oldest that nobody looked at: no other instance gets it."""
    row = await connection.fetchrow(
        """
        UPDATE objection SET looked_at = $1
         WHERE id = (SELECT id FROM objection
                      WHERE looked_at IS NULL AND asked_at > $2
                      ORDER BY id
                        FOR UPDATE SKIP LOCKED
                      LIMIT 1)
     RETURNING id, number, language, asked_at
        """,
        at,
        asked_after,
    )
    return Asked(**row) if row else None


async def set_code(connection: Connection, objection: int, code_hash: bytes) -> None:
    """Keep the hash of the code that is being sent."""
    await connection.execute(
        "UPDATE objection SET code_hash = $2 WHERE id = $1", objection, code_hash
    )


async def give_back(connection: Connection, objection: int) -> None:
    """Let it be looked at again: the code could not be sent."""
    await connection.execute(
        "UPDATE objection SET looked_at = NULL, code_hash = NULL WHERE id = $1",
        objection,
    )


async def codes_of(
    connection: Connection, number: str, *, asked_after: datetime, most_tries: int
) -> list[tuple[int, bytes]]:
    """Return the codes that prove a number just now; each has a try less."""
    rows = await connection.fetch(
        """
        UPDATE objection SET code_tries = code_tries + 1
         WHERE number = $1 AND asked_at > $2 AND code_hash IS NOT NULL
           AND code_tries < $3
     RETURNING id, code_hash
        """,
        number,
        asked_after,
        most_tries,
    )
    return [(row["id"], row["code_hash"]) for row in rows]


async def forget_codes(connection: Connection, number: str) -> None:
    """Let no code of a number work any more."""
    await connection.execute(
        "UPDATE objection SET code_hash = NULL WHERE number = $1", number
    )
