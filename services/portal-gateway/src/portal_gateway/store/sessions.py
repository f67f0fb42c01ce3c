"""Sessions, of which only the hash is kept, and failed log-ins."""

from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Connection, changed
from portal_gateway.store import hints


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in; `must_change`: with a posted password."""

    token_hash: bytes
    account_id: int
    role: str
    customer_number: str | None
    username: str | None
    must_change: bool
    name_tries: int
    created_at: datetime
    seen_at: datetime
    id: int
    factor_pending: bool
    has_factor: bool
    confirmed_at: datetime
    device: str

    @property
    def name(self) -> str:
        """Return how the person is called in audits and events."""
        return self.username or self.customer_number or str(self.account_id)


async def add(
    connection: Connection,
    token_hash: bytes,
    account: int,
    *,
    must_change: bool,
    at: datetime,
    factor_pending: bool = False,
    device: str = "",
) -> None:
    """Begin a session."""
    await connection.execute(
        """
        INSERT INTO session (token_hash, account_id, must_change, created_at, seen_at,
                             confirmed_at, factor_pending, device)
             VALUES ($1, $2, $3, $4, $4, $4, $5, $6)
        """,
        token_hash,
        account,
        must_change,
        at,
        factor_pending,
        device,
    )


async def alive(
    connection: Connection,
    token_hash: bytes,
    *,
    begun: datetime,
    seen: datetime,
    let_in: datetime,
) -> Session | None:
    """
    Return the session if it began and was seen after these moments.

    Its secret from before the second step finds it, too, if it was let in after that
    moment: as if it waited for the second step, so that this may be sent twice.
    """
    row = await connection.fetchrow(
        """
        SELECT token_hash, account_id, role, customer_number, username, must_change,
               name_tries, session.created_at, seen_at, session.id,
               factor_pending OR token_hash <> $1 AS factor_pending,
               factor_secret IS NOT NULL AS has_factor,
               coalesce(confirmed_at, session.created_at) AS confirmed_at, device
          FROM session
          JOIN account ON account.id = account_id
         WHERE (token_hash = $1 OR (half_hash = $1 AND confirmed_at > $4))
           AND session.created_at > $2 AND seen_at > $3
        """,
        token_hash,
        begun,
        seen,
        let_in,
    )
    return Session(**row) if row else None


async def touch(connection: Connection, token_hash: bytes, at: datetime) -> None:
    """Note that the session was used."""
    await connection.execute(
        "UPDATE session SET seen_at = $2 WHERE token_hash = $1", token_hash, at
    )


async def renew(connection: Connection, session: int, new: bytes, at: datetime) -> None:
    """
    Note that its owner proved who he is; the old secret opens nothing more.

    By the id of the session: who sends a form twice goes on with the second answer.
    """
    await connection.execute(
        """
        UPDATE session
           SET token_hash = $2, confirmed_at = $3, seen_at = $3, factor_pending = false,
               half_hash = NULL, let_in_by = NULL
         WHERE id = $1
        """,
        session,
        new,
        at,
    )


async def let_in(
    connection: Connection, session: int, new: bytes, by: bytes, at: datetime
) -> None:
    """Note that the second step was done, and by which code."""
    await connection.execute(
        """
        UPDATE session
           SET half_hash = token_hash, token_hash = $2, let_in_by = $3,
               confirmed_at = $4, seen_at = $4, factor_pending = false
         WHERE id = $1
        """,
        session,
        new,
        by,
        at,
    )


async def let_in_again(
    connection: Connection, session: int, new: bytes, by: bytes, since: datetime
) -> bool:
    """Give a new secret to the session that this very code let in since then."""
    done = await connection.execute(
        """
        UPDATE session SET token_hash = $2
         WHERE id = $1 AND let_in_by = $3 AND confirmed_at > $4
        """,
        session,
        new,
        by,
        since,
    )
    return done == "UPDATE 1"


async def count_name_try(connection: Connection, token_hash: bytes) -> None:
    """Count a user name that was taken."""
    await connection.execute(
        "UPDATE session SET name_tries = name_tries + 1 WHERE token_hash = $1",
        token_hash,
    )


async def end(connection: Connection, token_hash: bytes) -> None:
    """End one session."""
    account = await connection.fetchval(
        "DELETE FROM session WHERE token_hash = $1 RETURNING account_id", token_hash
    )
    if account is not None:
        await hints.sessions_ended(connection, account)


async def end_all(connection: Connection, account: int) -> None:
    """End every session of an account."""
    await connection.execute("DELETE FROM session WHERE account_id = $1", account)
    await hints.sessions_ended(connection, account)


async def end_all_of(connection: Connection, customer: str) -> None:
    """End every session of a customer."""
    account = await connection.fetchval(
        "SELECT id FROM account WHERE customer_number = $1", customer
    )
    if account is not None:
        await end_all(connection, account)


async def end_others(connection: Connection, account: int, but: bytes) -> int:
    """End every session of an account but one; return how many ended."""
    done = await connection.execute(
        "DELETE FROM session WHERE account_id = $1 AND token_hash <> $2", account, but
    )
    await hints.sessions_ended(connection, account)
    return changed(done)


async def end_one(connection: Connection, account: int, session: int) -> bool:
    """End one session of an account; False when it has none of that id."""
    done = await connection.execute(
        "DELETE FROM session WHERE account_id = $1 AND id = $2", account, session
    )
    await hints.sessions_ended(connection, account)
    return done == "DELETE 1"


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    factor_pending: bool


async def all_alive(
    connection: Connection, account: int, *, begun: datetime, seen: datetime
) -> list[Listed]:
    """Return the living sessions of an account, the last used first."""
    rows = await connection.fetch(
        """
        SELECT id, device, created_at, seen_at, factor_pending
          FROM session
         WHERE account_id = $1 AND created_at > $2 AND seen_at > $3
         ORDER BY seen_at DESC, id DESC
        """,
        account,
        begun,
        seen,
    )
    return [Listed(**row) for row in rows]


async def failures(
    connection: Connection, bucket: str, since: datetime
) -> tuple[int, datetime | None]:
    """Return how many log-ins failed since then, and when the last did."""
    row = await connection.fetchrow(
        """
        SELECT count(*) AS failures, max(failed_at) AS last
          FROM login_failure
         WHERE bucket = $1 AND failed_at > $2
        """,
        bucket,
        since,
    )
    return (row["failures"], row["last"]) if row else (0, None)


async def add_failure(connection: Connection, buckets: list[str], at: datetime) -> None:
    """Note a failed log-in."""
    await connection.execute(
        """
        INSERT INTO login_failure (bucket, failed_at)
             SELECT bucket, $2
               FROM unnest($1::text[]) AS bucket
        """,
        buckets,
        at,
    )


async def forget_failures(connection: Connection, bucket: str) -> None:
    """Let an account that logged in start from nothing."""
    await connection.execute("DELETE FROM login_failure WHERE bucket = $1", bucket)
