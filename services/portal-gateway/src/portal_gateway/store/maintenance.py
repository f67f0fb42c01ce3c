"""Work that is planned at places, as network operations announced it."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Window

_COLUMNS = """window_id, state, places, starts_at, ends_at, takes_service,
              voice_reachable, note"""


async def one(connection: Connection, window_id: str) -> Window | None:
    """Return a window, whomever it touches."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM maintenance WHERE window_id = $1",  # noqa: S608 - a constant
        window_id,
    )
    return _window(row) if row else None


async def ahead(
    connection: Connection, places: Iterable[str], at: datetime
) -> list[Window]:
    """Return the windows that are still to come at these places, next first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM maintenance
         WHERE state = 'planned' AND ends_at > $2 AND places && $1::text[]
         ORDER BY starts_at, window_id
        """,  # noqa: S608 - a constant of this module
        list(places),
        at,
    )
    return [_window(row) for row in rows]


def _window(row: asyncpg.Record) -> Window:
    return Window(
        id=row["window_id"],
        state=row["state"],
        places=frozenset(row["places"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        takes_calls=row["takes_service"] and not row["voice_reachable"],
        note=row["note"],
    )
