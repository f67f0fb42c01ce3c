"""
After a restore: taking up again what was told since the back-up.

An outage that the restored database holds for open, and that readers know to be over,
would take the next failure of its places for its own: nobody would be told of it. It
ends before the service starts. What began since the back-up comes again by itself where
Kafka has its signals; only when those were read the rest of it is taken up.

Planned work goes the same way: what was cancelled since then must divert nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis.postgres import Connection
from contracts.operations import MaintenanceAnnounced
from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.domain.outage import Outage
from outage_watcher.domain.recall import ended, extended, planned, unknown
from outage_watcher.domain.window import Window
from outage_watcher.store import OutageStore, WindowStore

Told = OutageCleared | OutageDetected


async def recall(
    told: Sequence[Told], connection: Connection, *, standing: bool, at: datetime
) -> list[Outage]:
    """
    Bring outages to where readers know them; return those that changed.

    `standing`: also those, and their places, that only readers know.
    """
    store = OutageStore(connection)
    await store.lock()
    newest: dict[str, Told] = {}
    for event in sorted(told, key=_version):
        newest[event.outage_id] = event
    changed, moves = list[Outage](), list[tuple[str, str, str, int]]()
    for event in newest.values():
        before = await store.one(event.outage_id)
        after = _after(before, event, standing=standing)
        if after is None or after == before:
            continue
        changed.append(after)
        state = before.state if before else "up"
        if state != after.state:
            moves.append((after.id, state, after.state, after.version))
    await store.put(changed, [each for one in changed for each in one.evidence])
    await store.note(moves, cause="operator", at=at)
    return changed


def _after(before: Outage | None, told: Told, *, standing: bool) -> Outage | None:
    """Return the outage as it was told, or nothing where there is nothing to do."""
    if isinstance(told, OutageCleared):
        if before is None or before.is_over or before.version >= told.version:
            return None
        return ended(before, told)
    if before is None:
        return unknown(told) if standing else None
    if before.is_over or before.version > told.version:
        return None
    after = replace(before, version=told.version)
    return extended(after, told) if standing else after


async def recall_windows(
    told: Sequence[MaintenanceAnnounced],
    connection: Connection,
    *,
    standing: bool,
    at: datetime,
) -> list[Window]:
    """
    Bring planned work to where readers know it; return the windows that changed.

    `standing`: also what is yet to end and only readers know.
    """
    store, changed = WindowStore(connection), list[Window]()
    newest = {event.window_id: event for event in sorted(told, key=_version)}
    for event in newest.values():
        before = await store.one(event.window_id)
        if before is None:
            is_news = (
                standing
                and event.state in {"planned", "running"}
                and event.ends_at > at
            )
        else:
            is_news = before.due_at is not None and before.version < event.version
        if is_news:
            changed.append(planned(before, event))
            await store.save(changed[-1])
    return changed


def _version(event: Told | MaintenanceAnnounced) -> int:
    return event.version


def summary(
    changed: Sequence[Outage], windows: Sequence[Window], *, standing: bool
) -> str:
    """Return what to tell the person at the terminal."""
    over = sum(each.is_over for each in changed)
    lines = [f"{over} outages are over: readers know it."]
    for each in changed if standing else ():
        if not each.is_over:
            places = ", ".join(sorted(each.report.places))
            lines.append(f"{each.id} stands until somebody clears it: {places}")
    if windows:
        lines.append(f"Planned work that is as it was told again: {len(windows)}")
    return "\n".join(lines)
