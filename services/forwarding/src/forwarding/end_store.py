"""When options ended: what was set until then counts no more."""

from datetime import datetime

from chassis.postgres import Connection
from contracts.number_range import NumberRange


class EndStore:
    """The ends, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def note(
        self, numbers: NumberRange, customer: str, *, version: int, at: datetime
    ) -> None:
        """Note when the customer's option ended, also when it is his again by now."""
        await self._db.execute(
            """
            INSERT INTO option_end AS e
                        (number, last, customer_number, version, ended_at)
                 VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (number, last, customer_number) DO UPDATE
                    SET version = greatest(e.version, $4),
                        ended_at = greatest(e.ended_at, $5)
            """,
            numbers.first,
            numbers.last,
            customer,
            version,
            at,
        )

    async def has_ended(
        self, numbers: NumberRange, customer: str, *, after: int | None, since: datetime
    ) -> bool:
        """
        Return whether the customer's option ended after this version of it.

        Where a version is not known, whether it ended at that moment or later.
        """
        return bool(
            await self._db.fetchval(
                """
                SELECT EXISTS (SELECT FROM option_end
                                WHERE number = $1 AND last = $2
                                  AND customer_number = $3
                                  AND coalesce(version > $4, ended_at >= $5))
                """,
                numbers.first,
                numbers.last,
                customer,
                after,
                since,
            )
        )
