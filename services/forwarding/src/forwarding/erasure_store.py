"""A customer who is erased: what named him goes, and a pseudonym keeps the facts."""

import json
from datetime import datetime

from chassis.postgres import Connection

_STILL_HERE = """
    SELECT EXISTS (SELECT FROM option WHERE customer_number = $1 AND enabled)
        OR EXISTS (SELECT FROM arming WHERE customer_number = $1 AND live_seq IS NULL)
"""
_WISHED_SINCE = """
    SELECT EXISTS (SELECT FROM rule WHERE customer_number = $1 AND wished_at > $2)
        OR EXISTS (SELECT FROM early_wish
                    WHERE wish ->> 'customer_number' = $1
                      AND (wish ->> 'requested_at')::timestamptz > $2)
"""
# Who started a cause is in a row without the customer: found by his numbers.
_RENAME = (
    """
    UPDATE cause AS c SET started_by = $2
     WHERE EXISTS (SELECT FROM option o
                    WHERE o.customer_number = $1
                      AND c.number >= o.number AND c.last <= o.last
                      AND length(c.number) = length(o.number))
    """,
    "UPDATE option SET customer_number = $2 WHERE customer_number = $1",
    "UPDATE line SET customer_number = $2 WHERE customer_number = $1",
)
_DELETE = (
    "DELETE FROM request WHERE customer_number = $1",
    "DELETE FROM held WHERE subject = 'customer' AND number = $1",
)
# What has a time: all of it, or what is not newer than that.
_DELETE_UNTIL = (
    """
    DELETE FROM rule_history
     WHERE customer_number = $1 AND ($2::timestamptz IS NULL OR changed_at <= $2)
    """,
    """
    DELETE FROM option_end
     WHERE customer_number = $1 AND ($2::timestamptz IS NULL OR ended_at <= $2)
    """,
    """
    DELETE FROM early_wish
     WHERE wish ->> 'customer_number' = $1
       AND ($2::timestamptz IS NULL
            OR (wish ->> 'requested_at')::timestamptz <= $2)
    """,
)


class ErasureStore:
    """The rows of one customer, on one connection; only while the facts are locked."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def is_still_here(self, customer_number: str) -> bool:
        """Tell whether an option of his is open, or its end not at the switch yet."""
        return bool(await self._db.fetchval(_STILL_HERE, customer_number))

    async def has_wished_since(self, customer_number: str, at: datetime) -> bool:
        """Tell whether he is a customer again: erased ones wish for nothing."""
        return bool(await self._db.fetchval(_WISHED_SINCE, customer_number, at))

    async def forget(self, customer_number: str, *, until: datetime | None) -> None:
        """Delete what was his alone and has a time; None: all of it."""
        for statement in _DELETE_UNTIL:
            await self._db.execute(statement, customer_number, until)

    async def erase(self, customer_number: str, pseudonym: str) -> None:
        """Delete what is his alone, and put the pseudonym where a fact stays."""
        for statement in _RENAME:
            await self._db.execute(statement, customer_number, pseudonym)
        for statement in _DELETE:
            await self._db.execute(statement, customer_number)
        await self.forget(customer_number, until=None)
        await self._rename_armings(customer_number, pseudonym)

    async def _rename_armings(self, customer_number: str, pseudonym: str) -> None:
        """Leave what the switch must hold, but not whose it was and where it went."""
        rows = await self._db.fetch(
            "SELECT scope, head FROM arming WHERE customer_number = $1", customer_number
        )
        await self._db.executemany(
            """
            UPDATE arming SET customer_number = $2, head = $3, told = NULL
             WHERE scope = $1
            """,
            [
                (row["scope"], pseudonym, _without(row["head"], pseudonym))
                for row in rows
            ],
        )


def _without(head: str, pseudonym: str) -> str:
    """Return what the events of an arming share, without customer and target."""
    if not head:
        return head
    told = json.loads(head + "}") | {"customer_number": pseudonym, "target": None}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True)[:-1]
