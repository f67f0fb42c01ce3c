"""Ports: whether ours are free, and a free one for who needs any."""

import socket
from collections import deque
from typing import Final

from devstack.errors import PortTaken
from devstack.processes import listener
from devstack.settings import HOST

_NAMED: Final = deque[int](maxlen=1000)
"""The last ones that were found: whoever got one need not listen there yet."""


def require_free(what: str, port: int, variable: str) -> None:
    """Raise with the way out if somebody listens there."""
    if not _is_free(port):
        raise PortTaken(what, port, variable, listener(port))


def free_port() -> int:
    """Return a port that nobody listens on now, and that was not named just before."""
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port: int = probe.getsockname()[1]
        if port not in _NAMED:
            _NAMED.append(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Without it a port counts as taken while its last connections linger.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
