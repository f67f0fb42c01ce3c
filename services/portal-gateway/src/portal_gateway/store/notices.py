"""
Notices to contacts, written in the transaction of what they tell.

Whether a message comes again, the process restarts or a line flaps: a contact has one
notice of a kind for a cause, because the table takes no second one.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from chassis.postgres import Connection

_REACHED = "contact.confirmed_at IS NOT NULL AND contact.refused_at IS NULL"
_LISTENING = f"contact.is_on AND {_REACHED}"
_ON_PLACES = """EXISTS (SELECT FROM line
                         WHERE line.customer_number = contact.customer_number
                           AND NOT line.gone
                           AND (line.line = ANY($1::text[])
                                OR line.elements && $1::text[]))"""


async def tell_places(
    connection: Connection,
    kind: str,
    cause: str,
    places: Iterable[str],
    *,
    at: datetime,
    due_at: datetime,
) -> None:
    """Tell the contacts of all customers with a line at the places."""
    await connection.execute(
        f"""
        INSERT INTO notice (contact_id, customer_number, kind, cause, created_at,
                            due_at)
             SELECT contact.id, customer_number, $2, $3, $4, $5
               FROM contact
              WHERE {_LISTENING} AND $2 = ANY(kinds) AND {_ON_PLACES}
        ON CONFLICT DO NOTHING
        """,  # noqa: S608 - constants of this module
        list(places),
        kind,
        cause,
        at,
        due_at,
    )


async def tell_customers(
    connection: Connection,
    kind: str,
    causes: Iterable[tuple[str, str]],
    *,
    at: datetime,
    due_at: datetime,
    detail: Mapping[str, object] | None = None,
    always: bool = False,
) -> None:
    """
    Tell the contacts of customers; `causes` pairs each customer with his cause.

    `always`: also those that are off, or want nothing of the kind.
    """
    pairs = sorted(set(causes))
    if not pairs:
        return
    await connection.execute(
        f"""
        INSERT INTO notice (contact_id, customer_number, kind, cause, detail,
                            created_at, due_at)
             SELECT contact.id, customer_number, $1, told.cause, $4, $5, $6
               FROM unnest($2::text[], $3::text[]) AS told(customer, cause)
               JOIN contact ON contact.customer_number = told.customer
              WHERE ({_LISTENING} AND $1 = ANY(kinds)) OR ($7 AND {_REACHED})
        ON CONFLICT DO NOTHING
        """,  # noqa: S608 - constants of this module
        kind,
        [customer for customer, _ in pairs],
        [cause for _, cause in pairs],
        json.dumps({**(detail or {}), **({"always": True} if always else {})}),
        at,
        due_at,
        always,
    )


async def tell_security(
    connection: Connection,
    customer: str,
    cause: str,
    *,
    what: str,
    by: str,
    at: datetime,
    **more: object,
) -> None:
    """Tell every contact that can be reached what only its owner should have done."""
    await tell_customers(
        connection,
        "security",
        [(customer, cause)],
        at=at,
        due_at=at,
        detail={"what": what, "by": by, "at": at.isoformat(), **more},
        always=True,
    )


_TELL_FAILED = f"""
    INSERT INTO notice (contact_id, customer_number, kind, cause, created_at,
                        due_at)
         SELECT contact.id, contact.customer_number, 'forwarding_failed',
                coalesce(oldest.outage_id, $2), $3, $4
           FROM contact
           LEFT JOIN LATERAL (
                SELECT outage_id
                  FROM line
                  JOIN outage ON is_open AND (places @> ARRAY[line.line]
                                              OR places && line.elements)
                 WHERE line.customer_number = contact.customer_number
                   AND NOT line.gone
                 ORDER BY occurred_at, outage_id
                 LIMIT 1) AS oldest ON true
          WHERE contact.customer_number = ANY($1::text[]) AND {_LISTENING}
            AND 'forwarding_failed' = ANY(kinds)
    ON CONFLICT (contact_id, kind, cause) DO UPDATE
            SET state = 'waiting', created_at = excluded.created_at,
                due_at = excluded.due_at, settled_at = NULL
          WHERE notice.state = 'void'
            AND notice.created_at < excluded.created_at
    """  # noqa: S608 - constants of this module


async def tell_failed(
    connection: Connection,
    customers: Iterable[str],
    *,
    day: str,
    at: datetime,
    due_at: datetime,
) -> None:
    """
    Tell of diversions that do not work: once an outage, or once a day without.

    One that was void when its time came was not sent: a later failure is told.
    """
    await connection.execute(
        _TELL_FAILED,
        sorted(set(customers)),
        day,
        at,
        due_at,
    )


async def tell_reminders(
    connection: Connection, *, every_seconds: float, at: datetime
) -> None:
    """Tell of what is in effect for long, each time such a span has passed anew."""
    await connection.execute(
        f"""
        INSERT INTO notice (contact_id, customer_number, kind, cause, detail,
                            created_at, due_at)
             SELECT contact.id, contact.customer_number, 'forwarding_reminder',
                    concat_ws(' ', long.type, long.id, long.since, '#', long.passed),
                    jsonb_build_object('type', long.type, 'id', long.id,
                                       'since', long.since),
                    $1, $1
               FROM (SELECT DISTINCT customer_number, cause->>'type' AS type,
                            cause->>'id' AS id, cause->>'since' AS since,
                            floor(extract(epoch FROM
                                  $1 - (cause->>'since')::timestamptz) / $2)::int
                              AS passed
                       FROM applied, jsonb_array_elements(causes) AS cause
                      WHERE in_effect) AS long
               JOIN contact USING (customer_number)
              WHERE passed >= 1 AND {_LISTENING}
                AND 'forwarding_reminder' = ANY(kinds)
        ON CONFLICT DO NOTHING
        """,  # noqa: S608 - constants of this module
        at,
        every_seconds,
    )


async def tell_contact(
    connection: Connection,
    contact: int,
    customer: str,
    kind: str,
    cause: str,
    *,
    at: datetime,
) -> None:
    """Send a contact what somebody asked for: a code, or a test."""
    await connection.execute(
        """
        INSERT INTO notice (contact_id, customer_number, kind, cause, created_at,
                            due_at)
             VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT DO NOTHING
        """,
        contact,
        customer,
        kind,
        cause,
        at,
    )


async def asked_since(
    connection: Connection, contact: int, kind: str, since: datetime
) -> list[datetime]:
    """Return when such a notice was asked for, oldest first."""
    rows = await connection.fetch(
        """
        SELECT created_at FROM notice
         WHERE contact_id = $1 AND kind = $2 AND created_at > $3
         ORDER BY created_at
        """,
        contact,
        kind,
        since,
    )
    return [row["created_at"] for row in rows]
