"""What customers set for their numbers, and its history."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from contracts.forwardings import RuleSetting
from contracts.number_range import LARGEST_BLOCK, NumberRange
from contracts.refusal import ONLY_SHOWN
from forwarding.domain import KeptRule


class RuleStore:
    """The rules, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def rule(self, numbers: NumberRange) -> RuleSetting | None:
        """Return the rule of exactly these numbers."""
        row = await self._row(numbers)
        return rule_of(row) if row else None

    async def rule_to_arm(self, numbers: NumberRange) -> RuleSetting | None:
        """Return the rule as the switch may have it: off while it must not divert."""
        row = await self._row(numbers)
        return _to_arm(row) if row else None

    async def rules_to_arm(
        self, scopes: Iterable[NumberRange]
    ) -> dict[NumberRange, RuleSetting]:
        """Return those of many, for whom there is one."""
        ends = [(numbers.first, numbers.last) for numbers in scopes]
        rows = await self._db.fetch(
            """
            SELECT * FROM rule
             WHERE (number, last) IN (SELECT * FROM unnest($1::text[], $2::text[]))
            """,
            [first for first, _ in ends],
            [last for _, last in ends],
        )
        return {NumberRange(row["number"], row["last"]): _to_arm(row) for row in rows}

    async def _row(self, numbers: NumberRange) -> asyncpg.Record | None:
        return await self._db.fetchrow(
            "SELECT * FROM rule WHERE number = $1 AND last = $2",
            numbers.first,
            numbers.last,
        )

    async def kept_in(self, numbers: NumberRange) -> dict[NumberRange, KeptRule]:
        """Return whose the rules of these numbers and of those inside are."""
        rows = await self._db.fetch(
            """
            SELECT number, last, customer_number, option_version,
                   -- Where nobody knows any more when: asyncpg reads it without a zone.
                   least(wished_at, '9999-12-31T00:00Z') AS wished_at
              FROM rule
             WHERE number BETWEEN $1 AND $2 AND last <= $2
               AND length(number) = length($1)
            """,
            numbers.first,
            numbers.last,
        )
        return {
            NumberRange(row["number"], row["last"]): KeptRule(
                row["customer_number"], row["wished_at"], row["option_version"]
            )
            for row in rows
        }

    async def keep_rule(
        self,
        numbers: NumberRange,
        customer: str,
        rule: RuleSetting,
        allowed_countries: Iterable[str],
        *,
        wished_at: datetime,
        option_version: int | None,
    ) -> None:
        """Keep what the customer set, and which fact on his option he knew then."""
        await self._db.execute(
            """
            INSERT INTO rule
                        (number, last, customer_number, enabled, target,
                         keep_extension, fallback_target, follows_planned_work,
                         allowed_countries, line_first, wished_at, option_version)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (number, last) DO UPDATE
                    SET customer_number = $3, enabled = $4, target = $5,
                        keep_extension = $6, fallback_target = $7,
                        follows_planned_work = $8, allowed_countries = $9,
                        line_first = $10, wished_at = $11, option_version = $12,
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
            rule.line_first,
            wished_at,
            option_version,
        )

    async def remove_rules(self, scopes: Sequence[NumberRange]) -> list[NumberRange]:
        """Remove the rules of exactly these numbers; return which there were."""
        rows = await self._db.fetch(
            """
            DELETE FROM rule
             WHERE (number, last) IN (SELECT * FROM unnest($1::text[], $2::text[]))
         RETURNING number, last
            """,
            [numbers.first for numbers in scopes],
            [numbers.last for numbers in scopes],
        )
        return [NumberRange(row["number"], row["last"]) for row in rows]

    async def remember(
        self,
        scopes: Sequence[NumberRange],
        customer: str,
        rule: RuleSetting | None,
        *,
        reason: str,
        by: str,
        at: datetime,
    ) -> None:
        """Add a line to the history of each of these numbers."""
        await self._db.execute(
            """
            INSERT INTO rule_history
                        (number, last, customer_number, rule, reason, changed_by,
                         changed_at)
                 SELECT s.number, s.last, $3, $4, $5, $6, $7
                   FROM unnest($1::text[], $2::text[]) AS s (number, last)
            """,
            [numbers.first for numbers in scopes],
            [numbers.last for numbers in scopes],
            customer,
            rule.model_dump_json() if rule else None,
            reason,
            by,
            at,
        )

    async def rules_touching(self, numbers: NumberRange) -> list[asyncpg.Record]:
        """
        Return rules that calls to these numbers follow, to a target or its fallback.

        A block's rule is also followed by numbers that are longer than its own.
        """
        return await self._db.fetch(
            """
            -- Part by part, for an index serves each: all at once reads the table.
            SELECT number, last, target, keep_extension, fallback_target
              FROM (SELECT * FROM rule
                     WHERE number BETWEEN $1 AND $2 AND last = number
                       AND length(number) = length($1)
                 UNION ALL
                    SELECT * FROM rule
                     WHERE number < last AND number <= $2 AND last >= $1
                       AND length(number) = length($1)
                 UNION ALL
                    SELECT * FROM rule
                     WHERE number < last AND length(number) < length($1)
                       AND number <= left($2, length(number))
                       AND last >= left($1, length(number))) AS touching
             WHERE target IS NOT NULL OR fallback_target IS NOT NULL
            """,
            numbers.first,
            numbers.last,
        )

    async def rules_to(self, scopes: Sequence[NumberRange]) -> set[NumberRange]:
        """
        Return whose rules lead there; to a block with numbers lengthened, too.

        Also some that lead to a block near by: whether it reaches as far is not asked.
        """
        rows = await self._db.fetch(
            """
            SELECT r.*
              FROM unnest($1::text[], $2::text[], $3::text[]) AS s (first, last, lowest)
             CROSS JOIN LATERAL (
                   SELECT number, last FROM rule
                    WHERE target BETWEEN s.first AND s.last
                       OR keep_extension AND target BETWEEN s.lowest AND s.first) AS r
            """,
            [one.first for one in scopes],
            [one.last if one.is_single else f"{one.last}~" for one in scopes],
            [f"+{int(one.first) - LARGEST_BLOCK + 1}" for one in scopes],
        )
        return {NumberRange(row["number"], row["last"]) for row in rows}

    async def rules_after(
        self, number: str, last: str, limit: int
    ) -> list[asyncpg.Record]:
        """Return rules in the order of their numbers, for a look at all of them."""
        return await self._db.fetch(
            """
            SELECT * FROM rule
             WHERE (number, last) > ($1, $2)
          ORDER BY number, last
             LIMIT $3
            """,
            number,
            last,
            limit,
        )

    async def flag_rule(self, numbers: NumberRange, code: str | None) -> bool:
        """Mark a rule as no longer allowed, or unmark it; False when it is so."""
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


def _to_arm(row: asyncpg.Record) -> RuleSetting:
    rule = rule_of(row)
    is_barred = row["flagged"] is not None and row["flagged"] not in ONLY_SHOWN
    return rule.model_copy(update={"enabled": False}) if is_barred else rule


def rule_of(row: asyncpg.Record) -> RuleSetting:
    """Return the rule that a row holds."""
    return RuleSetting(
        enabled=row["enabled"],
        target=row["target"],
        keep_extension=row["keep_extension"],
        fallback_target=row["fallback_target"],
        follows_planned_work=row["follows_planned_work"],
        line_first=row["line_first"],
    )
