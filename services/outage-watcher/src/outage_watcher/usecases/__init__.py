"""What the watcher does; each verb runs in the transaction of its caller."""

from outage_watcher.usecases.faults import OutageIsOver, UnknownOutage
from outage_watcher.usecases.machine import Heard
from outage_watcher.usecases.operations import Operations
from outage_watcher.usecases.watcher import Watcher

__all__ = ["Heard", "Operations", "OutageIsOver", "UnknownOutage", "Watcher"]
