"""Facts about numbers: lines, options, rules, what the switch shall hold for them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from chassis.postgres import Connection
from contracts.forwardings import ForwardingRequested, RuleSetting
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
        """Go past a number that the switch has seen and our database has not."""
        await self._db.execute(
            "SELECT setval('flip_seq', greatest($1, nextval('flip_seq')))", past
        )

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
        known = await self._db.fetchval("SELECT places FROM line WHERE line = $1", line)
        return tuple(known or (line,))

    # -- options ---------------------------------------------------------------

    async def keep_option(
        self, numbers: NumberRange, option: Option, *, order_id: str, version: int
    ) -> bool:
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
            numbers.first,
            numbers.last,
            option.customer_number,
            order_id,
            option.line,
            option.enabled,
            version,
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

    async def on_line(self, line: str) -> list[NumberRange]:
        """Return the numbers and blocks that a line carries."""
        rows = await self._db.fetch(
            "SELECT number, last FROM option WHERE line = $1 AND enabled", line
        )
        return [NumberRange(row["number"], row["last"]) for row in rows]

    async def inside(self, block: NumberRange) -> list[NumberRange]:
        """Return a block's single numbers that have a fact or rule of their own."""
        rows = await self._db.fetch(
            """
            SELECT number FROM option
             WHERE number BETWEEN $1 AND $2 AND number = last
               AND length(number) = length($1)
             UNION
            SELECT number FROM rule
             WHERE number BETWEEN $1 AND $2 AND number = last
               AND length(number) = length($1)
            """,
            block.first,
            block.last,
        )
        return [NumberRange.single(row["number"]) for row in rows]

    # -- rules -----------------------------------------------------------------

    async def rule(self, numbers: NumberRange) -> RuleSetting | None:
        """Return the rule of exactly these numbers."""
        row = await self._db.fetchrow(
            "SELECT * FROM rule WHERE number = $1 AND last = $2",
            numbers.first,
            numbers.last,
        )
        return rule_of(row) if row else None

    async def is_newest_wish(
        self, customer: str, numbers: NumberRange, version: int
    ) -> bool:
        """Note a wish; False when a newer one was looked at before."""
        done = await self._db.execute(
            """
            INSERT INTO request AS r (customer_number, number, last, version)
                 VALUES ($1, $2, $3, $4)
            ON CONFLICT (customer_number, number, last) DO UPDATE
                    SET version = $4
                  WHERE r.version < $4
            """,
            customer,
            numbers.first,
            numbers.last,
            version,
        )
        return bool(done == "INSERT 0 1")

    async def keep_early(
        self, wish: ForwardingRequested, numbers: NumberRange, *, at: datetime
    ) -> None:
        """Keep a wish until its number is open."""
        await self._db.execute(
            """
            INSERT INTO early_wish
                 VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """,
            wish.request_id,
            numbers.first,
            numbers.last,
            wish.model_dump_json(),
            wish.version,
            at,
        )

    async def early_wishes(self, opened: NumberRange) -> list[str]:
        """Take out the wishes for these numbers, or numbers in them, in their order."""
        rows = await self._db.fetch(
            """
            DELETE FROM early_wish
             WHERE number >= $1 AND last <= $2 AND length(number) = length($1)
         RETURNING wish::text, version
            """,
            opened.first,
            opened.last,
        )
        return [row["wish"] for row in sorted(rows, key=lambda row: row["version"])]

    async def stale_wishes(self, before: datetime) -> list[str]:
        """Take out the wishes that have waited for too long."""
        rows = await self._db.fetch(
            "DELETE FROM early_wish WHERE received_at < $1 RETURNING wish::text", before
        )
        return [row["wish"] for row in rows]

    async def keep_rule(
        self,
        numbers: NumberRange,
        customer: str,
        rule: RuleSetting,
        allowed_countries: Iterable[str],
    ) -> None:
        """Keep what the customer set."""
        await self._db.execute(
            """
            INSERT INTO rule
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (number, last) DO UPDATE
                    SET customer_number = $3, enabled = $4, target = $5,
                        keep_extension = $6, fallback_target = $7,
                        follows_planned_work = $8, allowed_countries = $9,
                        flagged = NULL
            """,
            numbers.first,
            numbers.last,
            customer,
            rule.enabled,
            rule.target,
            rule.keep_extension,
            rule.fallback_target,
            rule.follows_planned_work,
            list(allowed_countries),
        )

    async def remove_rule(self, numbers: NumberRange) -> bool:
        """Remove a rule; False when there was none."""
        done = await self._db.execute(
            "DELETE FROM rule WHERE number = $1 AND last = $2",
            numbers.first,
            numbers.last,
        )
        return bool(done == "DELETE 1")

    async def remember(
        self,
        numbers: NumberRange,
        customer: str,
        rule: RuleSetting | None,
        *,
        reason: str,
        by: str,
        at: datetime,
    ) -> None:
        """Add a line to the history of a number."""
        await self._db.execute(
            """
            INSERT INTO rule_history
                        (number, last, customer_number, rule, reason, changed_by,
                         changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            numbers.first,
            numbers.last,
            customer,
            rule.model_dump_json() if rule else None,
            reason,
            by,
            at,
        )

    async def rules_touching(self, numbers: NumberRange) -> list[asyncpg.Record]:
        """Return rules with a target that calls to these numbers follow."""
        return await self._db.fetch(
            """
            SELECT number, last, target, keep_extension
              FROM rule
             WHERE number <= $2 AND last >= $1 AND target IS NOT NULL
               AND length(number) = length($1)
            """,
            numbers.first,
            numbers.last,
        )

    async def rules_to(self, numbers: NumberRange) -> list[NumberRange]:
        """Return whose rules name these numbers as their target or fallback."""
        rows = await self._db.fetch(
            "SELECT number, last FROM rule WHERE target BETWEEN $1 AND $2",
            numbers.first,
            numbers.last,
        )
        return [NumberRange(row["number"], row["last"]) for row in rows]

    async def rules_after(self, number: str, limit: int) -> list[asyncpg.Record]:
        """Return rules in the order of their numbers, for a look at all of them."""
        return await self._db.fetch(
            "SELECT * FROM rule WHERE number > $1 ORDER BY number, last LIMIT $2",
            number,
            limit,
        )

    async def flag_rule(self, numbers: NumberRange, code: str) -> bool:
        """Mark a stored rule as no longer allowed; False when it is marked already."""
        done = await self._db.execute(
            """
            UPDATE rule SET flagged = $3
             WHERE number = $1 AND last = $2 AND flagged IS DISTINCT FROM $3
            """,
            numbers.first,
            numbers.last,
            code,
        )
        return bool(done == "UPDATE 1")

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

    async def live_causes(self, numbers: NumberRange) -> list[ActiveCause]:
        """Return drills and the like that the switch has acknowledged."""
        rows = await self._db.fetch(
            """
            SELECT * FROM cause
             WHERE number <= $1 AND last >= $2 AND length(number) = length($1)
               AND active AND live
            """,
            numbers.first,
            numbers.last,
        )
        return [ActiveCause(row["type"], row["id"], row["since"]) for row in rows]

    async def is_used(self, numbers: NumberRange) -> bool:
        """Return whether exactly these numbers have a drill or »divert now«."""
        return bool(
            await self._db.fetchval(
                "SELECT EXISTS (SELECT FROM cause WHERE scope = $1 AND active)",
                str(numbers),
            )
        )

    async def held(self) -> bool:
        """Return whether the kill switch holds every forwarding off."""
        return bool(await self._db.fetchval("SELECT held FROM hold"))


def _option(row: asyncpg.Record) -> Option:
    return Option(
        NumberRange(row["number"], row["last"]),
        row["customer_number"],
        row["line"],
        row["enabled"],
    )


def rule_of(row: asyncpg.Record) -> RuleSetting:
    """Return the rule that a row holds."""
    return RuleSetting(
        enabled=row["enabled"],
        target=row["target"],
        keep_extension=row["keep_extension"],
        fallback_target=row["fallback_target"],
        follows_planned_work=row["follows_planned_work"],
    )


def as_json(value: dict[str, Any] | None) -> str | None:
    """Return JSON text for a jsonb column."""
    return None if value is None else json.dumps(value)
