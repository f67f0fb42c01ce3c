"""
Numbers whose target hangs on this carrier's lines: few, and looked at one by one.

When the target's own line fails, calls go to the fallback target or the customer is
told. SQL leaves these scopes out of mass flips.
"""

from datetime import datetime

from chassis.postgres import Pool, transaction
from contracts.number_range import NumberRange
from forwarding.arming import in_effect_now, tell_scope
from forwarding.flip_store import Flip
from forwarding.store import FactStore


async def tell(pool: Pool, flip: Flip, *, at: datetime) -> int:
    """Tell the state of every such scope that a flip touches; return how many."""
    async with transaction(pool) as connection:
        await FactStore(connection).lock()
        rows = await connection.fetch(
            """
            SELECT number, last, customer_number FROM arming
             WHERE target_places IS NOT NULL AND live_seq < $2 AND value IS NOT NULL
               AND (places && $1 OR target_places && $1)
            """,
            list(flip.places),
            flip.seq,
        )
        for row in rows:
            numbers = NumberRange(row["number"], row["last"])
            now = await in_effect_now(connection, numbers)
            await tell_scope(
                connection,
                numbers,
                row["customer_number"],
                now,
                flip.seq,
                reason=flip.reason,
                at=at,
            )
    return len(rows)
