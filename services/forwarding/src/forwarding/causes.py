"""»Divert now« and drills: causes of their own, per number, beside outages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chassis import tracing
from chassis.postgres import Connection, Pool
from contracts.number_range import NumberRange
from forwarding.arming import rearm
from forwarding.store import FactStore
from forwarding.switch import Operation
from forwarding.telling import Scope, in_effect_now, tell_scope

CauseName = Literal["manual", "drill"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A start or stop that the switch has not acknowledged."""

    scope: str
    type: str
    seq: int
    active: bool
    traceparent: str | None = None

    @property
    def operation(self) -> Operation:
        """Return it as the switch is told."""
        key = f"cause/{self.scope}/{self.type}"
        return Operation(key, self.seq, {"active": self.active})


async def start(
    connection: Connection,
    numbers: NumberRange,
    kind: CauseName,
    *,
    cause_id: str,
    by: str,
    at: datetime,
    ends_at: datetime | None,
) -> None:
    """Start a cause; starting it again moves its end. Only while locked."""
    seq = await FactStore(connection).next_seq()
    await connection.execute(
        """
        INSERT INTO cause AS c
                    (scope, type, id, since, ends_at, active, seq, started_by,
                     number, last, traceparent)
             VALUES ($1, $2, $3, $4, $5, true, $6, $7, $8, $9, $10)
        ON CONFLICT (scope, type) DO UPDATE
                SET id = CASE WHEN c.active THEN c.id ELSE $3 END,
                    since = CASE WHEN c.active THEN c.since ELSE $4 END,
                    ends_at = $5, active = true, started_by = $7,
                    seq = CASE WHEN c.active THEN c.seq ELSE $6 END,
                    live = c.active AND c.live, traceparent = $10
        """,
        str(numbers),
        kind,
        cause_id,
        at,
        ends_at,
        seq,
        by,
        numbers.first,
        numbers.last,
        tracing.current.get(),
    )
    await rearm(connection, numbers)


async def stop(
    connection: Connection, numbers: NumberRange, kind: CauseName | None = None
) -> None:
    """Stop a cause, or all of a scope. Only while locked."""
    await stop_all(connection, [numbers], kind)
    await rearm(connection, numbers)


async def stop_all(
    connection: Connection,
    scopes: Sequence[NumberRange],
    kind: CauseName | None = None,
) -> bool:
    """Stop the causes of scopes that the caller rearms; False when there were none."""
    done = await connection.execute(
        """
        UPDATE cause
           SET active = false, live = false, seq = nextval('flip_seq'),
               traceparent = $3
         WHERE scope = ANY($1) AND active AND type = coalesce($2, type)
        """,
        [str(numbers) for numbers in scopes],
        kind,
        tracing.current.get(),
    )
    return bool(done != "UPDATE 0")


async def newest_starts(
    connection: Connection, numbers: NumberRange
) -> dict[str, datetime]:
    """Return by scope when the newest of its causes began, inside these numbers."""
    rows = await connection.fetch(
        """
        SELECT scope, max(since) AS since
          FROM cause
         WHERE active AND number BETWEEN $1 AND $2 AND last <= $2
           AND length(number) = length($1)
      GROUP BY scope
        """,
        numbers.first,
        numbers.last,
    )
    return {row["scope"]: row["since"] for row in rows}


async def end_due(connection: Connection, now: datetime) -> None:
    """Stop what has an end and is past it. Only while locked."""
    rows = await connection.fetch(
        "SELECT number, last, type FROM cause WHERE active AND ends_at <= $1", now
    )
    for row in rows:
        await stop(connection, NumberRange(row["number"], row["last"]), row["type"])


async def pending(pool: Pool, now: datetime, limit: int) -> list[Pending]:
    """Return what the switch has to be told."""
    rows = await pool.fetch(
        """
        SELECT scope, type, seq, active, traceparent FROM cause
         WHERE NOT live
           -- No pause is a minute long: a clock that was wrong is right again.
           AND (try_at <= $1 OR try_at > $1 + interval '1 minute')
      ORDER BY seq LIMIT $2
        """,
        now,
        limit,
    )
    return [Pending(*row) for row in rows]


async def postpone(connection: Connection, one: Pending, *, until: datetime) -> None:
    """Send it later, as a newer state than any that the switch has seen."""
    await connection.execute(
        """
        UPDATE cause SET seq = nextval('flip_seq'), try_at = $4
         WHERE scope = $1 AND type = $2 AND seq = $3 AND NOT live
        """,
        one.scope,
        one.type,
        one.seq,
        until,
    )


async def acknowledge(
    connection: Connection, done: Sequence[Pending], *, at: datetime
) -> int:
    """Note what the switch did and tell the numbers; return how many were noted."""
    noted, facts = 0, FactStore(connection)
    # Then calls ring at home before and after, and the kill switch told that.
    is_held = await facts.held()
    for one in done:
        numbers = _numbers(one.scope)
        if await _is_being_flipped(connection, numbers):
            continue
        done_now = await connection.execute(
            """
            UPDATE cause SET live = true, shown = active
             WHERE scope = $1 AND type = $2 AND seq = $3 AND NOT live
            """,
            one.scope,
            one.type,
            one.seq,
        )
        if done_now == "UPDATE 1":
            noted += 1
            # Each takes a number of its own: two of one scope are two events.
            seq = await facts.next_seq()
            with tracing.span("cause acknowledged", one.traceparent):
                if not is_held:
                    await tell(connection, numbers, seq, reason=one.type, at=at)
            await _forget_ended(connection, numbers)
    return noted


async def _forget_ended(connection: Connection, numbers: NumberRange) -> None:
    done = await connection.execute(
        "DELETE FROM cause WHERE scope = $1 AND live AND NOT active", str(numbers)
    )
    if done != "DELETE 0":
        # A number that had an entry of its own for this may follow its block again.
        await rearm(connection, numbers)


async def tell(
    connection: Connection, numbers: NumberRange, seq: int, *, reason: str, at: datetime
) -> int:
    """Tell a number, or a block and its customer's scopes in it; return how many."""
    rows = await connection.fetch(
        """
        SELECT number, last, customer_number, head, told FROM arming
         WHERE number BETWEEN $1 AND $2 AND last <= $2
           AND length(number) = length($1) AND live_seq IS NOT NULL AND NOT off
           AND (scope = $3 OR value -> 'alone' IS NULL)
        """,
        numbers.first,
        numbers.last,
        str(numbers),
    )
    for row in rows:
        scope = Scope.of(row)
        now = await in_effect_now(connection, scope.numbers)
        await tell_scope(connection, scope, now, seq, reason=reason, at=at)
    return len(rows)


async def _is_being_flipped(connection: Connection, numbers: NumberRange) -> bool:
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM arming a JOIN flip f
                                    ON f.reason = 'hold'
                                       OR a.places && (f.opened || f.closed)
                                       OR a.target_places && (f.opened || f.closed)
                            WHERE a.number >= $1 AND a.last <= $2
                              AND f.told_at IS NULL)
            """,
            numbers.first,
            numbers.last,
        )
    )


def _numbers(scope: str) -> NumberRange:
    first, _, last = scope.partition("-")
    return NumberRange(first, last or first)
