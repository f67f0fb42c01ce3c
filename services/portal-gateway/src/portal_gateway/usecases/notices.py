"""Which notices an event brings about, written in the transaction of its effect."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import day_in_berlin
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.forwardings import (
    ForwardingApplied,
    ForwardingFailed,
)
from contracts.operations import MaintenanceAnnounced
from contracts.options import OptionEnabled
from contracts.outages import OutageCleared, OutageDetected
from portal_gateway.domain.facts import Outage
from portal_gateway.store import maintenance, notices, outages

SETTLING: Final = timedelta(seconds=15)
"""Until what belongs together has happened, and one notice can tell all of it."""
PATIENCE: Final = timedelta(minutes=1)
"""What is gone by then is no news: the next try worked, or somebody set a target."""
TIME_TO_SET_UP: Final = timedelta(days=1)
"""New numbers without a target are no news on their first day."""


async def of_outage(connection: Connection, told: Received[OutageDetected]) -> None:
    """Tell that an outage began and what is not protected, or what is planned."""
    outage = await outages.one(connection, told.event.outage_id)
    if outage is None or not outage.is_open:
        return  # it was over before we heard of it
    is_planned = outage.kind == "planned"
    is_ahead = is_planned and outage.since > told.time
    await _tell_places(
        connection,
        "planned_work" if is_planned else "outage_began",
        outage,
        told.time,
        timedelta(0) if is_ahead else SETTLING,
    )
    if not (is_ahead or outage.voice_reachable):
        await _tell_places(
            connection, "numbers_unprotected", outage, told.time, PATIENCE
        )


async def of_maintenance(
    connection: Connection, told: Received[MaintenanceAnnounced]
) -> None:
    """Tell of planned work in advance, and when it was called off."""
    window = await maintenance.one(connection, told.event.window_id)
    if window is None or window.ends_at <= told.time:
        return
    cause = {"planned": "window", "cancelled": "cancelled"}.get(window.state)
    if cause:
        await notices.tell_places(
            connection,
            "planned_work",
            f"{cause} {window.id}",
            window.places,
            at=told.time,
            due_at=told.time + SETTLING,
        )


async def _tell_places(
    connection: Connection, kind: str, outage: Outage, at: datetime, wait: timedelta
) -> None:
    await notices.tell_places(
        connection, kind, outage.id, outage.places, at=at, due_at=at + wait
    )


async def of_end(connection: Connection, told: Received[OutageCleared]) -> None:
    """Tell that an outage is over or was none, if anybody ever saw it."""
    outage = await outages.one(connection, told.event.outage_id)
    seen = await outages.detected_at(connection, told.event.outage_id)
    if outage is None or outage.is_open or seen is None:
        return
    ending = "outage_withdrawn" if outage.reason == "withdrawn" else "outage_ended"
    await notices.tell_places(
        connection,
        ending,
        outage.id,
        outage.touched,
        at=told.time,
        due_at=told.time + SETTLING,
    )


async def of_forwardings(
    connection: Connection, told: Sequence[Received[ForwardingApplied]]
) -> None:
    """Tell once an outage that calls go elsewhere now."""
    began = {
        (one.event.customer_number, one.event.outage_id)
        for one in told
        if one.event.in_effect and one.event.outage_id
    }
    if began:
        at = max(one.time for one in told)
        await notices.tell_customers(
            connection, "forwarding_began", began, at=at, due_at=at + SETTLING
        )


async def of_failures(
    connection: Connection, told: Sequence[Received[ForwardingFailed]]
) -> None:
    """Tell of diversions that still do not work after a while."""
    failing = {one.event.customer_number for one in told}
    if failing:
        at = max(one.time for one in told)
        await notices.tell_failed(
            connection,
            failing,
            day=day_in_berlin(at).isoformat(),
            at=at,
            due_at=at + PATIENCE,
        )


async def of_options(
    connection: Connection, told: Sequence[Received[OptionEnabled]]
) -> None:
    """Tell of new numbers that nobody protected, once there was time to do so."""
    opened = {
        (one.event.customer_number, f"opened {day_in_berlin(one.time).isoformat()}")
        for one in told
    }
    if opened:
        at = max(one.time for one in told)
        await notices.tell_customers(
            connection, "numbers_unprotected", opened, at=at, due_at=at + TIME_TO_SET_UP
        )
