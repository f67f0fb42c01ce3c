"""What customers wish for their numbers, and what forwarding answered."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from chassis.postgres import Connection
from contracts.forwardings import ForwardingConfigured, ForwardingRequested, RuleSetting
from portal_gateway.domain.facts import Range, Setting, target_ends


async def waiting(connection: Connection) -> tuple[int, float]:
    """Return how many wishes wait for their answer, and for how long the oldest."""
    row = await connection.fetchrow(
        """
        SELECT count(*) AS waiting,
               coalesce(extract(epoch FROM now() - min(asked_at)), 0)::float AS oldest
          FROM wish
         WHERE settled_version < version
        """
    )
    return (int(row["waiting"]), max(0.0, float(row["oldest"]))) if row else (0, 0.0)


async def lock_customer(connection: Connection, customer_number: str) -> None:
    """Let nobody else change this customer's forwardings until commit."""
    await connection.fetchval(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", customer_number
    )


async def next_version(connection: Connection, span: Range) -> int:
    """Return the version of the next wish: it grows across owners, too."""
    known = await connection.fetchval(
        "SELECT version FROM wish WHERE number = $1 AND last = $2", *span
    )
    return int(known or 0) + 1


async def versions(connection: Connection, firsts: Sequence[str]) -> dict[Range, int]:
    """Return the versions of the wishes there are for ranges that begin so."""
    rows = await connection.fetch(
        "SELECT number, last, version FROM wish WHERE number = ANY($1::text[])", firsts
    )
    return {(row["number"], row["last"]): row["version"] for row in rows}


async def ask(
    connection: Connection, event: ForwardingRequested, wished: Setting | None
) -> None:
    """Keep a wish whose answer is out; `wished`: the own rule once it is granted."""
    await ask_all(connection, [(event, wished)])


async def ask_all(
    connection: Connection,
    asked: Sequence[tuple[ForwardingRequested, Setting | None]],
) -> None:
    """Keep many wishes in one round trip."""
    await connection.executemany(
        """
        INSERT INTO wish AS known
                    (number, last, customer_number, version, wished, asked_at, asked_by,
                     option_version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (number, last) DO UPDATE
                SET version = excluded.version, wished = excluded.wished,
                    asked_at = excluded.asked_at, asked_by = excluded.asked_by,
                    in_force = CASE WHEN known.customer_number
                                         = excluded.customer_number
                                    THEN known.in_force END,
                    customer_number = excluded.customer_number,
                    option_version = excluded.option_version
        """,
        [
            (
                event.number,
                event.last or event.number,
                event.customer_number,
                event.version,
                None if wished is None else json.dumps(asdict(wished)),
                event.requested_at,
                event.requested_by,
                event.option_version,
            )
            for event, wished in sorted(asked, key=lambda one: _span(one[0]))
        ],
    )


@dataclass(frozen=True, slots=True)
class InForce:
    """The newest answer to a customer about a range, and the target it left."""

    version: int
    target: Range | None
    """Of a block that rings at a block both ends of that."""


async def in_force(
    connection: Connection, events: Sequence[ForwardingConfigured]
) -> dict[tuple[str, Range], InForce]:
    """Return what is in force where these answers belong, by customer and range."""
    rows = await connection.fetch(
        """
        SELECT customer_number, number, last, settled_version,
               in_force->>'target' AS target,
               coalesce((in_force->>'keep_extension')::boolean, false) AS keeps
          FROM wish
         WHERE number = ANY($1::text[])
        """,
        list({event.number for event in events}),
    )
    found = {}
    for row in rows:
        span = row["number"], row["last"]
        target = target_ends(span, row["target"], keeps=row["keeps"])
        found[row["customer_number"], span] = InForce(row["settled_version"], target)
    return found


async def settle(
    connection: Connection, events: Sequence[ForwardingConfigured]
) -> None:
    """
    Keep what is in force now, unless a newer answer is known.

    What flags a rule stays until something is said of the rule itself.
    """
    await connection.executemany(
        """
        INSERT INTO wish AS known
                    (number, last, customer_number, version, wished, asked_at,
                     asked_by, settled_version, settled_at, in_force, outcome,
                     code, chain, flag)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $4, $6, $5, $8, $9, $10, $11)
        ON CONFLICT (number, last) DO UPDATE
                SET settled_version = excluded.settled_version,
                    settled_at = excluded.settled_at,
                    in_force = excluded.in_force, outcome = excluded.outcome,
                    code = excluded.code, chain = excluded.chain,
                    flag = CASE WHEN $12 THEN excluded.flag ELSE known.flag END,
                    version = greatest(known.version, excluded.version),
                    customer_number = excluded.customer_number
              WHERE (known.settled_version, coalesce(known.settled_at, '-infinity'))
                  < (excluded.settled_version, excluded.settled_at)
                AND (known.customer_number = excluded.customer_number
                     OR known.version < excluded.version)
        """,
        [_answer(event) for event in _in_order(events)],
    )


def _answer(event: ForwardingConfigured) -> tuple[object, ...]:
    return (
        event.number,
        event.last or event.number,
        event.customer_number,
        event.version,
        _stored(event.rule),
        event.configured_at,
        event.requested_by,
        event.outcome,
        event.code,
        list(event.chain),
        event.code if event.outcome == "flagged" else None,
        event.cause is None and event.outcome != "refused",
    )


async def settle_causes(
    connection: Connection, events: Sequence[ForwardingConfigured]
) -> None:
    """Keep which causes of persons run or were stopped."""
    await connection.executemany(
        """
        INSERT INTO started_cause AS known
                    (number, last, cause, customer_number, running, id, since, ends_at,
                     version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (number, last, cause) DO UPDATE
                SET customer_number = excluded.customer_number,
                    running = excluded.running, id = excluded.id,
                    since = excluded.since, ends_at = excluded.ends_at,
                    version = excluded.version
              WHERE (known.version, known.since) < (excluded.version, excluded.since)
        """,
        [
            (
                event.number,
                event.last or event.number,
                event.cause,
                event.customer_number,
                event.action == "start",
                event.request_id or event.cause,
                event.configured_at,
                event.ends_at,
                event.version,
            )
            for event in _in_order(events)
        ],
    )


def _in_order(events: Iterable[ForwardingConfigured]) -> list[ForwardingConfigured]:
    """Sort by range: who locks rows in one order never waits in a circle."""
    return sorted(events, key=_span)


def _span(event: ForwardingRequested | ForwardingConfigured) -> Range:
    return event.number, event.last or event.number


async def answer_to(
    connection: Connection, span: Range, version: int
) -> tuple[str, str | None, list[str]] | None:
    """Return outcome, code and chain once this wish, or a later one, was answered."""
    row = await connection.fetchrow(
        """
        SELECT outcome, code, chain
          FROM wish
         WHERE number = $1 AND last = $2 AND settled_version >= $3
        """,
        *span,
        version,
    )
    return (row["outcome"], row["code"], row["chain"]) if row else None


async def last_touched(
    connection: Connection, span: Range, customer_number: str
) -> tuple[str, datetime] | None:
    """Return who asked last and when."""
    row = await connection.fetchrow(
        """
        SELECT asked_by, asked_at
          FROM wish
         WHERE number = $1 AND last = $2 AND customer_number = $3
        """,
        *span,
        customer_number,
    )
    return (row["asked_by"], row["asked_at"]) if row else None


def _stored(rule: RuleSetting | None) -> str | None:
    return None if rule is None else json.dumps(rule.model_dump())
