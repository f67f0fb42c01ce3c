"""Who works on a place, one after the other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager


class Turns:
    """Keeps work on one place in order; work on other places passes."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def of(self, places: Sequence[str]) -> AsyncIterator[None]:
        """Wait until nobody else works on one of these places, each named once."""
        self._users.update(places)
        taken: list[asyncio.Lock] = []
        try:
            for place in sorted(places):  # one order for all, so none waits in a ring
                lock = self._locks.setdefault(place, asyncio.Lock())
                await lock.acquire()
                taken.append(lock)
            yield
        finally:
            for lock in taken:
                lock.release()
            self._users.subtract(places)
            for place in places:
                if not self._users[place]:
                    del self._users[place]
                    self._locks.pop(place, None)
