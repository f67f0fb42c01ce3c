"""What events change in the read model: each may come late, twice, in any order."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.event import Event
from contracts.forwardings import (
    ForwardingApplied,
    ForwardingConfigured,
    ForwardingFailed,
)
from contracts.number_range import BadRange, NumberRange
from contracts.numbers import LineConnected, NumberEvent
from contracts.operations import MaintenanceAnnounced, OutageCommandAnswered
from contracts.options import OptionDisabled, OptionEnabled, OptionEvent
from contracts.orders import OrderConfirmed
from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from portal_gateway import metrics
from portal_gateway.store import (
    diversions,
    hints,
    history,
    numbers,
    operations,
    orders,
    outages,
    wishes,
)
from portal_gateway.store.picture import hint_of
from portal_gateway.usecases import notices, target_notices
from portal_gateway.usecases.late import of_living

ONLY_ORDER: Final = "only"
"""What hints call the order of numbers that name none."""
E = TypeVar("E", bound=Event)
_OfOutage = TypeVar("_OfOutage", OutageDetected, RecoveryNoticed, OutageCleared)


class _OfNumber(Protocol):
    @property
    def number(self) -> str: ...
    @property
    def last(self) -> str | None: ...
    @property
    def customer_number(self) -> str: ...


@of_living
async def plan_numbers(told: Sequence[Received[Any]], connection: Connection) -> None:
    """
    Note the days on which numbers come and go.

    Ends that make no block never will: provisioning parks them, with the reason.
    """
    told = [one for one in told if _can_be(one.event)]
    await numbers.plan(connection, [(one.event, one.time) for one in told])
    await _tell_with_orders(connection, told)


def _can_be(event: NumberEvent) -> bool:
    try:
        NumberRange(event.number, event.last or event.number)
    except BadRange:
        return False
    return True


@of_living
async def enable_options(
    told: Sequence[Received[OptionEnabled]], connection: Connection
) -> None:
    """List numbers in the configurator."""
    await numbers.enable(connection, _events(told))
    await notices.of_options(connection, told)
    await _tell_with_orders(connection, told)


@of_living
async def disable_options(
    told: Sequence[Received[OptionDisabled]], connection: Connection
) -> None:
    """Take numbers off the configurator; their history stays."""
    await numbers.disable(connection, _events(told))
    await _tell_with_orders(connection, told)


@of_living
async def connect_lines(
    told: Sequence[Received[LineConnected]], connection: Connection
) -> None:
    """Note on which elements lines hang."""
    await numbers.connect_lines(connection, _events(told))
    # Outages may touch them now that were told before.
    touched = {one.event.customer_number for one in told}
    await hints.anything_changed(connection, touched)


@of_living
async def apply_forwardings(
    told: Sequence[Received[ForwardingApplied]], connection: Connection
) -> None:
    """Show what the network does now, for many numbers at once."""
    await diversions.apply(connection, _events(told))
    await notices.of_forwardings(connection, told)
    await _tell(connection, _events(told))
    if told:
        oldest = min(one.event.applied_at for one in told)
        metrics.SHOWN.observe(max(0.0, time.time() - oldest.timestamp()))


@of_living
async def fail_forwardings(
    told: Sequence[Received[ForwardingFailed]], connection: Connection
) -> None:
    """Show what the network did not do yet."""
    await diversions.fail(connection, _events(told))
    await diversions.note_failures(connection, _events(told))
    await notices.of_failures(connection, told)
    await _tell(connection, _events(told))


@of_living
async def settle_wishes(
    told: Sequence[Received[ForwardingConfigured]], connection: Connection
) -> None:
    """Take over what became of wishes, and tell who waits for them."""
    events = _events(told)
    before = await wishes.in_force(connection, events)
    await wishes.settle(connection, events)
    accepted = [event for event in events if event.outcome == "accepted"]
    await wishes.settle_causes(connection, [each for each in accepted if each.cause])
    await target_notices.of_targets(connection, told, before)
    for event in events:
        if event.outcome != "accepted":
            await history.note(
                connection,
                f"rule_{event.outcome}",
                at=event.configured_at,
                actor="forwarding",
                customer=event.customer_number,
                span=(event.number, event.last or event.number),
                detail={"code": event.code, "chain": list(event.chain)},
            )
    await _tell(connection, events)


@of_living
async def confirm_orders(
    told: Sequence[Received[OrderConfirmed]], connection: Connection
) -> None:
    """Show orders, by whichever channel they came, and what became of them."""
    for event in _events(told):
        if await orders.confirm(connection, event):
            await hints.order_changed(connection, event.customer_number, event.order_id)


async def detect_outages(
    told: Sequence[Received[OutageDetected]], connection: Connection
) -> None:
    """Show outages, or their newer states: whom each touched is told of it."""
    for one in _in_order(told):
        await outages.detect(connection, one.event)
        await notices.of_outage(connection, one)
    await hints.outages_changed(connection, (one.event.outage_id for one in told))


async def notice_recoveries(
    told: Sequence[Received[RecoveryNoticed]], connection: Connection
) -> None:
    """Show when numbers come home, unless it fails again before."""
    await outages.notice_recovery(connection, _events(_in_order(told)))
    await hints.outages_changed(connection, (one.event.outage_id for one in told))


async def clear_outages(
    told: Sequence[Received[OutageCleared]], connection: Connection
) -> None:
    """Show that outages are over."""
    await outages.clear(connection, _events(_in_order(told)))
    for one in told:
        await notices.of_end(connection, one)
    await hints.outages_changed(connection, (one.event.outage_id for one in told))


async def settle_command(
    told: Received[OutageCommandAnswered], connection: Connection
) -> None:
    """Show what became of a command of network operations."""
    await operations.settle(connection, told.event)


async def announce_maintenance(
    told: Received[MaintenanceAnnounced], connection: Connection
) -> None:
    """Show planned work, or its newer state."""
    await operations.announce(connection, told.event)
    await notices.of_maintenance(connection, told)
    await hints.outages_changed(connection, [told.event.window_id])


def _in_order(told: Sequence[Received[_OfOutage]]) -> list[Received[_OfOutage]]:
    """Sort by outage: who locks rows in one order never waits in a circle."""
    return sorted(told, key=lambda one: one.event.outage_id)


def _events(told: Sequence[Received[E]]) -> list[E]:
    return [one.event for one in told]


async def _tell(connection: Connection, events: Iterable[_OfNumber]) -> None:
    changed: defaultdict[str, set[str]] = defaultdict(set)
    for event in events:
        span = (event.number, event.last or event.number)
        changed[event.customer_number].add(hint_of(span))
    await hints.numbers_changed(connection, changed)


async def _tell_with_orders(
    connection: Connection, told: Sequence[Received[Any]]
) -> None:
    """Tell that numbers changed, and with them how far their orders are."""
    events: list[NumberEvent | OptionEvent] = [one.event for one in told]
    await _tell(connection, events)
    ordered = ((one.customer_number, one.order_id or ONLY_ORDER) for one in events)
    await hints.orders_changed(connection, ordered)
