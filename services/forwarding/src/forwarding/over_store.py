"""
After a restore: telling that outages are over which we had told of before.

What the lost database had told cannot be known. Read again, an outage's end may come
before its beginning, or its beginning before the numbers; then nobody hears of its
end from us. So the end of each that is over by now is told once more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.clock import SystemClock
from chassis.postgres import Connection, connect_pool, transaction
from chassis.replaying import told_since
from chassis.settings import ServiceSettings
from contracts.outages import OutageDetected
from forwarding.store import FactStore


async def tell_over_since(settings: ServiceSettings, since: datetime) -> int:
    """Do it for all outages that were told since then; return how many are over."""
    events = await told_since(settings, "forwarding", OutageDetected, since)
    url = settings.database_url.get_secret_value()
    pool = await connect_pool(url, name="forwarding", size=2)
    try:
        async with transaction(pool) as connection:
            now = SystemClock().now()
            return await _tell_over(connection, _at_their_widest(events), at=now)
    finally:
        await pool.close()


async def _tell_over(
    connection: Connection, outages: Mapping[str, OutageDetected], *, at: datetime
) -> int:
    """
    Record for each of these outages that is over a flip that says so; return how many.

    The running service tells it to every armed number under its places that nothing
    else diverts. Nothing changes at the switch.
    """
    await FactStore(connection).lock()
    over = await connection.fetch(
        """
        SELECT outage_id, reason
          FROM outage
         WHERE outage_id = ANY($1::text[]) AND cleared_at IS NOT NULL
      ORDER BY cleared_at, outage_id
        """,
        list(outages),
    )
    for row in over:
        await _flip(connection, outages[row["outage_id"]], row["reason"], at)
    return len(over)


def _at_their_widest(events: Sequence[OutageDetected]) -> dict[str, OutageDetected]:
    """Return each outage that takes voice, with all places that it ever named."""
    widest: dict[str, OutageDetected] = {}
    for event in sorted(events, key=lambda event: event.version):
        if event.takes_voice:
            before = widest.get(event.outage_id)
            lines = {*event.lines, *(before.lines if before else ())}
            widest[event.outage_id] = event.model_copy(
                update={"lines": tuple(sorted(lines))}
            )
    return widest


async def _flip(
    connection: Connection, outage: OutageDetected, reason: str, at: datetime
) -> None:
    places = list(outage.places)
    await connection.execute(
        """
        INSERT INTO flip
             SELECT nextval('flip_seq'), $1, $2, '{}', $4, $3, $4,
                    faults, works, $5, $6
               FROM related_coverage($3)
        """,
        outage.outage_id,
        reason,
        places,
        outage.kind == "planned",
        outage.occurred_at,
        at,
    )
