"""How staff find a customer, and what they see of him beside his own pages."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chassis.postgres import Connection
from portal_gateway.domain.plans import Plan
from portal_gateway.domain.staying import is_staying
from portal_gateway.store.accounts import Customer
from portal_gateway.store.numbers import PLAN, plan_of

_COLUMNS = "customer_number, name, address, allowed_countries, created_at"


@dataclass(frozen=True, slots=True)
class Access:
    """How a customer gets in: no secret, and no name that is one."""

    has_own_credentials: bool
    posted_until: datetime | None = None
    factor_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line with the elements above it."""

    line: str
    elements: list[str]


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to a customer, as the audit has it."""

    at: datetime
    actor: str
    action: str
    number: str | None
    last: str | None
    detail: dict[str, Any]


async def search(connection: Connection, query: str, limit: int) -> list[Customer]:
    """Return customers whose number begins so, or whose name has it in it."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM customer
         WHERE starts_with(lower(customer_number), lower($1))
            OR position(lower($1) IN lower(name)) > 0
         ORDER BY lower(customer_number) = lower($1) DESC, customer_number
         LIMIT $2
        """,  # noqa: S608 - a constant of this module
        query,
        limit,
    )
    return [Customer(**row) for row in rows]


async def owners_of(
    connection: Connection, number: str, today: date, limit: int
) -> list[Customer]:
    """Return who has the phone number now, or gets it: inside a block, too."""
    plans = await _plans_with(connection, number)
    staying = [who for who, theirs in plans.items() if is_staying(theirs, today)]
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM customer
         WHERE customer_number IN (
                   SELECT customer_number FROM number_option
                    WHERE enabled
                      AND number <= $1 COLLATE "C" AND last >= $1 COLLATE "C"
                      AND length(number) = length($1)
                    UNION
                   SELECT unnest($2::text[]))
         ORDER BY customer_number
         LIMIT $3
        """,  # noqa: S608 - a constant of this module
        number,
        staying,
        limit,
    )
    return [Customer(**row) for row in rows]


async def _plans_with(connection: Connection, number: str) -> Mapping[str, list[Plan]]:
    rows = await connection.fetch(
        f"""
        SELECT customer_number, {PLAN} FROM number_plan
         WHERE number <= $1 COLLATE "C" AND last >= $1 COLLATE "C"
           AND length(number) = length($1)
        """,  # noqa: S608 - a constant of the stores
        number,
    )
    found: defaultdict[str, list[Plan]] = defaultdict(list)
    for row in rows:
        found[row["customer_number"]].append(plan_of(row))
    return found


async def access_of(connection: Connection, customer_number: str) -> Access:
    """Return how the customer gets in."""
    row = await connection.fetchrow(
        """
        SELECT password_hash IS NOT NULL AS has_own_credentials, posted_until,
               factor_since
          FROM account
         WHERE customer_number = $1
        """,
        customer_number,
    )
    return Access(**row) if row else Access(has_own_credentials=False)


async def lines_of(connection: Connection, customer_number: str) -> list[Line]:
    """Return the customer's lines."""
    rows = await connection.fetch(
        """
        SELECT line, elements FROM line
         WHERE customer_number = $1 AND NOT gone
         ORDER BY line
        """,
        customer_number,
    )
    return [Line(**row) for row in rows]


async def audit_of(
    connection: Connection, customer_number: str, limit: int
) -> list[Deed]:
    """Return what was done to the customer and by whom, views included."""
    rows = await connection.fetch(
        """
        SELECT at, actor, action, number, last, detail
          FROM audit
         WHERE customer_number = $1
         ORDER BY at DESC, id DESC
         LIMIT $2
        """,
        customer_number,
        limit,
    )
    return [Deed(**{**row, "detail": json.loads(row["detail"])}) for row in rows]
