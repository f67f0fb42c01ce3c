"""Numbers of blocks that stood apart: their block's diversion was not theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    ), apart AS (
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
    )
    SELECT DISTINCT stretch.outage_id, apart.number
      FROM stretch
      JOIN apart ON apart.number COLLATE "C" BETWEEN stretch.number AND stretch.last
                AND length(apart.number) = length(stretch.number)
                AND apart.since <= stretch.until
                AND coalesce(apart.before > stretch.until, true)
      LEFT JOIN number_option AS block
        ON (block.number, block.last) = (stretch.number, stretch.last)
     WHERE (apart.line IS NULL OR apart.line IS DISTINCT FROM block.line)
       AND NOT EXISTS (
           SELECT FROM diversion AS own
            WHERE own.customer_number = $1
              AND own.number = apart.number AND own.last = apart.number
              AND own.applied_at BETWEEN stretch.began AND stretch.until)
"""


async def numbers(
    connection: Connection, customer_number: str, stretches: Sequence[Stretch]
) -> list[tuple[str, str]]:
    """
    Return by outage the numbers that were not diverted with their block.

    They had left it, hung on another line or had a rule of their own when it was over.
    What the network told of a number meanwhile shows that it was diverted until then.
    """
    if not stretches:
        return []
    rows = await connection.fetch(
        _APART,
        customer_number,
        [one.outage_id for one in stretches],
        [one.block[0] for one in stretches],
        [one.block[1] for one in stretches],
        [one.began for one in stretches],
        [one.until for one in stretches],
    )
    return [(row["outage_id"], row["number"]) for row in rows]
