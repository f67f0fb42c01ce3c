"""What stands beside a number: others on its line, and the rules of its customer."""

import json
from dataclasses import dataclass

from chassis.postgres import Connection
from portal_gateway.domain.facts import Range, is_block


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The other numbers of the line, and (range, target, keep extension) of rules."""

    same_line: list[Range]
    rules: list[tuple[Range, str, bool]]


async def of(
    connection: Connection, customer: str, span: Range, line: str | None
) -> Neighbours:
    """Return what a new target of the number must not meet."""
    rows = await connection.fetch(
        """
        SELECT number, last
          FROM number_option
         WHERE enabled AND customer_number = $1 AND line = $2
        """,
        customer,
        line,
    )
    same_line = [(row["number"], row["last"]) for row in rows]
    return Neighbours(same_line, await _rules(connection, customer, but=span))


async def _rules(
    connection: Connection, customer: str, *, but: Range
) -> list[tuple[Range, str, bool]]:
    """Return all rules of the customer that have a target, wished ones first."""
    rows = await connection.fetch(
        """
        SELECT number, last,
               CASE WHEN version > settled_version THEN wished ELSE in_force END AS rule
          FROM wish
         WHERE customer_number = $1 AND (number, last) <> ($2, $3)
        """,
        customer,
        *but,
    )
    found = [
        ((row["number"], row["last"]), json.loads(row["rule"] or "{}")) for row in rows
    ]
    return [
        (at, rule["target"], bool(rule["keep_extension"]) and is_block(at))
        for at, rule in found
        if rule.get("target")
    ]
