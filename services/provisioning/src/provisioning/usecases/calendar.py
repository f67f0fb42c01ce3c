"""The porting calendar: what opens or leaves when its day begins."""

from itertools import groupby

import structlog

from chassis.clock import Clock
from chassis.postgres import TRANSIENT, Connection, Transaction
from provisioning import metrics
from provisioning.domain.numbers import Span
from provisioning.store.numbers import NOTHING_TRIED, NumberStore, shares
from provisioning.usecases.settling import settle_numbers

OPENINGS_AT_ONCE = 500

log = structlog.get_logger()


async def open_due(transaction: Transaction, clock: Clock) -> int:
    """
    Open what is due, and let go what leaves; return how many it did.

    Several instances may do so at once. Neighbouring numbers share a transaction;
    one that fails is logged and must not keep the others closed.
    """
    opened, tried = 0, NOTHING_TRIED
    while True:
        async with transaction() as connection:
            due = await NumberStore(connection).due(
                clock.now(), after=tried, limit=OPENINGS_AT_ONCE
            )
        spans = sorted(one.span for one in due)
        for _, near in groupby(spans, key=lambda span: shares([span])):
            opened += await _open_near(list(near), transaction, clock)
        if len(due) < OPENINGS_AT_ONCE:
            return opened
        tried = due[-1].place


async def _open_near(spans: list[Span], transaction: Transaction, clock: Clock) -> int:
    """Open neighbours together; where that fails, each by itself."""
    try:
        return await _open(spans, transaction, clock)
    except TRANSIENT:
        raise
    except Exception:
        if len(spans) == 1:
            metrics.CALENDAR_FAILURES.inc()
            log.exception("opening_failed", number=f"+{spans[0][0]}")
            return 0
    return sum([await _open_near([span], transaction, clock) for span in spans])


async def _open(spans: list[Span], transaction: Transaction, clock: Clock) -> int:
    async with transaction() as connection:
        numbers = NumberStore(connection)
        await numbers.lock(spans)
        if due := await numbers.still_due(spans, clock.now()):
            await settle_numbers(due, connection, clock)
    return len(due)


async def measure(connection: Connection) -> None:
    """Show what waits, and when the next number opens: alerts look at both."""
    pending = await NumberStore(connection).pending()
    metrics.NUMBERS_CONTESTED.set(pending.contested)
    opening = pending.next_opening
    metrics.NEXT_OPENING.set(opening.timestamp() if opening else float("inf"))


async def count_live(connection: Connection) -> None:
    """Show how many numbers are live; of very many that takes a second."""
    metrics.NUMBERS_LIVE.set(await NumberStore(connection).live())
