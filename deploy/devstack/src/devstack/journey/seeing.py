"""Waiting for what should come, and saying what was seen instead."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from devstack.errors import StackError

T = TypeVar("T")

PATIENCE: Final = 20.0
POLL: Final = 0.01
SLOWEST_POLL: Final = 0.1


class NotSeen(StackError):
    """What should have happened did not, or not in time."""

    def __init__(self, expected: str, instead: object) -> None:
        super().__init__(f"Expected: {expected}. Seen instead: {instead}")
        self.expected = expected
        self.instead = instead


async def seen(
    expected: str,
    look: Callable[[], Awaitable[T]],
    is_it: Callable[[T], object] = bool,
    *,
    within: float = PATIENCE,
) -> T:
    """Look again and again until what is there is it; raises NotSeen with the last."""
    deadline = time.monotonic() + within
    pause = POLL
    while not is_it(last := await look()):
        if time.monotonic() > deadline:
            raise NotSeen(f"{expected} within {within:g} s", last)
        await asyncio.sleep(pause)
        pause = min(pause * 1.1, SLOWEST_POLL)
    return last


def must(expected: str, truth: object, instead: object) -> None:
    """Go on only where it is so; raises NotSeen."""
    if not truth:
        raise NotSeen(expected, instead)
