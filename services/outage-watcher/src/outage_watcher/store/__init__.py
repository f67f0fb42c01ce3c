"""All SQL of the service: outages, their evidence, and the life of the sources."""

from outage_watcher.store.commands import CommandStore
from outage_watcher.store.inventory import InventoryStore
from outage_watcher.store.outages import OutageStore
from outage_watcher.store.sources import SourceStore
from outage_watcher.store.told import ToldStore
from outage_watcher.store.traces import TraceStore
from outage_watcher.store.windows import WindowStore

__all__ = [
    "CommandStore",
    "InventoryStore",
    "OutageStore",
    "SourceStore",
    "ToldStore",
    "TraceStore",
    "WindowStore",
]
