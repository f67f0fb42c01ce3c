"""Outages that are over, and flips that say so once more, in PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.postgres import Connection


class OverStore:
    """What is told again after a restore, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def over(self, outages: Iterable[str]) -> list[tuple[str, str]]:
        """Return those of the outages that are over, and why, oldest end first."""
        rows = await self._db.fetch(
            """
            SELECT outage_id, reason
              FROM outage
             WHERE outage_id = ANY($1::text[]) AND cleared_at IS NOT NULL
          ORDER BY cleared_at, outage_id
            """,
            list(outages),
        )
        return [(row["outage_id"], row["reason"]) for row in rows]

    async def tell_again(
        self,
        outage: str,
        reason: str,
        places: Sequence[str],
        *,
        planned: bool,
        since: datetime,
        at: datetime,
    ) -> None:
        """Record a flip that gives all places of an outage back."""
        await self._db.execute(
            """
            INSERT INTO flip
                 SELECT nextval('flip_seq'), $1, $2, '{}', $4, $3, $4,
                        faults, works, $5, $6
                   FROM related_coverage($3)
            """,
            outage,
            reason,
            list(places),
            planned,
            since,
            at,
        )
