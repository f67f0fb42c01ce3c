"""Maintenance windows."""

from datetime import datetime

from chassis.postgres import Connection
from outage_watcher.domain.window import Window
from outage_watcher.store import rows


class WindowStore:
    """Work that is planned, runs, or is over."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def save(self, window: Window) -> None:
        """Store a window as it is now."""
        await self.connection.execute(
            rows.upsert("maintenance", (*rows.WINDOW, *rows.WORD), ("id",)),
            *rows.window_row(window),
        )

    async def one(self, window_id: str) -> Window | None:
        """Return one window, whatever its phase, or nothing."""
        if "\x00" in window_id:
            return None  # PostgreSQL takes no such text, not even to look for
        row = await self.connection.fetchrow(
            "SELECT * FROM maintenance WHERE id = $1", window_id
        )
        return rows.window(row) if row else None

    async def running(self) -> tuple[Window, ...]:
        """Return the windows that run."""
        found = await self.connection.fetch(
            "SELECT * FROM maintenance WHERE phase = 'running'"
        )
        return tuple(rows.window(row) for row in found)

    async def due(self, now: datetime) -> list[Window]:
        """Return the windows that begin or end now."""
        found = await self.connection.fetch(
            """
            SELECT *
              FROM maintenance
             WHERE (phase = 'planned' AND starts_at <= $1)
                OR (phase = 'running' AND ends_at <= $1)
             ORDER BY starts_at, id
            """,
            now,
        )
        return [rows.window(row) for row in found]

    async def to_come(self) -> list[Window]:
        """Return the windows that are planned or run, the next first."""
        found = await self.connection.fetch(
            """
            SELECT *
              FROM maintenance
             WHERE phase IN ('planned', 'running')
             ORDER BY starts_at, id
            """
        )
        return [rows.window(row) for row in found]
