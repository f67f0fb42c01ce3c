"""What the switch does, as forwarding tells it: in batches, newer replaces older."""

import json
from collections.abc import Sequence
from datetime import datetime

from chassis.postgres import Connection
from contracts.forwardings import ForwardingApplied, ForwardingFailed


async def apply(connection: Connection, events: Sequence[ForwardingApplied]) -> None:
    """Keep each flip in the history, and the newest of a number as its state."""
    newest = {(event.number, event.last): event for event in _by_version(events)}
    await _keep_newest(connection, list(newest.values()))
    await _keep_history(connection, events)


def _by_version(events: Sequence[ForwardingApplied]) -> list[ForwardingApplied]:
    return sorted(events, key=lambda event: event.version)


async def _keep_newest(
    connection: Connection, events: Sequence[ForwardingApplied]
) -> None:
    await connection.execute(
        """
        INSERT INTO applied AS known
                    (number, last, customer_number, line, target, keep_extension,
                     in_effect, causes, version, applied_at)
             SELECT *
               FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                           $6::boolean[], $7::boolean[], $8::jsonb[], $9::bigint[],
                           $10::timestamptz[])
        ON CONFLICT (number, last) DO UPDATE
                SET customer_number = excluded.customer_number, line = excluded.line,
                    target = excluded.target, in_effect = excluded.in_effect,
                    keep_extension = excluded.keep_extension,
                    causes = excluded.causes, version = excluded.version,
                    applied_at = excluded.applied_at
              WHERE known.version < excluded.version
        """,
        [event.number for event in events],
        [event.last or event.number for event in events],
        [event.customer_number for event in events],
        [event.line for event in events],
        [event.target for event in events],
        [event.keep_extension for event in events],
        [event.in_effect for event in events],
        [_causes(event) for event in events],
        [event.version for event in events],
        [event.applied_at for event in events],
    )


def _causes(event: ForwardingApplied) -> str:
    if not event.causes:
        return "[]"
    return json.dumps(
        [
            {"type": cause.type, "id": cause.id, "since": cause.since.isoformat()}
            for cause in event.causes
        ]
    )


async def _keep_history(
    connection: Connection, events: Sequence[ForwardingApplied]
) -> None:
    await connection.execute(
        """
        INSERT INTO diversion
                    (number, last, version, customer_number, target, rule, in_effect,
                     outage_id, reason, applied_at)
             SELECT *
               FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[],
                           $5::text[], $6::text[], $7::boolean[], $8::text[],
                           $9::text[], $10::timestamptz[])
        ON CONFLICT DO NOTHING
        """,
        [event.number for event in events],
        [event.last or event.number for event in events],
        [event.version for event in events],
        [event.customer_number for event in events],
        [event.target for event in events],
        [event.rule for event in events],
        [event.in_effect for event in events],
        [event.outage_id for event in events],
        [event.reason for event in events],
        [event.applied_at for event in events],
    )


async def fail(connection: Connection, events: Sequence[ForwardingFailed]) -> None:
    """Keep what the switch did not do yet."""
    await connection.executemany(
        """
        INSERT INTO failed AS known
                    (number, last, customer_number, code, attempts, version, failed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (number, last) DO UPDATE
                SET customer_number = excluded.customer_number, code = excluded.code,
                    attempts = excluded.attempts, version = excluded.version,
                    failed_at = excluded.failed_at
              WHERE (known.version, known.attempts, known.failed_at)
                  < (excluded.version, excluded.attempts, excluded.failed_at)
        """,
        [
            (
                event.number,
                event.last or event.number,
                event.customer_number,
                event.code,
                event.attempts,
                event.version,
                event.failed_at,
            )
            for event in events
        ],
    )


async def count_of(
    connection: Connection, customer_number: str, outages: Sequence[str]
) -> dict[str, int]:
    """Return how many numbers each outage diverted, blocks counted in full."""
    rows = await connection.fetch(
        """
        SELECT outage_id, sum(substr(last, 2)::numeric - substr(number, 2)::numeric + 1)
          FROM (SELECT DISTINCT outage_id, number, last
                  FROM diversion
                 WHERE customer_number = $1 AND outage_id = ANY($2) AND in_effect
               ) AS diverted
         GROUP BY outage_id
        """,
        customer_number,
        list(outages),
    )
    return {row[0]: int(row[1]) for row in rows}


async def tidy(connection: Connection, *, before: datetime) -> None:
    """Delete history that is older than the retention allows."""
    await connection.execute("DELETE FROM diversion WHERE applied_at < $1", before)
