"""What the switch does, as forwarding tells it: in batches, newer replaces older."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chassis.postgres import Connection
from contracts.forwardings import ForwardingApplied, ForwardingFailed
from portal_gateway.domain.facts import Range
from portal_gateway.domain.report import Failure, Flip
from portal_gateway.store import apart
from portal_gateway.store.apart import Stretch


async def apply(connection: Connection, events: Sequence[ForwardingApplied]) -> None:
    """Keep each flip in the history, and the newest of a number as its state."""
    await connection.execute(
        """
        WITH told AS MATERIALIZED (
            SELECT *
              FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[],
                          $6::text[], $7::boolean[], $8::boolean[], $9::jsonb[],
                          $10::timestamptz[], $11::text[], $12::text[], $13::text[],
                          $14::boolean[])
                AS told(number, last, version, customer_number, line, target,
                        keep_extension, in_effect, causes, applied_at, rule, outage_id,
                        reason, partial)
        ), history AS (
            INSERT INTO diversion
                        (number, last, version, customer_number, target, rule,
                         keep_extension, in_effect, outage_id, reason, applied_at)
                 SELECT number, last, version, customer_number, target, rule,
                        keep_extension, in_effect, outage_id, reason, applied_at
                   FROM told
            ON CONFLICT DO NOTHING
        )
        INSERT INTO applied AS known
                    (number, last, customer_number, line, target, keep_extension,
                     in_effect, causes, version, applied_at, partial)
             SELECT DISTINCT ON (number COLLATE "C", last COLLATE "C")
                    number, last, customer_number, line, target, keep_extension,
                    in_effect, causes, version, applied_at, partial
               FROM told
              ORDER BY number COLLATE "C", last COLLATE "C", version DESC
        ON CONFLICT (number, last) DO UPDATE
                SET customer_number = excluded.customer_number, line = excluded.line,
                    target = excluded.target, in_effect = excluded.in_effect,
                    keep_extension = excluded.keep_extension,
                    causes = excluded.causes, version = excluded.version,
                    applied_at = excluded.applied_at, partial = excluded.partial
              WHERE known.version < excluded.version
        """,
        *_columns(events),
    )


def _columns(events: Sequence[ForwardingApplied]) -> Iterator[Sequence[object]]:
    yield [event.number for event in events]
    yield [event.last or event.number for event in events]
    for name in ("version", "customer_number", "line", "target", "keep_extension"):
        yield [getattr(event, name) for event in events]
    yield [event.in_effect for event in events]
    yield _all_causes(events)
    for name in ("applied_at", "rule", "outage_id", "reason", "partial"):
        yield [getattr(event, name) for event in events]


def _all_causes(events: Sequence[ForwardingApplied]) -> list[str]:
    """Write each set of causes once: in a mass outage all events have the same."""
    written: dict[tuple[object, ...], str] = {(): "[]"}
    return [_causes(event, written) for event in events]


def _causes(event: ForwardingApplied, written: dict[tuple[object, ...], str]) -> str:
    causes = event.causes
    key = tuple([(cause.type, cause.id, cause.since) for cause in causes])
    if (known := written.get(key)) is None:
        known = json.dumps([cause.model_dump(mode="json") for cause in causes])
        written[key] = known
    return known


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


async def note_failures(
    connection: Connection, events: Sequence[ForwardingFailed]
) -> None:
    """Keep every failure for the reports, one row a flip that did not work."""
    await connection.executemany(
        """
        INSERT INTO failure AS known
                    (number, last, version, customer_number, code, attempts, first_at,
                     last_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        ON CONFLICT (number, last, version) DO UPDATE
                SET code = excluded.code,
                    attempts = greatest(known.attempts, excluded.attempts),
                    first_at = least(known.first_at, excluded.first_at),
                    last_at = greatest(known.last_at, excluded.last_at)
        """,
        [
            (
                event.number,
                event.last or event.number,
                event.version,
                event.customer_number,
                event.code,
                event.attempts,
                event.failed_at,
            )
            for event in events
        ],
    )


async def flips_of(
    connection: Connection, customer: str, outage_id: str, lines: Sequence[str]
) -> list[Flip]:
    """Return all flips of the numbers that the outage moved or that hang on lines."""
    rows = await connection.fetch(
        """
        WITH spans AS (
            SELECT number, last FROM diversion
             WHERE customer_number = $1 AND outage_id = $2
             UNION
            SELECT number, last FROM applied
             WHERE customer_number = $1 AND line = ANY($3::text[])
        )
        SELECT number, last, version, in_effect, target, keep_extension, rule,
               outage_id, reason, applied_at
          FROM diversion
          JOIN spans USING (number, last)
         WHERE customer_number = $1
        """,
        customer,
        outage_id,
        list(lines),
    )
    return [Flip((row["number"], row["last"]), *row[2:]) for row in rows]


async def failures_of(
    connection: Connection,
    customer: str,
    lines: Sequence[str],
    since: datetime,
    until: datetime,
) -> list[Failure]:
    """Return what did not work at once for numbers of the lines in that time."""
    rows = await connection.fetch(
        """
        SELECT number, last, code, attempts, first_at, last_at
          FROM failure
         WHERE customer_number = $1 AND last_at >= $3 AND first_at <= $4
           AND EXISTS (SELECT FROM number_option AS option
                        WHERE option.line = ANY($2::text[])
                          AND length(option.number) = length(failure.number)
                          AND option.number <= failure.number
                          AND option.last >= failure.number)
         ORDER BY first_at, number
        """,
        customer,
        list(lines),
        since,
        until,
    )
    return [Failure((row["number"], row["last"]), *row[2:]) for row in rows]


async def failing(connection: Connection, customer: str) -> list[tuple[Range, str]]:
    """Return the numbers that ring nowhere else as they should by now, and why."""
    rows = await connection.fetch(
        """
        SELECT failed.number, failed.last, failed.code
          FROM failed
          LEFT JOIN applied USING (number, last)
         WHERE failed.customer_number = $1
           AND failed.version > coalesce(applied.version, -1)
         ORDER BY failed.number
        """,
        customer,
    )
    return [((row["number"], row["last"]), row["code"]) for row in rows]


async def in_effect_by(
    connection: Connection, customer: str, cause: str, cause_id: str
) -> list[Range]:
    """Return the numbers that are diverted for this cause now."""
    rows = await connection.fetch(
        """
        SELECT number, last
          FROM applied
         WHERE customer_number = $1 AND in_effect
           AND causes @> jsonb_build_array(jsonb_build_object('type', $2::text,
                                                              'id', $3::text))
         ORDER BY number
        """,
        customer,
        cause,
        cause_id,
    )
    return [(row["number"], row["last"]) for row in rows]


async def count_of(
    connection: Connection, customer_number: str, outages: Mapping[str, datetime]
) -> dict[str, int]:
    """
    Return how many numbers each outage diverted: each once, blocks with all theirs.

    `outages`: until when each lasted, or has so far.
    """
    counts = await _spanned(connection, customer_number, outages)
    blocks = await _blocks_of(connection, customer_number, outages)
    not_with_them = await apart.counts(connection, customer_number, blocks)
    return {one: count - not_with_them.get(one, 0) for one, count in counts.items()}


async def _blocks_of(
    connection: Connection, customer_number: str, outages: Mapping[str, datetime]
) -> list[Stretch]:
    rows = await connection.fetch(
        """
        SELECT outage_id, number, last, min(applied_at) AS began
          FROM diversion
         WHERE customer_number = $1 AND outage_id = ANY($2) AND in_effect
           AND number <> last
         GROUP BY outage_id, number, last
        """,
        customer_number,
        list(outages),
    )
    return [
        Stretch(row[0], (row[1], row[2]), row["began"], outages[row[0]]) for row in rows
    ]


async def _spanned(
    connection: Connection, customer_number: str, outages: Iterable[str]
) -> dict[str, int]:
    rows = await connection.fetch(
        """
        SELECT outage_id, sum(upper(numbers) - lower(numbers))
          FROM (SELECT outage_id,
                       unnest(range_agg(int8range(substr(number, 2)::bigint,
                                                  substr(last, 2)::bigint, '[]')))
                           AS numbers
                  FROM diversion
                 WHERE customer_number = $1 AND outage_id = ANY($2) AND in_effect
                 GROUP BY outage_id) AS diverted
         GROUP BY outage_id
        """,
        customer_number,
        list(outages),
    )
    return {row[0]: int(row[1]) for row in rows}
