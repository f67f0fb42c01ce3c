"""Facts about numbers: lines, options, and what is open now."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from chassis.postgres import Connection
from contracts.number_range import NumberRange
from forwarding.domain import ActiveCause, OpenOutage, Option


class FactStore:
    """The facts, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def lock(self) -> None:
        """Let facts change one at a time, so that flips are numbered as they commit."""
        await self._db.execute("SELECT facts_lock()")

    async def next_seq(self) -> int:
        """Return the number of the next flip; only while locked."""
        seq: int = await self._db.fetchval("SELECT nextval('flip_seq')")
        return seq

    async def advance_seq(self, past: int) -> None:
        """Go past a number that the switch has seen; only while locked."""
        await self._db.execute("SELECT advance_flip_seq($1)", past)

    # -- lines -----------------------------------------------------------------

    async def connect_line(
        self, line: str, customer: str, places: Sequence[str], version: int
    ) -> bool:
        """Keep where a line hangs; False when that is older than what is known."""
        done = await self._db.execute(
            """
            INSERT INTO line AS l (line, customer_number, places, version)
                 VALUES ($1, $2, $3, $4)
            ON CONFLICT (line) DO UPDATE
                    SET customer_number = $2, places = $3, version = $4
                  WHERE l.version < $4
            """,
            line,
            customer,
            places,
            version,
        )
        return bool(done == "INSERT 0 1")

    async def places(self, line: str) -> tuple[str, ...]:
        """Return a line and what is above it; the line alone while that is unknown."""
        return (await self.places_of([line]))[line]

    async def places_of(self, lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return each line's places; of one that is not known, itself alone."""
        asked = list(lines)
        rows = await self._db.fetch(
            "SELECT line, places FROM line WHERE line = ANY($1)", asked
        )
        known = {row["line"]: tuple(row["places"]) for row in rows}
        return {line: known.get(line) or (line,) for line in asked}

    # -- options ---------------------------------------------------------------

    async def keep_option(self, option: Option, *, order_id: str) -> bool:
        """Keep a fact about the option; False when a newer one is known."""
        done = await self._db.execute(
            """
            INSERT INTO option AS o
                        (number, last, customer_number, order_id, line, enabled,
                         version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (number, last) DO UPDATE
                    SET customer_number = $3, order_id = $4,
                        line = CASE WHEN $5 = '' THEN o.line ELSE $5 END,
                        enabled = $6, version = $7
                  WHERE o.version < $7
            """,
            option.numbers.first,
            option.numbers.last,
            option.customer_number,
            order_id,
            option.line,
            option.enabled,
            option.version,
        )
        return bool(done == "INSERT 0 1")

    async def option(self, numbers: NumberRange) -> Option | None:
        """Return the option of exactly these numbers."""
        row = await self._db.fetchrow(
            "SELECT * FROM option WHERE number = $1 AND last = $2",
            numbers.first,
            numbers.last,
        )
        return _option(row) if row else None

    async def block_around(self, numbers: NumberRange) -> Option | None:
        """Return the option of the block in which a single number lies."""
        if not numbers.is_single:
            return None
        row = await self._db.fetchrow(
            """
            SELECT * FROM option
             WHERE number <= $1 AND last >= $2 AND length(number) = length($1)
               AND number <> last
          ORDER BY enabled DESC
             LIMIT 1
            """,
            numbers.first,
            numbers.last,
        )
        return _option(row) if row else None

    async def block_reached(self, number: str) -> Option | None:
        """Return the option of the block at which calls to a number end."""
        row = await self._db.fetchrow(
            """
            SELECT * FROM option
             WHERE number <= $1 AND number <> last
               -- Its PBX may have digits of its own behind them.
               AND left($1, length(number)) BETWEEN number AND last
          ORDER BY enabled DESC, length(number) DESC
             LIMIT 1
            """,
            number,
        )
        return _option(row) if row else None

    async def option_here(self, numbers: NumberRange) -> Option | None:
        """Return the option of these numbers, else that of the block around one."""
        return await self.option(numbers) or await self.block_around(numbers)

    async def options_touching(self, numbers: NumberRange) -> list[Option]:
        """Return the options of all numbers in a range, and of blocks around them."""
        rows = await self._db.fetch(
            """
            SELECT * FROM option
             WHERE number BETWEEN $1 AND $2 AND number = last
               AND length(number) = length($1)
             UNION ALL
            SELECT * FROM option
             WHERE number <= $2 AND last >= $1 AND number <> last
               AND length(number) = length($1)
            """,
            numbers.first,
            numbers.last,
        )
        return [_option(row) for row in rows]

    async def on_line(self, line: str) -> list[NumberRange]:
        """Return the numbers and blocks that a line carries."""
        rows = await self._db.fetch(
            "SELECT number, last FROM option WHERE line = $1 AND enabled", line
        )
        return [NumberRange(row["number"], row["last"]) for row in rows]

    async def neighbours(self, line: str, target: NumberRange) -> list[NumberRange]:
        """
        Return what a line carries and `target` overlaps, lengthened or cut short too.

        A line may carry ten thousand numbers: they are not read one by one.
        """
        rows = await self._db.fetch(
            """
            SELECT number, last FROM option
             WHERE line = $1 AND enabled AND number = last AND number = ANY($4)
             UNION
            SELECT number, last FROM option
             WHERE line = $1 AND enabled AND number = last
               AND number BETWEEN $2 AND $3 || '~'
             UNION
            SELECT number, last FROM option
             WHERE line = $1 AND enabled AND number <> last
               AND (left($2, length(number)) BETWEEN number AND last
                    OR left(number, length($2)) BETWEEN $2 AND $3)
            """,
            line,
            target.first,
            target.last,
            [target.first[:length] for length in range(2, len(target.first) + 1)],
        )
        return [NumberRange(row["number"], row["last"]) for row in rows]

    async def inside(self, block: NumberRange) -> list[NumberRange]:
        """Return a block's single numbers that have anything of their own."""
        rows = await self._db.fetch(
            """
            SELECT own.number
              FROM (SELECT number, last FROM option
                     UNION
                    SELECT number, last FROM rule
                     UNION
                    SELECT number, last FROM cause
                     UNION
                    SELECT number, last FROM arming) AS own
             WHERE own.number BETWEEN $1 AND $2 AND own.number = own.last
               AND length(own.number) = length($1)
            """,
            block.first,
            block.last,
        )
        return [NumberRange.single(row["number"]) for row in rows]

    # -- what is open now ------------------------------------------------------

    async def open_outages(self, places: Sequence[str]) -> list[OpenOutage]:
        """Return the open outages that take down one of these places."""
        rows = await self._db.fetch(
            """
            SELECT c.outage_id, array_agg(c.place) AS places, o.occurred_at, c.planned
              FROM coverage c JOIN outage o USING (outage_id)
             WHERE c.place = ANY($1)
          GROUP BY c.outage_id, o.occurred_at, c.planned
            """,
            places,
        )
        return [
            OpenOutage(
                row["outage_id"],
                frozenset(row["places"]),
                row["occurred_at"],
                row["planned"],
            )
            for row in rows
        ]

    async def live_causes(
        self, scopes: Sequence[tuple[NumberRange, bool]]
    ) -> list[list[ActiveCause]]:
        """
        Return the acknowledged drills and the like of each scope, in their order.

        Of a scope that is alone (the second of the pair) without its block's.
        """
        rows = await self._db.fetch(
            """
            SELECT s.place, c.type, c.id, c.since
              FROM unnest($1::text[], $2::text[], $3::boolean[])
                   WITH ORDINALITY AS s (number, last, alone, place)
              JOIN cause c
                ON c.number <= s.number AND c.last >= s.last
               AND length(c.number) = length(s.number)
               AND c.shown AND (c.number = c.last OR NOT s.alone)
            """,
            [numbers.first for numbers, _ in scopes],
            [numbers.last for numbers, _ in scopes],
            [alone for _, alone in scopes],
        )
        found: list[list[ActiveCause]] = [[] for _ in scopes]
        for row in rows:
            cause = ActiveCause(row["type"], row["id"], row["since"])
            found[row["place"] - 1].append(cause)
        return found

    async def used(self, scopes: Iterable[NumberRange]) -> set[str]:
        """Return which of these have a cause, also one about to end."""
        rows = await self._db.fetch(
            "SELECT scope FROM cause WHERE scope = ANY($1)",
            [str(numbers) for numbers in scopes],
        )
        return {row["scope"] for row in rows}

    async def held(self) -> bool:
        """Return whether the kill switch holds every forwarding off."""
        return bool(await self._db.fetchval("SELECT held FROM hold"))


def _option(row: asyncpg.Record) -> Option:
    return Option(
        NumberRange(row["number"], row["last"]),
        row["customer_number"],
        row["line"],
        row["enabled"],
        row["version"],
    )


def as_json(value: dict[str, Any] | None) -> str | None:
    """Return JSON text for a jsonb column."""
    return None if value is None else json.dumps(value)
