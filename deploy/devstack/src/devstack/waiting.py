"""Waiting for something that tells nobody when it is done."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from devstack.errors import NotReady

POLL = 0.1


async def until(
    what: str,
    is_so: Callable[[], Awaitable[bool]],
    *,
    seconds: float = 60.0,
    log: object,
) -> None:
    """Ask again and again until the answer is yes, or raise when time is up."""
    deadline = time.monotonic() + seconds
    while not await is_so():
        if time.monotonic() > deadline:
            raise NotReady(what, seconds, str(log))
        await asyncio.sleep(POLL)
