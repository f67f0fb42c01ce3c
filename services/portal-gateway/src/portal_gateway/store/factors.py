"""Second factors and recovery codes of accounts."""

from collections.abc import Sequence
from datetime import datetime

from chassis.postgres import Connection


async def offer(connection: Connection, account: int, secret: bytes) -> None:
    """Keep the secret that waits for its first code."""
    await connection.execute(
        "UPDATE account SET factor_offer = $2 WHERE id = $1", account, secret
    )


async def enrol(
    connection: Connection, account: int, secret: bytes, step: int, at: datetime
) -> None:
    """Ask for the second factor from now on."""
    await connection.execute(
        """
        UPDATE account
           SET factor_secret = $2, factor_since = $4, factor_step = $3,
               factor_offer = NULL
         WHERE id = $1
        """,
        account,
        secret,
        step,
        at,
    )


async def remove(connection: Connection, account: int) -> None:
    """Ask for the second factor no more."""
    await connection.execute(
        """
        UPDATE account
           SET factor_secret = NULL, factor_since = NULL, factor_offer = NULL
         WHERE id = $1
        """,
        account,
    )
    await connection.execute("DELETE FROM recovery_code WHERE account_id = $1", account)


async def use_step(connection: Connection, account: int, step: int) -> bool:
    """Note that the code of a time step was used; False when it was before."""
    done = await connection.execute(
        "UPDATE account SET factor_step = $2 WHERE id = $1 AND factor_step < $2",
        account,
        step,
    )
    return done == "UPDATE 1"


async def set_recovery(
    connection: Connection, account: int, codes: Sequence[tuple[str, str]]
) -> None:
    """Replace the recovery codes by these locators and hashes."""
    await connection.execute("DELETE FROM recovery_code WHERE account_id = $1", account)
    await connection.executemany(
        """
        INSERT INTO recovery_code (account_id, locator, code_hash)
             VALUES ($1, $2, $3)
        """,
        [(account, locator, hashed) for locator, hashed in codes],
    )


async def recovery_hash(
    connection: Connection, account: int, locator: str
) -> str | None:
    """Return the hash of a code that was not used yet."""
    hashed: str | None = await connection.fetchval(
        """
        SELECT code_hash FROM recovery_code
         WHERE account_id = $1 AND locator = $2 AND used_at IS NULL
        """,
        account,
        locator,
    )
    return hashed


async def use_recovery(
    connection: Connection, account: int, locator: str, at: datetime
) -> bool:
    """Note that a code was used; False when it was before."""
    done = await connection.execute(
        """
        UPDATE recovery_code
           SET used_at = $3
         WHERE account_id = $1 AND locator = $2 AND used_at IS NULL
        """,
        account,
        locator,
        at,
    )
    return done == "UPDATE 1"


async def recovery_left(connection: Connection, account: int) -> int:
    """Count the recovery codes that still work."""
    return int(
        await connection.fetchval(
            """
            SELECT count(*) FROM recovery_code
             WHERE account_id = $1 AND used_at IS NULL
            """,
            account,
        )
    )
