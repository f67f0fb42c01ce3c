"""
Telling again what readers may have missed: Kafka lost what they had not read.

Under the ids of before, so that who knows it already hears nothing new.
"""

from datetime import datetime
from typing import NamedTuple

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import Event, derived_id
from outage_watcher.domain.telling import as_told
from outage_watcher.store import OutageStore, ToldStore
from outage_watcher.usecases.telling import traces_of


class Count(NamedTuple):
    """How much was told again."""

    standing: int
    over: int
    windows: int


async def tell_again(connection: Connection, *, since: datetime, at: datetime) -> Count:
    """Tell what stands and is planned, and what ended since then, as it is now."""
    store, known = OutageStore(connection), ToldStore(connection)
    await store.lock()
    over = await known.over(since)
    standing = [one for one in await store.all_open() if one.version]
    events = {
        derived_id(one.id, one.version): as_told(one) for one in (*standing, *over)
    }
    windows = await known.windows(since)
    announced: dict[str, Event] = {
        derived_id(one.id, one.version): one.announced(at) for one in windows
    }
    traces = await traces_of(events, connection)
    await outbox.add_all(connection, events | announced, at=at, traces=traces)
    return Count(len(standing), len(over), len(windows))
