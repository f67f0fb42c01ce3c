"""The kill switch: every forwarding off at once, and held off until it is lifted."""

from datetime import datetime

import asyncpg

from chassis.postgres import Connection, Pool, transaction
from forwarding.store import FactStore
from forwarding.switch import Operation
from forwarding.telling import Scope, in_effect_now, said, tell_scope


async def set_hold(pool: Pool, *, held: bool, at: datetime) -> bool:
    """
    Decide to hold every forwarding off, or to lift that; False when it is so already.

    The running service sends it to the switch and tells every number: one flip an
    outage, and one without places for what is in effect by other causes.
    """
    async with transaction(pool) as connection:
        await FactStore(connection).lock()
        return await hold_all(connection, held=held, at=at)


async def hold_all(connection: Connection, *, held: bool, at: datetime) -> bool:
    """Decide the same in a transaction that is open. Only while locked."""
    if await FactStore(connection).held() == held:
        return False
    await connection.execute(
        "UPDATE hold SET held = $1, seq = nextval('flip_seq')", held
    )
    rows = await connection.fetch(
        """
        SELECT c.*, near.faults, near.works
          FROM (SELECT c.outage_id, o.occurred_at, c.planned,
                       array_agg(c.place) AS places
                  FROM coverage c JOIN outage o USING (outage_id)
              GROUP BY c.outage_id, o.occurred_at, c.planned) c,
               related_coverage(c.places) near
      ORDER BY c.planned, c.outage_id
        """
    )
    # Each sees those before it that bear on its numbers, so that a number under
    # several outages is told once. In a storm all others would be far too many.
    faults, works = set[str](), set[str]()
    for row in reversed(rows) if held else rows:
        others = sorted(faults & {*row["faults"]}), sorted(works & {*row["works"]})
        await _flip(connection, row, others, held=held, at=at)
        (works if row["planned"] else faults).update(row["places"])
    await _flip(connection, None, ([], []), held=held, at=at)
    return True


async def _flip(
    connection: Connection,
    outage: asyncpg.Record | None,
    others: tuple[list[str], list[str]],
    *,
    held: bool,
    at: datetime,
) -> None:
    places = outage["places"] if outage else []
    planned = bool(outage and outage["planned"])
    await connection.execute(
        """
        INSERT INTO flip
             VALUES (nextval('flip_seq'), $1, 'hold', $2, $4, $3, $4, $5, $6, $7, $8)
        """,
        outage["outage_id"] if outage else None,
        [] if held else places,
        places if held else [],
        planned,
        *others,
        outage["occurred_at"] if outage else at,
        at,
    )


async def tell_causes(pool: Pool, seq: int, *, at: datetime) -> int:
    """
    Tell the numbers that drills and the like divert; return how many.

    With it the flip is told: a repeat would say what is so by then, by the same ids.
    """
    async with transaction(pool) as connection:
        await FactStore(connection).lock()
        done = await connection.execute(
            "UPDATE flip SET told_at = $2 WHERE seq = $1 AND told_at IS NULL", seq, at
        )
        if done == "UPDATE 0":  # another instance was faster
            return 0
        rows = await connection.fetch(
            """
            SELECT number, last, customer_number, head, told,
                   target_places IS NOT NULL AS special
              FROM arming a
             WHERE live_seq < $1 AND NOT off
               AND EXISTS (SELECT FROM cause c WHERE acts_on(c, a))
            """,
            seq,
        )
        for row in rows:
            scope = Scope.of(row)
            now = await in_effect_now(connection, scope.numbers)
            if not (row["special"] and said(now) == scope.told):
                await tell_scope(connection, scope, now, seq, reason="hold", at=at)
    return len(rows)


async def take_over(pool: Pool, version: int, *, at: datetime) -> bool:
    """
    Hold every forwarding off because the switch does, by a later decision than ours.

    Whose it was, this database has lost: a kill switch never comes off by itself.
    False when ours is later, and only not there yet.
    """
    async with transaction(pool) as connection:
        facts = FactStore(connection)
        await facts.lock()
        if await connection.fetchval("SELECT seq > $1 FROM hold", version):
            return False
        await facts.advance_seq(version)
        return await hold_all(connection, held=True, at=at)


async def doubt_lift(connection: Connection) -> None:
    """
    Let the switch's word on the kill switch be later than that of topics.

    An operator's command is in none, and what was told long ago is in none any more.
    """
    await FactStore(connection).lock()
    await connection.execute("UPDATE hold SET seq = 0 WHERE NOT held")


async def hold_operation(pool: Pool) -> Operation:
    """Return the kill switch as the switch shall have it."""
    held, seq = await pool.fetchrow("SELECT held, seq FROM hold") or (False, 0)
    return Operation("hold", seq, {"held": held})
