"""The kill switch: every forwarding off at once, and held off until it is lifted."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.postgres import Connection, Pool, transaction
from contracts.number_range import NumberRange
from forwarding.arming import in_effect_now, tell_scope
from forwarding.store import FactStore
from forwarding.switch import Operation


@dataclass(frozen=True, slots=True)
class Places:
    """Places that open outages take down, faults and planned work apart."""

    faults: frozenset[str] = frozenset()
    planned: frozenset[str] = frozenset()


async def set_hold(pool: Pool, *, held: bool, at: datetime) -> bool:
    """
    Decide to hold every forwarding off, or to lift that; False when it is so already.

    The running service sends it to the switch and tells every number.
    """
    async with transaction(pool) as connection:
        facts = FactStore(connection)
        await facts.lock()
        if await facts.held() == held:
            return False
        await connection.execute(
            "UPDATE hold SET held = $1, seq = nextval('flip_seq')", held
        )
        rows = await connection.fetch(
            """
            SELECT c.outage_id, o.occurred_at, c.planned, array_agg(c.place) AS places
              FROM coverage c JOIN outage o USING (outage_id)
          GROUP BY c.outage_id, o.occurred_at, c.planned
          ORDER BY c.planned, c.outage_id
            """
        )
        before = _all(rows) if held else Places()
        for row in rows:
            before = await _flip(connection, row, before, held=held, at=at)
        await _tell_causes(connection, at=at)
    return True


def _all(rows: list[asyncpg.Record]) -> Places:
    places = Places()
    for row in rows:
        places = _with(places, row)
    return places


def _with(places: Places, row: asyncpg.Record) -> Places:
    more = frozenset(row["places"])
    if row["planned"]:
        return Places(places.faults, places.planned | more)
    return Places(places.faults | more, places.planned)


async def _flip(
    connection: Connection,
    row: asyncpg.Record,
    others: Places,
    *,
    held: bool,
    at: datetime,
) -> Places:
    """
    Write one flip an outage, each seeing those after it (hold) or before it (lift).

    So a number under several outages is told once.
    """
    mine = frozenset(row["places"])
    if held:
        kept = (
            Places(others.faults, others.planned - mine)
            if row["planned"]
            else Places(others.faults - mine, others.planned)
        )
        others = kept
    await connection.execute(
        """
        INSERT INTO flip
             VALUES (nextval('flip_seq'), $1, 'hold', $2, $4, $3, $4, $5, $6, $7, $8)
        """,
        row["outage_id"],
        [] if held else list(mine),
        list(mine) if held else [],
        row["planned"],
        list(others.faults),
        list(others.planned),
        row["occurred_at"] or at,
        at,
    )
    return others if held else _with(others, row)


async def _tell_causes(connection: Connection, *, at: datetime) -> None:
    rows = await connection.fetch(
        """
        SELECT a.number, a.last, a.customer_number
          FROM cause c JOIN arming a USING (scope)
         WHERE c.active AND c.live
        """
    )
    seq = await FactStore(connection).next_seq()
    for row in rows:
        numbers = NumberRange(row["number"], row["last"])
        now = await in_effect_now(connection, numbers)
        customer = row["customer_number"]
        await tell_scope(connection, numbers, customer, now, seq, reason="hold", at=at)


async def hold_operation(pool: Pool) -> Operation | None:
    """Return the kill switch as the switch shall have it."""
    row = await pool.fetchrow("SELECT held, seq FROM hold")
    return Operation("hold", row["seq"], {"held": row["held"]}) if row else None
