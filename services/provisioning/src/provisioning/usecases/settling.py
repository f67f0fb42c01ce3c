"""Settling: what follows from the facts, compared with what was told."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

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
    waited = {m.id for m in known.movements if m.status in WAITING}
    moved = [m for each in settled for m in each.movements]
    changes = [change for each in settled for change in each.changes]
    held = [m for m in moved if m.id in waited and m.status not in WAITING]
    await _connect_lines(held, connection, now)
    await numbers.note(moved)
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


async def _connect_lines(
    movements: Iterable[Movement], connection: Connection, now: datetime
) -> None:
    arrivals = [m for m in movements if m.direction == "in"]
    # In one order for all, so that two settlements do not wait for each other.
    for movement in sorted(arrivals, key=lambda m: (m.line, m.as_of)):
        line, lines = Line.first_named(movement), LineStore(connection)
        if not await lines.add(line):
            before = await lines.get(line.line)
            line = before.named_again(movement)
            if line != before:
                await lines.keep(line)
            if line.version == before.version:
                continue
        await tell_line(connection, line, now)
