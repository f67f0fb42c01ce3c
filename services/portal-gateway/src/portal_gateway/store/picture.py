"""All facts on a customer's numbers, read at once."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import asyncpg

from chassis.clock import day_in_berlin
from chassis.postgres import Connection
from portal_gateway.domain.ends import End
from portal_gateway.domain.facts import (
    Applied,
    Cause,
    Failed,
    Option,
    Picture,
    Range,
    Setting,
    Started,
    Wish,
)
from portal_gateway.store import coming, hints, outages
from portal_gateway.store.numbers import AROUND

MANY = 4096
"""Numbers share few rules and causes: each text is read once."""


async def of_customer(
    connection: Connection, customer: str, *, at: datetime, around: str | None = None
) -> Picture:
    """Return the facts of all his numbers, or of those that hold `around`."""
    options = await _options(connection, customer, around)
    lines = await _lines(connection, customer)
    mine = frozenset(lines) | frozenset().union(*lines.values())
    mine |= {one.line for one in options.values() if one.line and one.enabled}
    planned = await coming.numbers(connection, customer, around, day_in_berlin(at))
    applied = await _applied(connection, customer, around)
    told = [(each.span, cause) for each in applied.values() for cause in each.causes]
    mine |= {plan.line for plans in planned.values() for plan in plans}
    ended = await _ended(connection, customer, around)
    return Picture(
        now=at,
        today=day_in_berlin(at),
        options=_gone(ended, customer) | options,
        planned=planned,
        wishes=await _wishes(connection, customer, around),
        applied=applied,
        failed=await _failed(connection, customer, around),
        started=await _started(connection, customer, around),
        ended=ended,
        lines=lines,
        outages=await outages.open_at(connection, mine),
        closed=await outages.closed_of(connection, _ids(told), mine),
        stopped=await _stopped(connection, told),
    )


async def of_rules(connection: Connection, customer: str, *, at: datetime) -> Picture:
    """Return what says which of all his rules hold, and nothing of the network."""
    ended = await _ended(connection, customer, None)
    return Picture(
        now=at,
        today=day_in_berlin(at),
        options=_gone(ended, customer) | await _options(connection, customer, None),
        wishes=await _wishes(connection, customer, None),
        ended=ended,
    )


def _ids(told: Iterable[tuple[Range, Cause]]) -> set[str]:
    return {cause.id for _, cause in told if cause.type == "outage"}


async def _fetch(
    connection: Connection, select: str, customer: str, around: str | None
) -> list[asyncpg.Record]:
    return await connection.fetch(f"{select} WHERE {AROUND}", customer, around)


def _span(row: asyncpg.Record) -> Range:
    return row["number"], row["last"]


async def _options(
    connection: Connection, customer: str, around: str | None
) -> dict[Range, Option]:
    rows = await _fetch(
        connection,
        """
        SELECT number, last, order_id, enabled, product, line, extension, opened_on,
               reason, version
          FROM number_option
        """,
        customer,
        around,
    )
    return {_span(row): Option(_span(row), customer, *row[2:]) for row in rows}


def _gone(ended: Iterable[Range], customer: str) -> dict[Range, Option]:
    """Return as off what ended, for where it is another customer's by now."""
    nothing = (None, None, None, None)
    return {span: Option(span, customer, "", False, *nothing) for span in ended}  # noqa: FBT003


async def _wishes(
    connection: Connection, customer: str, around: str | None
) -> dict[Range, Wish]:
    rows = await _fetch(
        connection,
        """
        SELECT number, last, version, wished, asked_at, asked_by, settled_version,
               settled_at, in_force, flag, option_version
          FROM wish
        """,
        customer,
        around,
    )
    return {
        _span(row): Wish(
            span=_span(row),
            version=row["version"],
            wished=_setting(row["wished"]),
            asked_at=row["asked_at"],
            asked_by=row["asked_by"],
            settled_version=row["settled_version"],
            settled_at=row["settled_at"],
            in_force=_setting(row["in_force"]),
            flagged=row["flag"],
            option_version=row["option_version"],
        )
        for row in rows
    }


async def _applied(
    connection: Connection, customer: str, around: str | None
) -> dict[Range, Applied]:
    rows = await _fetch(
        connection,
        """
        SELECT number, last, in_effect, target, keep_extension, causes, version,
               applied_at, partial
          FROM applied
        """,
        customer,
        around,
    )
    return {
        _span(row): Applied(
            _span(row),
            row["in_effect"],
            row["target"],
            row["keep_extension"],
            _causes(row["causes"]),
            row["version"],
            row["applied_at"],
            row["partial"],
        )
        for row in rows
    }


async def _failed(
    connection: Connection, customer: str, around: str | None
) -> dict[Range, Failed]:
    rows = await _fetch(
        connection,
        "SELECT number, last, code, attempts, version, failed_at FROM failed",
        customer,
        around,
    )
    return {_span(row): Failed(_span(row), *row[2:]) for row in rows}


async def _started(
    connection: Connection, customer: str, around: str | None
) -> dict[Range, list[Started]]:
    rows = await connection.fetch(
        f"""
        SELECT number, last, cause, id, since, ends_at
          FROM started_cause
         WHERE running AND {AROUND}
        """,  # noqa: S608 - a constant of this module
        customer,
        around,
    )
    found: dict[Range, list[Started]] = {}
    for row in rows:
        cause = Cause(row["cause"], row["id"], row["since"])
        started = Started(_span(row), cause, row["ends_at"])
        found.setdefault(_span(row), []).append(started)
    return found


async def _stopped(
    connection: Connection, told: Iterable[tuple[Range, Cause]]
) -> frozenset[tuple[Range, str]]:
    spans = {span for span, cause in told if cause.type != "outage"}
    if not spans:
        return frozenset()
    rows = await connection.fetch(
        """
        SELECT number, last, cause
          FROM started_cause
         WHERE number = ANY($1::text[]) AND NOT running
        """,
        [span[0] for span in spans],
    )
    return frozenset((_span(row), row["cause"]) for row in rows)


async def _ended(
    connection: Connection, customer: str, around: str | None
) -> dict[Range, End]:
    rows = await _fetch(
        connection,
        "SELECT number, last, ended_at, version FROM option_end",
        customer,
        around,
    )
    return {_span(row): End(row["ended_at"], row["version"]) for row in rows}


async def _lines(connection: Connection, customer: str) -> dict[str, frozenset[str]]:
    rows = await connection.fetch(
        "SELECT line, elements FROM line WHERE customer_number = $1 AND NOT gone",
        customer,
    )
    return {row["line"]: frozenset(row["elements"]) for row in rows}


@lru_cache(MANY)
def _setting(stored: str | None) -> Setting | None:
    return None if stored is None else Setting(**json.loads(stored))


@lru_cache(MANY)
def _causes(stored: str) -> tuple[Cause, ...]:
    return tuple(
        Cause(one["type"], one["id"], datetime.fromisoformat(one["since"]))
        for one in json.loads(stored)
    )


async def tell_changed(
    connection: Connection, customer: str, spans: Iterable[Range]
) -> None:
    """Hint to every gateway that these numbers changed, once this commits."""
    await hints.numbers_changed(connection, {customer: [hint_of(s) for s in spans]})


def hint_of(span: Range) -> str:
    """Return how hints name a range: a block with both ends."""
    return span[0] if span[0] == span[1] else "-".join(span)
