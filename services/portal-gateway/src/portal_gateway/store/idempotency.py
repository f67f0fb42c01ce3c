"""The first answer to each Idempotency-Key, kept for a day."""

import json
from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Connection


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What was answered; `status` is None while the first call is still at work."""

    body_mac: bytes
    status: int | None
    headers: dict[str, str]
    body: bytes | None


async def begin(
    connection: Connection, account: int, key: bytes, mac: bytes, at: datetime
) -> FirstAnswer | None:
    """Claim the key and return None, or return what it was used for before."""
    done = await connection.execute(
        """
        INSERT INTO idempotency (account_id, key_hash, body_mac, started_at)
             VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        account,
        key,
        mac,
        at,
    )
    if done == "INSERT 0 1":
        return None
    row = await connection.fetchrow(
        """
        SELECT body_mac, status, headers, body
          FROM idempotency
         WHERE account_id = $1 AND key_hash = $2
        """,
        account,
        key,
    )
    if row is None:
        return await begin(connection, account, key, mac, at)
    return FirstAnswer(**{**row, "headers": json.loads(row["headers"])})


async def finish(
    connection: Connection,
    account: int,
    key: bytes,
    status: int,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Keep the answer."""
    await connection.execute(
        """
        UPDATE idempotency
           SET status = $3, headers = $4, body = $5
         WHERE account_id = $1 AND key_hash = $2
        """,
        account,
        key,
        status,
        json.dumps(headers),
        body,
    )


async def give_up(connection: Connection, account: int, key: bytes) -> None:
    """Forget a call that broke down: it may be tried again."""
    await connection.execute(
        "DELETE FROM idempotency WHERE account_id = $1 AND key_hash = $2",
        account,
        key,
    )


async def tidy(connection: Connection, *, before: datetime) -> None:
    """Delete what is older than a day."""
    await connection.execute("DELETE FROM idempotency WHERE started_at < $1", before)
