"""Wishes: which was the newest, and which came before their number was open."""

from datetime import datetime

from chassis.postgres import Connection
from contracts.forwardings import ForwardingRequested
from contracts.number_range import NumberRange


class WishStore:
    """The wishes, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def is_newest(
        self, customer: str, numbers: NumberRange, version: int
    ) -> bool:
        """Note a wish; False when a newer one was looked at before."""
        done = await self._db.execute(
            """
            INSERT INTO request AS r (customer_number, number, last, version)
                 VALUES ($1, $2, $3, $4)
            ON CONFLICT (customer_number, number, last) DO UPDATE
                    SET version = $4
                  WHERE r.version < $4
            """,
            customer,
            numbers.first,
            numbers.last,
            version,
        )
        return bool(done == "INSERT 0 1")

    async def newest(self, customer: str, numbers: NumberRange) -> int:
        """Return the version of the newest wish that was looked at; 0: none."""
        found: int | None = await self._db.fetchval(
            """
            SELECT version FROM request
             WHERE customer_number = $1 AND number = $2 AND last = $3
            """,
            customer,
            numbers.first,
            numbers.last,
        )
        return found or 0

    async def keep_early(
        self, wish: ForwardingRequested, numbers: NumberRange, *, at: datetime
    ) -> None:
        """Keep a wish until its number is open."""
        await self._db.execute(
            """
            INSERT INTO early_wish
                        (request_id, number, last, wish, version, received_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """,
            wish.request_id,
            numbers.first,
            numbers.last,
            wish.model_dump_json(),
            wish.version,
            at,
        )

    async def early(self, opened: NumberRange) -> list[str]:
        """Take out the wishes for these numbers, or numbers in them, in their order."""
        rows = await self._db.fetch(
            """
            DELETE FROM early_wish
             WHERE number >= $1 AND last <= $2 AND length(number) = length($1)
         RETURNING wish::text, place
            """,
            opened.first,
            opened.last,
        )
        # Versions count for each scope: of a block and its numbers they say nothing.
        rows.sort(key=lambda row: row["place"])
        return [row["wish"] for row in rows]

    async def stale(self, before: datetime) -> list[str]:
        """Take out the wishes that have waited for too long."""
        rows = await self._db.fetch(
            "DELETE FROM early_wish WHERE received_at < $1 RETURNING wish::text", before
        )
        return [row["wish"] for row in rows]
