"""Letters with passwords, and who asks for one."""

from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Connection


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter that was written."""

    reason: str
    written_at: datetime
    valid_until: datetime


async def lock(connection: Connection, customer_number: str) -> None:
    """Let nobody else write this customer a letter until commit."""
    await connection.fetchval(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", customer_number
    )


async def add(
    connection: Connection,
    customer_number: str,
    *,
    reason: str,
    file_name: str,
    at: datetime,
    until: datetime,
) -> None:
    """Note that a letter was written; its password is nowhere in here."""
    await connection.execute(
        """
        INSERT INTO letter (customer_number, reason, file_name, written_at, valid_until)
             VALUES ($1, $2, $3, $4, $5)
        """,
        customer_number,
        reason,
        file_name,
        at,
        until,
    )


async def count(
    connection: Connection, since: datetime, *, customer: str | None, reason: str
) -> int:
    """Count the letters of a kind since then: of one customer, or of all."""
    return int(
        await connection.fetchval(
            """
            SELECT count(*) FROM letter
             WHERE written_at > $1 AND reason = $3
               AND customer_number = coalesce($2, customer_number)
            """,
            since,
            customer,
            reason,
        )
    )


async def of_customer(
    connection: Connection, customer_number: str, limit: int
) -> list[Posted]:
    """Return the newest letters to a customer."""
    rows = await connection.fetch(
        """
        SELECT reason, written_at, valid_until FROM letter
         WHERE customer_number = $1
         ORDER BY written_at DESC
         LIMIT $2
        """,
        customer_number,
        limit,
    )
    return [Posted(**row) for row in rows]


async def written(connection: Connection, file_names: list[str]) -> set[str]:
    """Return which of the files belong to letters."""
    rows = await connection.fetch(
        "SELECT file_name FROM letter WHERE file_name = ANY($1)", file_names
    )
    return {row["file_name"] for row in rows}


async def ask(connection: Connection, name: str, at: datetime) -> None:
    """Keep that somebody wants a letter."""
    await connection.execute(
        "INSERT INTO letter_request (name, asked_at) VALUES ($1, $2)", name, at
    )


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants a letter, by the name that he typed."""

    id: int
    name: str


async def oldest_request(connection: Connection) -> Request | None:
    """Return the request that waits longest."""
    row = await connection.fetchrow(
        "SELECT id, name FROM letter_request ORDER BY id LIMIT 1"
    )
    return Request(**row) if row else None


async def take_request(connection: Connection, request: int) -> bool:
    """Take a request away; False when somebody else did."""
    done = await connection.execute("DELETE FROM letter_request WHERE id = $1", request)
    return done == "DELETE 1"
