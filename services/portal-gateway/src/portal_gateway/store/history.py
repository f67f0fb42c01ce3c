"""Who did what, and what was forwarded when: the audit and the history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Range

_NOTE = """
    INSERT INTO audit (at, customer_number, actor, action, number, last, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def note(
    connection: Connection,
    action: str,
    *,
    at: datetime,
    actor: str,
    customer: str | None = None,
    span: Range | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Keep that a person (or forwarding) did something."""
    number, last = span or (None, None)
    written = json.dumps(detail or {})
    await connection.execute(_NOTE, at, customer, actor, action, number, last, written)


async def note_all(
    connection: Connection,
    done: Sequence[tuple[str, Range, Mapping[str, object]]],
    *,
    at: datetime,
    actor: str,
    customer: str,
) -> None:
    """Keep many of a person's actions (action, range, detail) in one round trip."""
    await connection.executemany(
        _NOTE,
        [
            (at, customer, actor, action, *span, json.dumps(detail))
            for action, span, detail in done
        ],
    )


HIDDEN = [
    "customer_viewed",
    "foreign_access",
    "logged_in",
    "login_failed",
    "password_accepted",
    "password_wrong",
    "second_factor_wrong",
    "targets_shown",
]
"""What a customer's own history leaves out: log-ins, and who looked at it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the history is wanted; None: all of it."""

    number: str | None = None
    type: Literal["change", "forwarding"] | None = None
    since: datetime | None = None
    until: datetime | None = None


_PAGE = """
    SELECT *
      FROM (SELECT at, 'a' || lpad(id::text, 20, '0') COLLATE "C" AS key,
                   'change' AS type, action, actor, number, last,
                   NULL AS target, NULL::boolean AS keep_extension,
                   NULL AS outage_id, NULL::boolean AS in_effect, detail::text
              FROM audit
             WHERE customer_number = $1 AND action <> ALL($6)
               AND at <= coalesce($2::timestamptz, 'infinity')
             UNION ALL
            SELECT applied_at,
                   'd' || number || '-' || last || '-' ||
                       lpad(version::text, 20, '0') COLLATE "C",
                   'forwarding', reason, NULL, number, last, target,
                   keep_extension, outage_id, in_effect,
                   json_build_object('rule', rule)::text
              FROM diversion
             WHERE customer_number = $1
               AND applied_at <= coalesce($2::timestamptz, 'infinity')) AS happened
     WHERE ($2 IS NULL OR (at, key) < ($2, $3 COLLATE "C"))
       AND ($5::text IS NULL OR (length(number) = length($5)
                                 AND number <= $5 AND last >= $5))
       AND type = coalesce($7::text, type)
       AND at >= coalesce($8::timestamptz, '-infinity')
       AND at < coalesce($9::timestamptz, 'infinity')
     ORDER BY at DESC, key DESC
     LIMIT $4
"""


async def page(
    connection: Connection,
    customer_number: str,
    before_at: datetime | None,
    before_key: str,
    limit: int,
    wanted: Filter,
) -> list[asyncpg.Record]:
    """Return what happened to the customer's numbers, newest first."""
    return await connection.fetch(
        _PAGE,
        customer_number,
        before_at,
        before_key,
        limit,
        wanted.number,
        HIDDEN,
        wanted.type,
        wanted.since,
        wanted.until,
    )
