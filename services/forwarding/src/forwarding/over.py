"""
After a restore: telling that outages are over which we had told of before.

What the lost database had told cannot be known. Read again, an outage's end may come
before its beginning, or its beginning before the numbers; then nobody hears of its
end from us. So the end of each that is over by now is told once more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.clock import SystemClock
from chassis.postgres import Connection, transaction
from chassis.replaying import told_since
from chassis.settings import ServiceSettings
from contracts.outages import OutageDetected
from forwarding.over_store import OverStore
from forwarding.store import FactStore
from forwarding.versions import open_pool


async def tell_over_since(settings: ServiceSettings, since: datetime) -> int:
    """Do it for all outages that were told since then; return how many are over."""
    events = await told_since(settings, "forwarding", OutageDetected, since)
    url = settings.database_url.get_secret_value()
    async with await open_pool(url, size=2) as pool, transaction(pool) as connection:
        now = SystemClock().now()
        return await _tell_over(connection, _at_their_widest(events), at=now)


async def _tell_over(
    connection: Connection, outages: Mapping[str, OutageDetected], *, at: datetime
) -> int:
    """
    Record for each of these outages that is over a flip that says so; return how many.

    The running service tells it to every armed number under its places that nothing
    else diverts. Nothing changes at the switch.
    """
    await FactStore(connection).lock()
    store = OverStore(connection)
    over = await store.over(outages)
    for outage, reason in over:
        one = outages[outage]
        await store.tell_again(
            outage,
            reason,
            one.places,
            planned=one.kind == "planned",
            since=one.occurred_at,
            at=at,
        )
    return len(over)


def _at_their_widest(events: Sequence[OutageDetected]) -> dict[str, OutageDetected]:
    """
    Return each outage that takes voice, with all places that it ever named.

    As planned work where it never was anything else: a fault takes more numbers.
    """
    widest: dict[str, OutageDetected] = {}
    for event in sorted(events, key=lambda event: event.version):
        if event.takes_voice:
            before = widest.get(event.outage_id, event)
            kind = event.kind if before.kind == "planned" else before.kind
            lines = tuple(sorted({*event.places, *before.places}))
            wider = {"lines": lines, "kind": kind}
            widest[event.outage_id] = event.model_copy(update=wider)
    return widest
