"""
Numbers whose target hangs on this carrier's lines: few, and looked at one by one.

When the target's own line fails, calls go to the fallback target or the customer is
told. SQL leaves these scopes out of mass flips; `arming.told` says what was told last,
so that a flip which moves nothing for them is silent.
"""

from datetime import datetime

from chassis.postgres import Pool, transaction
from forwarding.flip_store import Flip
from forwarding.store import FactStore
from forwarding.telling import Scope, in_effect_now, said, tell_scope


async def tell(pool: Pool, flip: Flip, *, at: datetime) -> int:
    """Tell the scopes that a flip touches and that changed; return how many."""
    async with transaction(pool) as connection:
        facts, told = FactStore(connection), 0
        await facts.lock()
        rows = await connection.fetch(
            """
            SELECT number, last, customer_number, head, told, places && $1 AS itself
              FROM arming
             WHERE target_places IS NOT NULL AND live_seq < $2 AND NOT off
               AND (places && $1 OR target_places && $1)
            """,
            list(flip.places),
            flip.seq,
        )
        for row in rows:
            scope = Scope.of(row)
            now = await in_effect_now(connection, scope.numbers)
            if said(now) != scope.told:
                # By the facts of now, which may be newer than this flip.
                seq = await facts.next_seq()
                reason = flip.reason if row["itself"] else "target"
                await tell_scope(connection, scope, now, seq, reason=reason, at=at)
                told += 1
    return told
