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
    connection: Connection,
    account: int,
    key: bytes,
    mac: bytes,
    *,
    instance: int,
    at: datetime,
) -> FirstAnswer | None:
    """
    Claim the key and return None, or return what it was used for before.

    The caller sees to it that `instance` is not at work on it already: its own
    older claim counts for nothing.
    """
    if await _claim(connection, account, key, mac, instance=instance, at=at):
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
        return await begin(connection, account, key, mac, instance=instance, at=at)
    return FirstAnswer(**{**row, "headers": json.loads(row["headers"])})


async def _claim(
    connection: Connection,
    account: int,
    key: bytes,
    mac: bytes,
    *,
    instance: int,
    at: datetime,
) -> bool:
    done = await connection.execute(
        """
        INSERT INTO idempotency AS known
                    (account_id, key_hash, body_mac, started_at, instance)
             VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (account_id, key_hash) DO UPDATE
                SET instance = $5
              WHERE known.status IS NULL AND known.body_mac = $3
                AND (known.instance IS NULL OR known.instance = $5)
        """,
        account,
        key,
        mac,
        at,
        instance,
    )
    return done == "INSERT 0 1"


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
    """Let a call that broke down be made again; what it did stays known."""
    await connection.execute(
        """
        UPDATE idempotency SET instance = NULL
         WHERE account_id = $1 AND key_hash = $2 AND status IS NULL
        """,
        account,
        key,
    )


async def release(connection: Connection, instance: int) -> None:
    """Let calls be made again on which an instance was at work when it ended."""
    await connection.execute(
        "UPDATE idempotency SET instance = NULL WHERE status IS NULL AND instance = $1",
        instance,
    )


async def effect(connection: Connection, account: int, key: bytes) -> str | None:
    """Return what a call did before it was made again."""
    found: str | None = await connection.fetchval(
        "SELECT effect FROM idempotency WHERE account_id = $1 AND key_hash = $2",
        account,
        key,
    )
    return found


async def note_effect(
    connection: Connection, account: int, key: bytes, what: str
) -> None:
    """Keep what a call did."""
    await connection.execute(
        "UPDATE idempotency SET effect = $3 WHERE account_id = $1 AND key_hash = $2",
        account,
        key,
        what,
    )
