"""The scopes that a flip moves, out of PostgreSQL: sheets, and rows beside them."""

from typing import Protocol

from chassis.postgres import Pool
from forwarding.flip_store import Flip
from forwarding.sheet_store import sheet_from
from forwarding.sheets import Sheet


class Lines(Protocol):
    """Where the scopes of a mass flip go."""

    base: int
    partitions: int

    async def add_sheet(self, sheet: Sheet, partition: int, /) -> None:
        """Take all rows of a sheet."""

    async def add(self, data: bytes, /) -> None:
        """Take lines `base + partition TAB scope TAB head`, as COPY writes them."""


class MovedStore:
    """Reads what is armed, as one picture of it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def stream(self, flip: Flip, to: Lines, *, in_effect: bool) -> None:
        """Stream the scopes that a flip moves one way: ready ones first."""
        places, planned = (
            (flip.opened, flip.opened_planned)
            if in_effect
            else (flip.closed, flip.closed_planned)
        )
        faults, works = flip.covered_else(in_effect=in_effect)
        moved = flip.seq, list(places), planned, faults, works
        async with (
            self._pool.acquire(timeout=30) as connection,
            # One picture: what goes off a sheet meanwhile is on it here.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            # Statistics may be older than sheets: these all have an index.
            await connection.execute("SET LOCAL enable_seqscan = off")
            sheets: list[int] = []
            async for row in connection.cursor(
                "SELECT * FROM sheets_moved($1, $2, $3, $4, $5, $6)",
                *moved,
                to.partitions,
                prefetch=4,
            ):
                await to.add_sheet(sheet_from(row), row["partition"])
                sheets.append(row["id"])
            await connection.copy_from_query(
                """
                SELECT $7 + hash % $8, scope, head
                  FROM moved_beside($1, $2, $3, $4, $5, $6)
                """,
                *moved,
                sheets,
                to.base,
                to.partitions,
                output=to.add,
                timeout=600,
            )
