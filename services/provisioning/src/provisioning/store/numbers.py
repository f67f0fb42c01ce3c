"""Movements of numbers, and what was told of them, in PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from chassis.postgres import Connection
from contracts.number_range import NumberRange
from provisioning.domain.numbers import Movement, Span, components
from provisioning.domain.option_changes import Grant, OptionChange

SHARE = 10_000
"""Numbers are locked by the thousand: so many neighbours share one lock."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything known of some numbers and of all that overlaps with them."""

    movements: list[Movement]
    told: list[OptionChange]

    @property
    def customers(self) -> set[str]:
        """Return who ever had one of the numbers."""
        return {movement.customer_number for movement in self.movements}


Place = tuple[datetime, int]
"""Where a movement stands in the calendar."""
NOTHING_TRIED: Place = (datetime.min.replace(tzinfo=UTC), 0)


@dataclass(frozen=True, slots=True)
class Due:
    """Numbers whose day began."""

    span: Span
    place: Place


@dataclass(frozen=True, slots=True)
class Pending:
    """What of the calendar is not done yet."""

    contested: int
    next_opening: datetime | None


class NumberStore:
    """Who has which number, and who was told of it, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def lock(self, spans: Iterable[Span]) -> None:
        """Let nobody else settle these numbers until commit; in one order for all."""
        await self._db.execute(
            """
            SELECT pg_advisory_xact_lock(
                   hashtext(current_schema() || '.number'), hashtext(share))
              FROM unnest($1::text[]) AS share
            """,
            shares(spans),
        )

    async def known(self, spans: Iterable[Span]) -> Known:
        """Lock numbers with all that overlaps, and return what is known of them."""
        spans = components(spans)
        while True:
            await self.lock(spans)
            movements = await self._overlapping("movement", spans)
            told = await self._overlapping("option_change", spans)
            found = [_span(row) for row in (*movements, *told)]
            wider = components([*spans, *found])
            if wider == spans:
                return Known(list(map(_movement, movements)), list(map(_change, told)))
            spans = wider

    async def _overlapping(
        self, table: str, spans: Iterable[Span]
    ) -> list[asyncpg.Record]:
        return await self._db.fetch(
            f"""
            SELECT t.*
              FROM unnest($1::int8range[]) AS wanted
              JOIN {table} AS t ON t.span && wanted
            """,  # noqa: S608 - one of our two tables
            [asyncpg.Range(*span) for span in spans],
        )

    async def spans_of(self, customer_number: str) -> list[Span]:
        """Return every number and block that the customer ever had or will have."""
        rows = await self._db.fetch(
            "SELECT DISTINCT span FROM movement WHERE customer_number = $1",
            customer_number,
        )
        return [_span(row) for row in rows]

    async def due(self, now: datetime, *, after: Place, limit: int) -> list[Due]:
        """Return the numbers that open or leave now and have not yet, in order."""
        rows = await self._db.fetch(
            """
            SELECT span, due_at, id
              FROM movement
             WHERE status = 'planned' AND due_at <= $1 AND (due_at, id) > ($2, $3)
             ORDER BY due_at, id
             LIMIT $4
            """,
            now,
            *after,
            limit,
        )
        return [Due(_span(row), (row["due_at"], row["id"])) for row in rows]

    async def still_due(self, spans: Iterable[Span], now: datetime) -> list[Span]:
        """Return those of the numbers that nobody opened meanwhile."""
        rows = await self._db.fetch(
            """
            SELECT DISTINCT span
              FROM unnest($2::int8range[]) AS wanted (span)
              JOIN movement USING (span)
             WHERE status = 'planned' AND due_at <= $1
            """,
            now,
            [asyncpg.Range(*span) for span in spans],
        )
        return [_span(row) for row in rows]

    async def add(self, movement: Movement) -> None:
        """Keep a fact; its status follows when its numbers are settled."""
        await self._db.execute(
            """
            INSERT INTO movement
                        (number, last, direction, ported, customer_number, order_id,
                         line, elements, extension, effective_on, due_at, told_at,
                         received_at, status)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                         'planned')
            """,
            movement.numbers.first,
            movement.numbers.last,
            movement.direction,
            movement.ported,
            movement.customer_number,
            movement.order_id,
            movement.line,
            movement.elements,
            movement.extension,
            movement.effective_on,
            movement.due_at,
            movement.told_at,
            movement.received_at,
        )

    async def note(self, movements: Sequence[Movement]) -> None:
        """Keep what became of movements."""
        await self._db.executemany(
            "UPDATE movement SET status = $2, opened_at = $3 WHERE id = $1",
            [(m.id, m.status, m.opened_at) for m in movements],
        )

    async def add_changes(self, changes: Sequence[OptionChange]) -> None:
        """Keep what is told of the option."""
        await self._db.executemany(
            """
            INSERT INTO option_change
                        (number, last, version, customer_number, order_id, product,
                         line, extension, opened_on, ended, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [_row(change) for change in changes],
        )

    async def pending(self) -> Pending:
        """Return what waits, and for when; an index each, so that it costs nothing."""
        row = await self._db.fetchrow(
            """
            SELECT (SELECT count(*) FROM movement
                     WHERE status = 'contested') AS contested,
                   (SELECT min(due_at) FROM movement
                     WHERE status = 'planned') AS next_opening
            """
        )
        return Pending(**row) if row else Pending(0, None)

    async def live(self) -> int:
        """Count the numbers and blocks that are live: it takes as long as there are."""
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM movement WHERE status = 'live'"
        )
        return count


def shares(spans: Iterable[Span]) -> list[str]:
    """Return the locks that cover all the numbers, in the order to take them."""
    return [
        str(share)
        for share in sorted(
            {
                share
                for first, end in spans
                for share in range(first // SHARE, (end - 1) // SHARE + 1)
            }
        )
    ]


def _span(row: asyncpg.Record) -> Span:
    return row["span"].lower, row["span"].upper


def _movement(row: asyncpg.Record) -> Movement:
    return Movement(
        row["id"],
        NumberRange(row["number"], row["last"]),
        row["direction"],
        row["ported"],
        row["customer_number"],
        row["order_id"],
        row["line"],
        tuple(row["elements"]),
        row["extension"],
        row["effective_on"],
        row["told_at"],
        row["received_at"],
        row["opened_at"],
        row["status"],
    )


def _change(row: asyncpg.Record) -> OptionChange:
    grant = Grant(
        NumberRange(row["number"], row["last"]),
        row["customer_number"],
        row["order_id"],
        row["product"],
        row["line"],
        row["extension"],
        row["opened_on"],
    )
    return OptionChange(grant, row["version"], row["ended"], row["changed_at"])


def _row(change: OptionChange) -> tuple[object, ...]:
    grant = change.grant
    return (
        grant.numbers.first,
        grant.numbers.last,
        change.version,
        grant.customer_number,
        grant.order_id,
        grant.product,
        grant.line,
        grant.extension,
        grant.opened_on,
        change.ended,
        change.at,
    )
