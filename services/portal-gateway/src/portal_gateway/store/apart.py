"""Numbers of blocks that stood apart: their block's diversion was not theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Range


@dataclass(frozen=True, slots=True)
class Stretch:
    """A block that an outage found diverted, from when on, and when that was over."""

    outage_id: str
    block: Range
    began: datetime
    until: datetime


_APART = """
    WITH stretch AS (
        SELECT *
          FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[],
                      $6::timestamptz[])
            AS told (outage_id, number, last, began, until)
    ), single AS (
        SELECT gone.number, gone.ended_at AS since, NULL::timestamptz AS before,
               NULL AS line
          FROM option_end AS gone
          LEFT JOIN number_option AS own USING (number, last, customer_number)
         WHERE customer_number = $1 AND number = last
           AND own.enabled IS NOT true
         UNION ALL
        SELECT number, opened_on::timestamp AT TIME ZONE 'Europe/Berlin', NULL, line
          FROM number_option
         WHERE customer_number = $1 AND number = last AND enabled
         UNION ALL
        SELECT number, at, before, NULL
          FROM (SELECT number, action, at,
                       lead(at) OVER (PARTITION BY number ORDER BY id) AS before
                  FROM audit
                 WHERE customer_number = $1 AND number = last
                   AND action IN ('rule_set', 'rule_removed')) AS changed
         WHERE action = 'rule_set'
    ), apart AS MATERIALIZED (
        -- Once for each block: many outages find the same.
        SELECT block.number AS first, block.last, single.number, since, before
          FROM (SELECT DISTINCT number, last FROM stretch) AS block
          LEFT JOIN number_option AS ours USING (number, last)
          JOIN single ON single.number COLLATE "C" BETWEEN block.number AND block.last
                     AND length(single.number) = length(block.number)
                     AND (single.line IS NULL OR single.line IS DISTINCT FROM ours.line)
    ), own AS MATERIALIZED (
        SELECT number, outage_id, applied_at
          FROM diversion
         WHERE customer_number = $1 AND number = last
           AND number IN (SELECT number FROM apart)
           AND applied_at BETWEEN (SELECT min(began) FROM stretch)
                              AND (SELECT max(until) FROM stretch)
    ), found AS MATERIALIZED (
        SELECT stretch.outage_id, apart.number, began, until
          FROM stretch
          JOIN apart ON (apart.first, apart.last) = (stretch.number, stretch.last)
                    AND since <= until AND coalesce(before > until, true)
          LEFT JOIN own ON (own.outage_id, own.number)
                         = (stretch.outage_id, apart.number)
         WHERE own.number IS NULL
    ), stood AS (
        SELECT DISTINCT outage_id, number
          FROM found
         WHERE NOT EXISTS (SELECT FROM own
                            WHERE own.number = found.number
                              AND own.applied_at BETWEEN found.began AND found.until)
    )
"""


async def numbers(
    connection: Connection, customer_number: str, stretches: Sequence[Stretch]
) -> frozenset[str]:
    """
    Return the numbers that were not diverted with their block.

    They had left it, hung on another line or had a rule of their own when it was over.
    What the network told of a number meanwhile shows that it was diverted until then.
    """
    rows = await _asked(
        connection, "SELECT number FROM stood", customer_number, stretches
    )
    return frozenset(row["number"] for row in rows)


async def counts(
    connection: Connection, customer_number: str, stretches: Sequence[Stretch]
) -> dict[str, int]:
    """Return how many such numbers there were by outage, of those that had any."""
    select = "SELECT outage_id, count(*) FROM stood GROUP BY outage_id"
    rows = await _asked(connection, select, customer_number, stretches)
    return {row["outage_id"]: row["count"] for row in rows}


async def _asked(
    connection: Connection, select: str, customer: str, stretches: Sequence[Stretch]
) -> list[asyncpg.Record]:
    if not stretches:
        return []
    # The planner guesses one row of each; of thousands, loops would take minutes.
    await connection.execute("SET LOCAL enable_nestloop = off")
    rows = await connection.fetch(
        _APART + select,
        customer,
        [one.outage_id for one in stretches],
        [one.block[0] for one in stretches],
        [one.block[1] for one in stretches],
        [one.began for one in stretches],
        [one.until for one in stretches],
    )
    await connection.execute("SET LOCAL enable_nestloop = on")
    return rows


_NOW = """
    WITH block AS MATERIALIZED (
        SELECT cause->>'id' AS outage_id, customer_number, number, last, ours.line
          FROM applied
         CROSS JOIN jsonb_array_elements(causes) AS cause
          LEFT JOIN number_option AS ours USING (number, last, customer_number)
         WHERE in_effect AND number <> last AND cause->>'id' = ANY($1::text[])
    ), apart AS (
        -- In order, and no more than a block holds: found by the index, block by block.
        SELECT outage_id, single.number
          FROM block
         CROSS JOIN LATERAL (
               SELECT option.number
                 FROM number_option AS option
                WHERE option.number BETWEEN block.number AND block.last
                  AND option.number = option.last
                  AND length(option.number) = length(block.number)
                  AND (NOT option.enabled OR option.line IS DISTINCT FROM block.line
                       OR option.customer_number <> block.customer_number)
                ORDER BY option.number LIMIT 1000) AS single
         UNION
        SELECT outage_id, ruled.number
          FROM block
         CROSS JOIN LATERAL (
               SELECT wish.number
                 FROM wish
                WHERE wish.number BETWEEN block.number AND block.last
                  AND wish.number = wish.last
                  AND length(wish.number) = length(block.number)
                  AND wish.customer_number = block.customer_number
                  AND in_force IS NOT NULL
                  AND NOT EXISTS (
                      SELECT FROM option_end AS gone
                       WHERE (gone.number, gone.last) = (wish.number, wish.last)
                         AND gone.customer_number = wish.customer_number
                         AND coalesce(gone.version > wish.option_version,
                                      gone.ended_at >= wish.asked_at))
                ORDER BY wish.number LIMIT 1000) AS ruled
    )
    SELECT outage_id, count(*)
      FROM apart
     WHERE NOT EXISTS (
           SELECT FROM applied AS own
            WHERE (own.number, own.last) = (apart.number, apart.number)
              AND own.in_effect
              AND own.causes @> jsonb_build_array(
                      jsonb_build_object('id', apart.outage_id)))
     GROUP BY outage_id
"""


async def counts_now(connection: Connection, outages: Sequence[str]) -> dict[str, int]:
    """Return how many stand apart of blocks that these divert now, whosever."""
    rows = await connection.fetch(_NOW, outages)
    return {row["outage_id"]: row["count"] for row in rows}
