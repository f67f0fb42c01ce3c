"""A customer's pseudonym in place of his number, in every table that had it."""

from chassis.postgres import Connection

_STILL_HERE = """
    SELECT EXISTS (SELECT FROM movement
                    WHERE customer_number = $1 AND direction = 'in'
                      AND status IN ('planned', 'live', 'contested'))
"""
_RENAME = (
    """
    UPDATE customer_order
       SET customer_number = $2,
           placed_by = CASE WHEN channel = 'portal' THEN $2 ELSE placed_by END
     WHERE customer_number = $1
    """,
    """
    UPDATE cancellation
       SET customer_number = $2,
           cancelled_by = CASE WHEN channel = 'portal' THEN $2 ELSE cancelled_by END
     WHERE customer_number = $1
    """,
    "UPDATE movement SET customer_number = $2 WHERE customer_number = $1",
    "UPDATE option_change SET customer_number = $2 WHERE customer_number = $1",
    "UPDATE line SET customer_number = $2 WHERE customer_number = $1",
)


class ErasureStore:
    """The rows of one customer, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def is_still_here(self, customer_number: str) -> bool:
        """Tell whether a number of his is live, or to come."""
        return bool(await self._db.fetchval(_STILL_HERE, customer_number))

    async def rename(self, customer_number: str, pseudonym: str) -> None:
        """Put the pseudonym everywhere: what follows from the facts stays the same."""
        for statement in _RENAME:
            await self._db.execute(statement, customer_number, pseudonym)
