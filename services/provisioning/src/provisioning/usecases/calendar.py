"""The porting calendar: what opens or leaves when its day begins."""

from itertools import groupby

import structlog

from chassis.clock import Clock
from chassis.postgres import TRANSIENT, Connection, Transaction
from provisioning import metrics
from provisioning.domain.numbers import Span
from provisioning.store.numbers import NumberStore, shares
from provisioning.usecases.settling import settle_numbers

OPENINGS_AT_ONCE = 500

log = structlog.get_logger()


async def open_due(transaction: Transaction, clock: Clock) -> int:
    """
    Open what is due, and let go what leaves; return how many it did.

    Several instances may do so at once. Neighbouring numbers share a transaction;
    one that fails is logged and must not keep the others closed.
    """
    async with transaction() as connection:
        due = await NumberStore(connection).due(clock.now(), limit=OPENINGS_AT_ONCE)
    opened = 0
    for _, spans in groupby(sorted(due), key=lambda span: shares([span])):
        try:
            opened += await _open(list(spans), transaction, clock)
        except TRANSIENT:
            raise
        except Exception:
            metrics.CALENDAR_FAILURES.inc()
            log.exception("opening_failed")
    return opened


async def _open(spans: list[Span], transaction: Transaction, clock: Clock) -> int:
    async with transaction() as connection:
        numbers = NumberStore(connection)
        await numbers.lock(spans)
        if due := await numbers.still_due(spans, clock.now()):
            await settle_numbers(due, connection, clock)
    return len(due)


async def measure(connection: Connection) -> None:
    """Show how many numbers are live, and when the next one opens."""
    counts = await NumberStore(connection).counts()
    metrics.NUMBERS_LIVE.set(counts.live)
    metrics.NUMBERS_CONTESTED.set(counts.contested)
    opening = counts.next_opening
    metrics.NEXT_OPENING.set(opening.timestamp() if opening else float("inf"))
