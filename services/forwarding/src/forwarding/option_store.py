"""Facts about options: which numbers and blocks may be forwarded, and by whom."""

from collections.abc import Sequence

import asyncpg

from chassis.postgres import Connection
from contracts.number_range import LARGEST_BLOCK, NumberRange
from forwarding.domain import Option


class OptionStore:
    """The options, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

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

    async def options(self, scopes: Sequence[NumberRange]) -> dict[NumberRange, Option]:
        """Return the options of exactly these, of those that have one."""
        firsts, lasts, _ = ends_of(scopes)
        rows = await self._db.fetch(
            """
            SELECT * FROM option
             WHERE (number, last) IN (SELECT * FROM unnest($1::text[], $2::text[]))
            """,
            firsts,
            lasts,
        )
        found = map(_option, rows)
        return {one.numbers: one for one in found}

    async def block_around(self, numbers: NumberRange) -> Option | None:
        """Return the option of the block in which a single number lies."""
        return (await self.blocks_around([numbers])).get(numbers)

    async def blocks_around(
        self, scopes: Sequence[NumberRange]
    ) -> dict[NumberRange, Option]:
        """
        Return the options of the blocks in which single numbers lie.

        Of several the one that `domain.block_around` names.
        """
        singles = [numbers for numbers in scopes if numbers.is_single]
        if not singles:
            return {}
        firsts, _, lowest = ends_of(singles)
        rows = await self._db.fetch(
            """
            SELECT s.place, o.*
              FROM unnest($1::text[], $2::text[])
                   WITH ORDINALITY AS s (asked, lowest, place)
             CROSS JOIN LATERAL (
                   SELECT * FROM option
                    WHERE number BETWEEN s.lowest AND s.asked AND last >= s.asked
                      AND length(number) = length(s.asked) AND number <> last
                 ORDER BY enabled DESC, last::bigint - number::bigint, number DESC
                    LIMIT 1) AS o
            """,
            firsts,
            lowest,
        )
        return {singles[row["place"] - 1]: _option(row) for row in rows}

    async def blocks_reached(self, numbers: Sequence[str]) -> dict[str, Option]:
        """Return the options of the blocks at which calls to numbers end."""
        rows = await self._db.fetch(
            """
            SELECT s.asked, o.*
              FROM unnest($1::text[]) AS s (asked)
             CROSS JOIN LATERAL (
                   SELECT * FROM option
                    WHERE number <= s.asked AND number <> last
                      -- Its PBX may have digits of its own behind them.
                      AND left(s.asked, length(number)) BETWEEN number AND last
                 ORDER BY enabled DESC, length(number) DESC,
                          last::bigint - number::bigint, number DESC
                    LIMIT 1) AS o
            """,
            numbers,
        )
        return {row["asked"]: _option(row) for row in rows}

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

    async def inside(self, blocks: Sequence[NumberRange]) -> list[NumberRange]:
        """Return the single numbers in blocks that have anything of their own."""
        firsts, lasts, _ = ends_of(blocks)
        rows = await self._db.fetch(
            """
            SELECT own.number
              FROM unnest($1::text[], $2::text[]) AS b (first, last)
             CROSS JOIN LATERAL (
                   SELECT DISTINCT number
                     FROM (SELECT number, last FROM option
                            UNION ALL
                           SELECT number, last FROM rule
                            UNION ALL
                           SELECT number, last FROM cause
                            UNION ALL
                           SELECT number, last FROM arming) AS any_of_its_own
                    WHERE number BETWEEN b.first AND b.last AND number = last
                      AND length(number) = length(b.first)) AS own
            """,
            firsts,
            lasts,
        )
        return [NumberRange.single(row["number"]) for row in rows]


def _option(row: asyncpg.Record) -> Option:
    return Option(
        NumberRange(row["number"], row["last"]),
        row["customer_number"],
        row["line"],
        row["enabled"],
        row["version"],
    )


def ends_of(
    scopes: Sequence[NumberRange],
) -> tuple[list[str], list[str], list[str]]:
    """Return first and last numbers, and the lowest at which a block around begins."""
    lowest = [
        f"+{max(int(one.last) - LARGEST_BLOCK + 1, 0):0{len(one.last) - 1}}"
        for one in scopes
    ]
    return [one.first for one in scopes], [one.last for one in scopes], lowest
