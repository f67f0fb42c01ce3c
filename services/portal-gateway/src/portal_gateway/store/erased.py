"""Who was erased not long ago, by the digest of his customer number."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from chassis.postgres import Connection


def digest(customer_number: str) -> bytes:
    """Return what stands for a customer number that nobody is to read."""
    return hashlib.sha256(customer_number.encode()).digest()


async def note(connection: Connection, customer_number: str, at: datetime) -> None:
    """Keep that the customer is erased."""
    await connection.execute(
        """
        INSERT INTO erased_customer (digest, erased_at) VALUES ($1, $2)
        ON CONFLICT (digest) DO UPDATE SET erased_at = excluded.erased_at
        """,
        digest(customer_number),
        at,
    )


async def lift(connection: Connection, digests: Collection[bytes]) -> None:
    """Forget it: they are customers again."""
    await connection.execute(
        "DELETE FROM erased_customer WHERE digest = ANY($1)", list(digests)
    )


async def lately(connection: Connection) -> dict[bytes, datetime]:
    """Return when each was erased."""
    rows = await connection.fetch("SELECT digest, erased_at FROM erased_customer")
    return {bytes(row["digest"]): row["erased_at"] for row in rows}
