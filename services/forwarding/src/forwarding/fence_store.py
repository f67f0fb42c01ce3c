"""Which of several databases is in charge of the switch: that with the higher fence."""

import asyncio
from contextlib import suppress

from chassis.postgres import TRANSIENT, Pool

LOOK_EVERY = 2.0


class Fence:
    """Our fence, as the database says it; every write to the switch shows it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.value = 0

    async def read(self) -> int:
        """Read it anew."""
        self.value = await self._pool.fetchval("SELECT fence FROM switch_fence")
        return self.value

    async def run(self) -> None:
        """Follow it: an operator may raise it while we run."""
        while True:
            with suppress(*TRANSIENT):
                await self.read()
            await asyncio.sleep(LOOK_EVERY)

    async def pass_by(self, other: int) -> int:
        """Go past another's fence: from then on its writes are refused."""
        self.value = await self._pool.fetchval(
            "UPDATE switch_fence SET fence = greatest(fence, $1) + 1 RETURNING fence",
            other,
        )
        return self.value
