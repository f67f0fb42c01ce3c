"""
Numbers whose target hangs on this carrier's lines: each needs a look of its own.

When the target's own line fails, calls go to the fallback target or the customer is
told. SQL leaves these scopes out of mass flips; `arming.told` says what was told last,
so that a flip which moves nothing for them is silent.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.postgres import Connection, Transaction
from forwarding.flip_store import Flip
from forwarding.store import FactStore
from forwarding.telling import (
    Change,
    Scope,
    arming_of,
    in_effect_of,
    said,
    tell_scopes,
)

AT_ONCE = 100
"""So many under one lock: other facts, and other flips, go in between."""


async def tell(transaction: Transaction, flip: Flip, *, at: datetime) -> int:
    """Tell the scopes that a flip touches and that changed; return how many."""
    async with transaction() as connection:
        rows = await connection.fetch(
            """
            SELECT scope FROM arming
             WHERE target_places IS NOT NULL AND live_seq < $2 AND NOT off
               AND (places || target_places) && $1
          ORDER BY scope
            """,
            list(flip.places),
            flip.seq,
        )
    scopes = [row["scope"] for row in rows]
    told = 0
    for first in range(0, len(scopes), AT_ONCE):
        async with transaction() as connection:
            await FactStore(connection).lock()
            some = scopes[first : first + AT_ONCE]
            told += await _tell(connection, some, flip, at=at)
    return told


async def _tell(
    connection: Connection, scopes: Sequence[str], flip: Flip, *, at: datetime
) -> int:
    rows = await connection.fetch(
        """
        SELECT *, places && $2 AS itself FROM arming
         WHERE scope = ANY($1)
           AND target_places IS NOT NULL AND live_seq < $3 AND NOT off
        """,
        scopes,
        list(flip.places),
        flip.seq,
    )
    armings = [arming_of(row) for row in rows]
    now = await in_effect_of(connection, [(each.numbers, each) for each in armings])
    changes = [
        Change(Scope.of(row), its, *_why(flip, itself=row["itself"]))
        for row, its in zip(rows, now, strict=True)
        if said(its) != row["told"]
    ]
    if changes:
        # By the facts of now, which may be newer than this flip.
        seq = await FactStore(connection).next_seq()
        await tell_scopes(connection, changes, seq, at=at)
    return len(changes)


def _why(flip: Flip, *, itself: bool) -> tuple[str, str | None]:
    """Return why a scope changed, and by which outage of its own."""
    return (flip.reason, flip.outage_id) if itself else ("target", None)
