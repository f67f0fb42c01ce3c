"""
Noting what the switch holds, and telling what that changed.

While a change of a scope is on its way to the switch, flips by outages leave the scope
out; once the switch acknowledged it, the scope's own state is told. So each flip is
told by exactly one of the two.
"""

import json
from dataclasses import replace
from datetime import datetime

import asyncpg

from chassis import tracing
from chassis.postgres import Connection, changed
from forwarding.store import FactStore
from forwarding.telling import (
    Change,
    Scope,
    in_effect_now,
    note_told,
    tell_scope,
    words_of,
)

_UNTOLD = """
           EXISTS (SELECT FROM flip f
                    WHERE f.told_at IS NULL
                      AND (f.reason = 'hold'
                           OR a.places && (f.opened || f.closed)
                           OR a.target_places && (f.opened || f.closed)))
"""
# Most of what is armed rings at its line before and after: nothing to look at.
_MAY_BE_IN_EFFECT = """
           (EXISTS (SELECT FROM coverage c WHERE c.place = ANY (a.places))
            OR EXISTS (SELECT FROM cause c WHERE acts_on(c, a)))
"""
_ACKNOWLEDGED = f"""
    SELECT a.scope, a.number, a.last, a.customer_number, a.head, a.told,
           a.was_in_effect, a.words, a.failure_told, a.value IS NULL AS gone,
           a.traceparent,
           a.was_in_effect OR a.failure_told OR a.value IS NULL
           OR {_MAY_BE_IN_EFFECT} AS may_have_moved
      FROM arming a
      JOIN unnest($1::text[], $2::bigint[]) AS told (scope, seq)
        ON told.scope = a.scope AND told.seq = a.seq
     WHERE a.live_seq IS NULL AND NOT {_UNTOLD}
       FOR UPDATE OF a
"""  # noqa: S608 - our own text
_OVER = f"""
    UPDATE arming a SET was_in_effect = false, words = NULL
     WHERE a.scope = $1 AND a.seq = $2 AND a.live_seq IS NULL AND a.was_in_effect
       AND ((SELECT held FROM hold) OR NOT {_MAY_BE_IN_EFFECT})
       AND NOT {_UNTOLD}
"""  # noqa: S608 - our own text


async def acknowledge(
    connection: Connection, scopes: dict[str, int], *, at: datetime
) -> int:
    """
    Note that the switch holds these scopes at these versions; tell what it changed.

    A scope that a flip by an outage is about to touch waits until that flip is told.
    Returns how many were noted. Only while the facts are locked.
    """
    rows = await connection.fetch(_ACKNOWLEDGED, list(scopes), list(scopes.values()))
    if not rows:
        return 0
    seq = await FactStore(connection).next_seq()
    await connection.execute(
        """
        UPDATE arming
           SET live_seq = $2, attempts = 0, failure = NULL, failure_told = false,
               told = NULL, traceparent = NULL
         WHERE scope = ANY($1)
        """,
        [row["scope"] for row in rows],
        seq,
    )
    for row in rows:
        if row["may_have_moved"]:
            with tracing.span("rule acknowledged", row["traceparent"]):
                await _tell(connection, row, seq, at=at)
    gone = [row["scope"] for row in rows if row["gone"]]
    await connection.execute("DELETE FROM arming WHERE scope = ANY($1)", gone)
    return len(rows)


async def tell_end(
    connection: Connection, row: asyncpg.Record, *, at: datetime
) -> bool:
    """
    Tell that calls ring at home again though the switch refuses a scope's change.

    No flip tells it while the change waits, and that may be long. Returns whether it
    was so. Only while the facts are locked.
    """
    done = await connection.execute(_OVER, row["scope"], row["seq"])
    if not changed(done):
        return False
    facts = FactStore(connection)
    seq, reason = await facts.next_seq(), "hold" if await facts.held() else "cleared"
    await tell_scope(connection, _until_now(row), None, seq, reason=reason, at=at)
    return True


async def _tell(
    connection: Connection, row: asyncpg.Record, seq: int, *, at: datetime
) -> None:
    scope = _until_now(row)
    now = await in_effect_now(connection, scope.numbers)
    if now and not row["failure_told"] and words_of(scope.numbers, now) == row["words"]:
        await note_told(connection, [Change(scope, now, "rule")])
    elif now or row["was_in_effect"] or row["failure_told"]:
        await tell_scope(connection, scope, now, seq, reason="rule", at=at)
    if now and row["gone"]:
        await connection.execute(
            "INSERT INTO told_apart VALUES ($1) ON CONFLICT DO NOTHING", row["scope"]
        )


def _until_now(row: asyncpg.Record) -> Scope:
    """Return the scope of a change, with where calls went by what was told last."""
    scope = Scope.of(row)
    if row["words"] is None:
        return scope
    was, _ = json.loads(row["words"])
    went = {name: was[name] for name in ("target", "keep_extension", "rule")}
    return replace(scope, head=json.dumps(json.loads(scope.head + "}") | went)[:-1])
