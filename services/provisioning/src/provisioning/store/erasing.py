"""A customer's pseudonym in place of his number, in every table that had it."""

from datetime import datetime

from chassis.postgres import Connection

_STILL_HERE = """
    SELECT EXISTS (SELECT FROM movement
                    WHERE customer_number = $1 AND direction = 'in'
                      AND status IN ('planned', 'live', 'contested')
                      AND ($2::timestamptz IS NULL OR told_at <= $2))
"""
_ORDERED_SINCE = """
    SELECT EXISTS (SELECT FROM customer_order
                    WHERE customer_number = $1 AND placed_at > $2)
"""
_RENAME = (
    """
    UPDATE customer_order
       SET customer_number = $2,
           placed_by = CASE WHEN channel = 'portal' THEN $2 ELSE placed_by END
     WHERE customer_number = $1
       AND ($3::timestamptz IS NULL OR placed_at <= $3)
    """,
    """
    UPDATE cancellation
       SET customer_number = $2,
           cancelled_by = CASE WHEN channel = 'portal' THEN $2 ELSE cancelled_by END
     WHERE customer_number = $1
       AND ($3::timestamptz IS NULL OR cancelled_at <= $3)
    """,
    """
    UPDATE movement SET customer_number = $2
     WHERE customer_number = $1 AND ($3::timestamptz IS NULL OR told_at <= $3)
    """,
    # When it was noted here says little: a replay notes all anew.
    """
    UPDATE option_change c SET customer_number = $2
     WHERE customer_number = $1
       AND ($3::timestamptz IS NULL
            OR NOT EXISTS (SELECT FROM customer_order o
                            WHERE o.order_id = c.order_id AND o.placed_at > $3))
    """,
    """
    UPDATE line SET customer_number = $2
     WHERE customer_number = $1 AND ($3::timestamptz IS NULL OR told_at <= $3)
    """,
)


class ErasureStore:
    """The rows of one customer, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def has_ordered_since(self, customer_number: str, at: datetime) -> bool:
        """Tell whether he is a customer again: erased ones order nothing."""
        return bool(await self._db.fetchval(_ORDERED_SINCE, customer_number, at))

    async def is_still_here(self, customer_number: str, until: datetime | None) -> bool:
        """Tell whether a number of his is live, or to come; `until`: told by then."""
        return bool(await self._db.fetchval(_STILL_HERE, customer_number, until))

    async def rename(
        self, customer_number: str, pseudonym: str, until: datetime | None
    ) -> None:
        """
        Put the pseudonym everywhere: what follows from the facts stays the same.

        `until`: only where a fact is not newer.
        """
        for statement in _RENAME:
            await self._db.execute(statement, customer_number, pseudonym, until)
