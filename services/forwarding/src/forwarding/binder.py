"""
Keeping events ready: numbers that hang on the same elements are put on sheets.

A mass flip then reads a sheet where it would read a thousand rows. A change of one
number spoils its sheet at once, and its numbers are read one by one until they are on
another: what a flip tells does not depend on how far this has come.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from time import monotonic

import structlog

from chassis.postgres import TRANSIENT, Pool
from forwarding import metrics
from forwarding.fan_out import FanOut
from forwarding.sheet_store import Group, Listed, SheetStore
from forwarding.sheets import MOST_ROWS, most_rows

log = structlog.get_logger()

BREATH = 10
"""A look that takes long is taken less often: it rests so many times its length."""
LEAST_ROWS = 16
"""Fewer are not worth a sheet of their own."""


class Binder:
    """Puts numbers on sheets, from time to time and gently."""

    def __init__(
        self, pool: Pool, fan_out: FanOut, *, every: float, least: int, crowd: int
    ) -> None:
        self._store, self._fan_out = SheetStore(pool), fan_out
        self._every, self._least, self._crowd = every, least, crowd
        self.crowded: set[str] = set()
        """Elements with a crowd of numbers on sheets, as the last look found them."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            partitions = await self._fan_out.partitions()
            began = monotonic()
            try:
                await self.round(partitions)
            except TRANSIENT as error:
                log.warning("sheets_interrupted", error=repr(error))
            took = monotonic() - began
            await asyncio.sleep(max(self._every, took * BREATH))

    async def round(self, partitions: int) -> None:
        """Put on sheets what is on none, or on one that is spoilt."""
        await self._store.spoil(partitions)
        while await _gently(self._store.loosen(MOST_ROWS)):
            pass
        await self._store.sweep()
        for group in await self._store.groups(partitions, least=self._least):
            await self._put(group)
        metrics.READY.set(await self._store.ready())
        crowded = await self._store.crowded(least=self._crowd)
        self.crowded.clear()
        self.crowded.update(crowded)

    async def _put(self, group: Group) -> None:
        done = 0
        async with aclosing(self._store.listed(group)) as listed:
            async for some in _alike(listed):
                if len(some) >= min(LEAST_ROWS, self._least):
                    done += await _gently(self._store.put(group, some))
        if done:
            log.info("numbers_put_on_sheets", element=group.elements[0], numbers=done)


async def _gently(step: Awaitable[int]) -> int:
    """Do a step, and then nothing for as long: flips and wishes come first."""
    began = monotonic()
    done = await step
    await asyncio.sleep(monotonic() - began)
    return done


async def _alike(listed: AsyncIterator[Listed]) -> AsyncGenerator[list[Listed], None]:
    """Return what fits on one sheet each."""
    batch: list[Listed] = []
    async for one in listed:
        if batch and not _fits(one, batch):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _fits(one: Listed, batch: list[Listed]) -> bool:
    first = batch[0]
    alike = (one.partition, one.shape) == (first.partition, first.shape)
    return alike and len(batch) < most_rows(one.shape)
