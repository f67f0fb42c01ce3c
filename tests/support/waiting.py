"""Tests wait for what they claim, never for time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chassis.postgres import Pool
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
    """Wait until a service listens to Kafka: it serves before."""

    async def listens() -> bool:
        return service.started

    await eventually(listens, within=60)


async def until_some_wait(pool: Pool, *, least: int = 2) -> None:
    """Wait until so many connections to the pool's database wait for a lock of ours."""

    async def wait() -> bool:
        waiting: int = await pool.fetchval(
            """
            SELECT count(*)
              FROM pg_locks
              JOIN pg_database ON pg_database.oid = pg_locks.database
             WHERE locktype = 'advisory' AND NOT granted
               AND datname = current_database()
            """
        )
        return waiting >= least

    await eventually(wait)


async def until_one_waits_for_a_row(pool: Pool) -> None:
    """Wait until a transaction on the pool's database waits for another one."""

    async def waits() -> bool:
        found: bool = await pool.fetchval(
            """
            SELECT EXISTS (SELECT FROM pg_stat_activity
                            WHERE datname = current_database()
                              AND wait_event = 'transactionid')
            """
        )
        return found

    await eventually(waits)
