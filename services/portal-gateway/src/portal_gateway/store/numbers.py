"""Numbers, options and lines as events told them: newer replaces older, only."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg

from chassis.postgres import Connection
from contracts.numbers import LineConnected, NumberEvent, NumberPorted
from contracts.options import OptionDisabled, OptionEnabled
from portal_gateway.domain.facts import Range
from portal_gateway.domain.plans import Plan

AROUND = """customer_number = $1
         AND ($2::text IS NULL
              OR (length(number) = length($2) AND number <= $2 AND last >= $2))"""
"""A customer's numbers and blocks: all of them, or those that hold a number."""


PLAN = "number, last, direction, effective_on, told_at, line, ported"


def facts_of(row: asyncpg.Record) -> tuple[Range, bool, date, datetime, str, bool]:
    """Return what every plan has, from its columns."""
    return (
        (row["number"], row["last"]),
        row["direction"] == "out",
        row["effective_on"],
        row["told_at"],
        row["line"],
        row["ported"],
    )


def plan_of(row: asyncpg.Record) -> Plan:
    """Return a plan from its columns."""
    return Plan(*facts_of(row))


async def plan(
    connection: Connection, told: Sequence[tuple[NumberEvent, datetime]]
) -> None:
    """Keep the days on which numbers come and go, as each was told last."""
    plans = [_plan(event, at) for event, at in told]
    await connection.executemany(
        """
        INSERT INTO number_plan AS known
                    (number, last, customer_number, direction, order_id, line,
                     extension, effective_on, told_at, ported)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (customer_number, number, last, direction, line, effective_on)
          DO UPDATE
                SET order_id = excluded.order_id, extension = excluded.extension,
                    told_at = excluded.told_at, ported = excluded.ported
              WHERE (known.told_at, known.ported, coalesce(known.order_id, ''),
                     coalesce(known.extension, ''))
                  < (excluded.told_at, excluded.ported,
                     coalesce(excluded.order_id, ''), coalesce(excluded.extension, ''))
        """,
        plans,
    )
    await _keep_newest(connection, [plan[:-1] for plan in plans])


async def _keep_newest(
    connection: Connection, plans: Sequence[tuple[object, ...]]
) -> None:
    """Keep what the release before reads, as long as it may run beside this one."""
    await connection.executemany(
        """
        INSERT INTO planned_number AS known
                    (number, last, customer_number, direction, order_id, line,
                     extension, effective_on, told_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (number, last, customer_number, direction) DO UPDATE
                SET order_id = excluded.order_id, line = excluded.line,
                    extension = excluded.extension,
                    effective_on = excluded.effective_on, told_at = excluded.told_at
              WHERE (known.told_at, known.effective_on, known.line)
                  < (excluded.told_at, excluded.effective_on, excluded.line)
        """,
        plans,
    )


def _plan(event: NumberEvent, at: datetime) -> tuple[object, ...]:
    ported = isinstance(event, NumberPorted)
    return (
        event.number,
        event.last or event.number,
        event.customer_number,
        event.direction if isinstance(event, NumberPorted) else "in",
        event.order_id,
        event.line,
        event.extension,
        event.effective_on,
        at,
        ported,
    )


async def enable(connection: Connection, events: Sequence[OptionEnabled]) -> None:
    """Keep that the option is on for numbers, or where it was before it ended."""
    told = [_opened(event) for event in events]
    await connection.executemany(
        """
        INSERT INTO number_option AS known
                    (number, last, customer_number, order_id, enabled, product, line,
                     extension, opened_on, reason, version, opened_version)
             VALUES ($1, $2, $3, $9, true, $4, $5, $6, $7, NULL, $8, $8)
        ON CONFLICT (number, last) DO UPDATE
                SET customer_number = excluded.customer_number,
                    order_id = excluded.order_id, enabled = true,
                    product = excluded.product, line = excluded.line,
                    extension = excluded.extension, opened_on = excluded.opened_on,
                    reason = NULL, version = excluded.version,
                    opened_version = excluded.version
              WHERE known.version < excluded.version
        """,
        told,
    )
    # The end may have come first: between topics there is no order.
    await connection.executemany(
        """
        UPDATE number_option
           SET product = $4, line = $5, extension = $6, opened_on = $7,
               opened_version = $8
         WHERE (number, last, customer_number) = ($1, $2, $3)
           AND NOT enabled AND coalesce(opened_version, 0) < $8 AND version > $8
        """,
        [one[:-1] for one in told],
    )


def _opened(event: OptionEnabled) -> tuple[object, ...]:
    return (
        event.number,
        event.last or event.number,
        event.customer_number,
        event.product,
        event.line,
        event.extension,
        event.opened_on,
        event.version,
        event.order_id,
    )


async def disable(connection: Connection, events: Sequence[OptionDisabled]) -> None:
    """Keep that the option ended; what was wished until then counts no more."""
    await connection.executemany(
        """
        INSERT INTO number_option AS known
                    (number, last, customer_number, order_id, enabled, reason, version)
             VALUES ($1, $2, $3, $4, false, $5, $6)
        ON CONFLICT (number, last) DO UPDATE
                SET (product, line, extension, opened_on, opened_version) =
                    (SELECT known.product, known.line, known.extension,
                            known.opened_on, known.opened_version
                      WHERE known.customer_number = excluded.customer_number),
                    customer_number = excluded.customer_number,
                    order_id = excluded.order_id, enabled = false,
                    reason = excluded.reason, version = excluded.version
              WHERE known.version < excluded.version
        """,
        [
            (
                event.number,
                event.last or event.number,
                event.customer_number,
                event.order_id,
                event.reason,
                event.version,
            )
            for event in events
        ],
    )
    await _note_ends(connection, events)


async def _note_ends(connection: Connection, events: Sequence[OptionDisabled]) -> None:
    await connection.executemany(
        """
        INSERT INTO option_end AS known
                    (number, last, customer_number, ended_at, version)
             VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (number, last, customer_number) DO UPDATE
                SET ended_at = greatest(known.ended_at, excluded.ended_at),
                    version = greatest(known.version, excluded.version)
        """,
        [
            (
                event.number,
                event.last or event.number,
                event.customer_number,
                event.disabled_at,
                event.version,
            )
            for event in events
        ],
    )


async def connect_lines(
    connection: Connection, events: Sequence[LineConnected]
) -> None:
    """Keep on which elements lines hang, and whether they are gone."""
    await connection.executemany(
        """
        INSERT INTO line AS known (line, customer_number, elements, version, gone)
             VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (line) DO UPDATE
                SET customer_number = excluded.customer_number,
                    elements = excluded.elements, version = excluded.version,
                    gone = excluded.gone
              WHERE known.version < excluded.version
        """,
        [
            (
                event.line,
                event.customer_number,
                list(event.elements),
                event.version,
                event.gone,
            )
            for event in events
        ],
    )
