"""Settling: what follows from the facts, compared with what was told."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce

import structlog

from chassis.clock import Clock
from chassis.postgres import Connection
from provisioning.domain.lines import Line
from provisioning.domain.numbers import Movement, Span, components, span_of
from provisioning.domain.option_changes import OptionChange
from provisioning.domain.options import Settlement, settle
from provisioning.domain.orders import Order
from provisioning.store.lines import LineStore
from provisioning.store.numbers import Known, NumberStore
from provisioning.store.orders import OrderStore
from provisioning.usecases.telling import tell_line, tell_option

WAITING = ("planned", "replaced")

log = structlog.get_logger()


async def settle_numbers(
    spans: Iterable[Span], connection: Connection, clock: Clock
) -> None:
    """Tell what follows from the facts and is not told; again changes nothing."""
    numbers = NumberStore(connection)
    known = await numbers.known(spans)
    now = clock.now()
    orders = await OrderStore(connection).of(known.customers)
    settled = _settlements(known, orders, now)
    moved = [m for each in settled for m in each.movements]
    changes = [change for each in settled for change in each.changes]
    await numbers.note(moved)
    here = (m for m in moved if m.direction == "in" and m.status not in WAITING)
    await _tell_lines(here, connection, now)
    await numbers.add_changes(changes)
    for change in changes:
        await tell_option(connection, change)
    for arrival in (m for each in settled for m in each.contested):
        log.warning("number_contested", number=arrival.numbers.first, id=arrival.id)


def _settlements(
    known: Known, orders: Mapping[str, Sequence[Order]], now: datetime
) -> list[Settlement]:
    told = [(span_of(change.numbers), change) for change in known.told]
    groups = components([m.span for m in known.movements] + [span for span, _ in told])
    starts = [first for first, _ in groups]
    parts: list[tuple[list[Movement], list[OptionChange]]] = [([], []) for _ in groups]
    for movement in known.movements:
        parts[bisect_right(starts, movement.span[0]) - 1][0].append(movement)
    for span, change in told:
        parts[bisect_right(starts, span[0]) - 1][1].append(change)
    return [settle(movements, changes, orders, now) for movements, changes in parts]


async def _tell_lines(
    arrivals: Iterable[Movement], connection: Connection, now: datetime
) -> None:
    """Tell what became of lines to which numbers came, or which they left."""
    by_line: dict[str, list[Movement]] = defaultdict(list)
    for movement in sorted(arrivals, key=lambda m: m.as_of):
        by_line[movement.line].append(movement)
    # In one order for all, so that two settlements do not wait for each other.
    for name, theirs in sorted(by_line.items()):
        lines = LineStore(connection)
        is_new = await lines.add(Line.first_named(theirs[0]))
        before = await lines.get(name)
        line = reduce(Line.named_again, theirs, before)
        # Read behind the row's lock: whoever had it may have taken another number.
        line = line.used(by=await lines.user(line))
        if line != before:
            await lines.keep(line)
        if is_new or line.version != before.version:
            await tell_line(connection, line, now)
