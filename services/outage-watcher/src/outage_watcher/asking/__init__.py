"""Asks the sources that can be asked what they know, and repairs what was missed."""

from outage_watcher.asking.asker import Asker
from outage_watcher.asking.peers import Peer, load_peers

__all__ = ["Asker", "Peer", "load_peers"]
