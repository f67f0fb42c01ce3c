"""What readers were told of and may not have heard."""

from datetime import datetime

from chassis.postgres import Connection
from outage_watcher.domain.outage import Outage
from outage_watcher.domain.window import Window
from outage_watcher.store import rows


class ToldStore:
    """Outages that are over, and work, beside what stands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def over(self, since: datetime) -> list[Outage]:
        """
        Return the outages that ended since then, the oldest first.

        Their alarms have let go of them: which one saw the end is not known any more.
        """
        found = await self._connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state = 'over' AND version > 0 AND cleared_at >= $1
             ORDER BY cleared_at, id
            """,
            since,
        )
        return [rows.outage(row, ()) for row in found]

    async def windows(self, since: datetime) -> list[Window]:
        """Return our own work that is planned, runs, or has ended since then."""
        found = await self._connection.fetch(
            """
            SELECT *
              FROM maintenance
             WHERE NOT external AND (phase IN ('planned', 'running') OR ends_at >= $1)
             ORDER BY starts_at, id
            """,
            since,
        )
        return [rows.window(row) for row in found]
