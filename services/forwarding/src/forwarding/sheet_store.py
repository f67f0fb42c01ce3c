"""Sheets in PostgreSQL: scopes put on them, and those that are spoilt."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import asyncpg

from chassis.postgres import Pool, changed
from contracts import canary
from forwarding.sheets import Row, Shape, Sheet, shape_of, sheet_of

_PUT = """
    WITH made AS (
        INSERT INTO sheet (elements, places, planned, partitions, partition,
                           newest, count, scope, head, varying, columns)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
          RETURNING id
    )
    UPDATE arming a SET sheet = made.id FROM made WHERE a.scope = ANY ($12)
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Scopes whose events may stand on the same sheets."""

    level: int
    """How far up they hang on the same: 2 is what is next above their lines."""
    elements: tuple[str, ...]
    planned: bool
    partitions: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A scope that is on no sheet."""

    scope: str
    partition: int
    shape: Shape


class SheetStore:
    """
    Each method is a short transaction, and none waits for others.

    Who changes an arming holds its row and then its sheet's; who waits here would be
    waited for there. Rows that somebody has are left for the next time. The canary's
    is put on no sheet: who counts numbers by sheets must leave it out.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def spoil(self, partitions: int) -> None:
        """Spoil the sheets of a topic that had another number of partitions."""
        await self._pool.execute(
            """
            UPDATE sheet SET scope = NULL, head = NULL, varying = NULL, columns = NULL
             WHERE id IN (SELECT id FROM sheet
                           WHERE partitions <> $1 AND columns IS NOT NULL
                             FOR UPDATE SKIP LOCKED)
            """,
            partitions,
        )

    async def loosen(self, limit: int) -> int:
        """Take scopes off spoilt sheets; return how many there were."""
        done = await self._pool.execute(
            """
            UPDATE arming SET sheet = NULL
             WHERE scope IN (SELECT a.scope
                               FROM sheet s JOIN arming a ON a.sheet = s.id
                              WHERE s.columns IS NULL
                              LIMIT $1 FOR UPDATE OF a SKIP LOCKED)
            """,
            limit,
        )
        return changed(done)

    async def sweep(self) -> None:
        """Delete spoilt sheets on which nothing stands."""
        await self._pool.execute(
            """
            DELETE FROM sheet
             WHERE id IN (SELECT s.id FROM sheet s
                           WHERE s.columns IS NULL
                             AND NOT EXISTS (SELECT FROM arming a WHERE a.sheet = s.id)
                             FOR UPDATE SKIP LOCKED)
            """
        )

    async def ready(self) -> int:
        """Return how many scopes have their event on a sheet."""
        found: int | None = await self._pool.fetchval(
            "SELECT sum(count) FROM sheet WHERE columns IS NOT NULL"
        )
        return found or 0

    async def crowded(self, *, least: int) -> set[str]:
        """Return the elements of which so many scopes or more are on sheets."""
        rows = await self._pool.fetch(
            """
            SELECT element FROM sheet, unnest(elements) AS element
             WHERE columns IS NOT NULL
          GROUP BY element HAVING sum(count) >= $1
            """,
            least,
        )
        return {row["element"] for row in rows}

    async def groups(self, partitions: int, *, least: int) -> list[Group]:
        """Return the groups of so many scopes or more on no sheet, nearest first."""
        rows = await self._pool.fetch(
            """
            SELECT level, a.places[level:] AS elements, a.planned
              FROM arming a, generate_series(2, cardinality(a.places)) AS level
             WHERE on_no_sheet(a) AND a.customer_number <> $2
          GROUP BY 1, 2, 3 HAVING count(*) >= $1
          ORDER BY level
            """,
            least,
            canary.CUSTOMER,
        )
        return [
            Group(row["level"], tuple(row["elements"]), row["planned"], partitions)
            for row in rows
        ]

    async def listed(self, group: Group) -> AsyncGenerator[Listed, None]:
        """Return a group's scopes on no sheet, those beside each other that fit."""
        async with self._pool.acquire() as connection, connection.transaction():
            async for row in connection.cursor(
                """
                SELECT a.scope, a.hash % $4 AS partition, octet_length(a.scope) AS long,
                       octet_length(a.head) AS head, strpos(a.scope, '-') - 1 AS dash
                  FROM arming a
                 WHERE on_no_sheet(a, $1, $2, $3) AND a.customer_number <> $5
              ORDER BY partition, long, head, dash, a.scope
                """,
                group.level,
                group.elements,
                group.planned,
                group.partitions,
                canary.CUSTOMER,
                prefetch=4096,
            ):
                shape = row["long"], row["head"], row["dash"]
                yield Listed(row["scope"], row["partition"], shape)

    async def put(self, group: Group, listed: Sequence[Listed]) -> int:
        """Put scopes on a sheet, but for those that changed; return how many."""
        first = listed[0]
        async with self._pool.acquire() as connection, connection.transaction():
            found = await connection.fetch(
                """
                SELECT a.scope, a.head, a.places, a.live_seq
                  FROM arming a
                 WHERE on_no_sheet(a, $1, $2, $3) AND a.scope = ANY ($4)
              ORDER BY a.scope FOR UPDATE SKIP LOCKED
                """,
                group.level,
                group.elements,
                group.planned,
                [one.scope for one in listed],
            )
            known = [row for row in found if shape_of(_row(row)) == first.shape]
            if not known:
                return 0
            sheet = sheet_of([_row(row) for row in known])
            await connection.execute(
                _PUT,
                group.elements,
                sorted({place for row in known for place in row["places"]}),
                group.planned,
                group.partitions,
                first.partition,
                max(row["live_seq"] for row in known),
                sheet.count,
                sheet.scope,
                sheet.head,
                sheet.varying,
                sheet.columns,
                [row["scope"] for row in known],
            )
        return sheet.count


def _row(row: asyncpg.Record) -> Row:
    return row["scope"].encode(), row["head"].encode()


def sheet_from(row: asyncpg.Record) -> Sheet:
    """Return a sheet as its row in the database has it."""
    return Sheet(
        row["scope"], row["head"], row["varying"], row["columns"], row["count"]
    )
