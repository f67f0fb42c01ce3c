"""Tests wait for what they claim, never for time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chassis.service import Service

T = TypeVar("T")
POLL = 0.02


async def eventually(ask: Callable[[], Awaitable[T]], *, within: float = 10.0) -> T:
    """Return the first answer that is true; fail with the last one when time is up."""
    deadline = time.monotonic() + within
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within:g} s"
        await asyncio.sleep(POLL)
    return answer


async def until_it_listens(service: Service) -> None:
    """Wait until a service listens to Kafka: it serves before, and joins by topic."""

    async def listens() -> bool:
        return service.started

    await eventually(listens, within=60)
