"""All that is kept of one customer: read out whole, or erased."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from chassis.postgres import Connection
from portal_gateway.domain.facts import Range
from portal_gateway.domain.plans import Plan
from portal_gateway.store.numbers import PLAN, plan_of

OF_THE_CUSTOMER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer": """
            SELECT to_jsonb(t) FROM customer t WHERE customer_number = $1
        """,
        "account": """
            SELECT jsonb_build_object(
                       'username', username, 'created_at', created_at,
                       'second_factor_since', factor_since,
                       'letter_valid_until', posted_until)
              FROM account WHERE customer_number = $1
        """,
        "session": """
            SELECT jsonb_build_object(
                       'device', s.device, 'created_at', s.created_at,
                       'seen_at', s.seen_at)
              FROM session s JOIN account a ON a.id = s.account_id
             WHERE a.customer_number = $1 ORDER BY s.created_at
        """,
        "letter": """
            SELECT to_jsonb(t) - '{id,file_name}'::text[] FROM letter t
             WHERE customer_number = $1 ORDER BY written_at
        """,
        "contact": """
            SELECT to_jsonb(t) - '{code_hash,code_tries}'::text[] FROM contact t
             WHERE customer_number = $1 ORDER BY id
        """,
        "notice": """
            SELECT to_jsonb(t) FROM notice t WHERE customer_number = $1 ORDER BY id
        """,
        "product_order": """
            SELECT to_jsonb(t) FROM product_order t
             WHERE customer_number = $1 ORDER BY placed_at
        """,
        "planned_number": """
            SELECT to_jsonb(t) FROM planned_number t
             WHERE customer_number = $1 ORDER BY number, last
        """,
        "number_plan": """
            SELECT to_jsonb(t) FROM number_plan t
             WHERE customer_number = $1 ORDER BY number, last, effective_on
        """,
        "number_option": """
            SELECT to_jsonb(t) FROM number_option t
             WHERE customer_number = $1 ORDER BY number, last
        """,
        "option_end": """
            SELECT to_jsonb(t) FROM option_end t
             WHERE customer_number = $1 ORDER BY number, last
        """,
        "line": """
            SELECT to_jsonb(t) FROM line t WHERE customer_number = $1 ORDER BY line
        """,
        "wish": """
            SELECT to_jsonb(t) FROM wish t
             WHERE customer_number = $1 ORDER BY number, last
        """,
        "known_target": """
            SELECT to_jsonb(t) FROM known_target t
             WHERE customer_number = $1 ORDER BY first_at, target
        """,
        "hold": """
            SELECT to_jsonb(t) FROM hold t
             WHERE subject = 'customer' AND number = $1
        """,
        "started_cause": """
            SELECT to_jsonb(t) FROM started_cause t
             WHERE customer_number = $1 ORDER BY number, last, cause
        """,
        "applied": """
            SELECT to_jsonb(t) FROM applied t
             WHERE customer_number = $1 ORDER BY number, last
        """,
        "diversion": """
            SELECT to_jsonb(t) FROM diversion t
             WHERE customer_number = $1 ORDER BY applied_at, number
        """,
        "failed": """
            SELECT to_jsonb(t) FROM failed t
             WHERE customer_number = $1 ORDER BY number, last
        """,
        "failure": """
            SELECT to_jsonb(t) FROM failure t
             WHERE customer_number = $1 ORDER BY first_at, number
        """,
        "rule_import": """
            SELECT to_jsonb(t) || jsonb_build_object('rows', (
                       SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY row_number), '[]')
                         FROM rule_import_row r WHERE r.import_id = t.id))
              FROM rule_import t
             WHERE customer_number = $1 ORDER BY created_at
        """,
        "audit": """
            SELECT to_jsonb(t) FROM audit t
             WHERE customer_number = $1 ORDER BY at, id
        """,
    }
)
"""What each table knows of him; hashes and secrets are nobody's to read."""

_ERASED: Final = (
    "DELETE FROM notice WHERE customer_number = $1",
    "DELETE FROM contact WHERE customer_number = $1",
    "DELETE FROM rule_import WHERE customer_number = $1",
    "DELETE FROM wish WHERE customer_number = $1",
    "DELETE FROM known_target WHERE customer_number = $1",
    "DELETE FROM hold WHERE subject = 'customer' AND number = $1",
    "DELETE FROM started_cause WHERE customer_number = $1",
    "DELETE FROM applied WHERE customer_number = $1",
    "DELETE FROM diversion WHERE customer_number = $1",
    "DELETE FROM failed WHERE customer_number = $1",
    "DELETE FROM failure WHERE customer_number = $1",
    "DELETE FROM planned_number WHERE customer_number = $1",
    "DELETE FROM number_plan WHERE customer_number = $1",
    "DELETE FROM number_option WHERE customer_number = $1",
    "DELETE FROM option_end WHERE customer_number = $1",
    "DELETE FROM line WHERE customer_number = $1",
    "DELETE FROM letter WHERE customer_number = $1",
    "DELETE FROM account WHERE customer_number = $1",  # sessions and codes go with it
    "DELETE FROM customer WHERE customer_number = $1",
)


async def everything_of(
    connection: Connection, customer_number: str
) -> dict[str, list[Any]]:
    """Return every row that is kept of a customer, by table."""
    found: dict[str, list[Any]] = {}
    for table, query in OF_THE_CUSTOMER.items():
        rows = await connection.fetch(query, customer_number, timeout=120)
        found[table] = [json.loads(row[0]) for row in rows]
    return found


async def with_the_option(connection: Connection, customer_number: str) -> set[Range]:
    """Return the numbers and blocks that he may forward now."""
    rows = await connection.fetch(
        "SELECT number, last FROM number_option WHERE customer_number = $1 AND enabled",
        customer_number,
    )
    return {(row["number"], row["last"]) for row in rows}


async def plans_of(connection: Connection, customer_number: str) -> list[Plan]:
    """Return which numbers come to him and leave him, or did."""
    rows = await connection.fetch(
        f"SELECT {PLAN} FROM number_plan WHERE customer_number = $1",  # noqa: S608 - a constant of the stores
        customer_number,
    )
    return [plan_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a customer is erased: who he was, what stands for him, who did it when."""

    customer_number: str
    pseudonym: str
    by: str
    at: datetime


async def erase(connection: Connection, erasure: Erasure) -> list[str]:
    """
    Erase a customer, and return the files of his letters.

    His orders and his part of the audit stay, under the pseudonym. The audit is locked
    until commit, so it comes last.
    """
    number = erasure.customer_number
    known = await _names_of(connection, number)
    files = await connection.fetch(
        "SELECT file_name FROM letter WHERE customer_number = $1", number
    )
    await forget(connection, number)
    await hide_orders(connection, erasure, known)
    await connection.fetchval(
        "SELECT erase_from_audit($1, $2, $3, $4, $5)",
        number,
        known,
        erasure.pseudonym,
        erasure.by,
        erasure.at,
    )
    return [row["file_name"] for row in files]


async def hide_orders(
    connection: Connection,
    erasure: Erasure,
    known: Sequence[str],
    until: datetime | None = None,
) -> None:
    """Put the pseudonym over his orders, or over those that he placed `until` then."""
    await connection.execute(
        """
        UPDATE product_order
           SET customer_number = $2,
               placed_by = CASE WHEN placed_by = ANY ($3) THEN $2 ELSE placed_by END
         WHERE customer_number = $1 AND ($4::timestamptz IS NULL OR placed_at <= $4)
        """,
        erasure.customer_number,
        erasure.pseudonym,
        known,
        until,
    )


async def forget(connection: Connection, customer_number: str) -> None:
    """Delete what is his alone, also what was written while he was erased."""
    for statement in _ERASED:
        await connection.execute(statement, customer_number)


async def _names_of(connection: Connection, customer_number: str) -> list[str]:
    """Return how he is called as the one who did something."""
    rows = await connection.fetch(
        """
        SELECT unnest(ARRAY[username, customer_number, 'account ' || id]) AS name
          FROM account WHERE customer_number = $1
        """,
        customer_number,
    )
    return [row["name"] for row in rows if row["name"]] or [customer_number]
