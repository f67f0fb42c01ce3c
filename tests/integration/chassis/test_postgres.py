"""A reserved connection is there at once, also after the server took it away."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.postgres import TRANSIENT, Pool, Reserved, connect_pool
from support.stack import Database

WHO = "SELECT pg_backend_pid() AS pid"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    opened = await connect_pool(database.url("forwarding"), name="test", size=2)
    async with asyncio.timeout(20):
        yield opened
        await opened.close()  # would wait for ever for a connection nobody gives back


async def pid(reserved: Reserved) -> int:
    [row] = await reserved.fetch(WHO)
    return int(row["pid"])


async def end(database: Database, pid: int) -> None:
    """End a connection at the server, as a restart does."""
    admin = await asyncpg.connect(database.admin_url)
    try:
        await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    finally:
        await admin.close()


async def test_it_stays_one_connection_whoever_else_takes_some(pool: Pool) -> None:
    reserved = Reserved(pool)
    first = await pid(reserved)
    async with pool.acquire() as other:
        assert await other.fetchval(WHO) != first
        assert await pid(reserved) == first
    await reserved.close()


async def test_statements_at_once_go_one_after_the_other(pool: Pool) -> None:
    reserved = Reserved(pool)

    pids = await asyncio.gather(*(pid(reserved) for _ in range(20)))

    assert len(set(pids)) == 1
    await reserved.close()


async def test_it_is_taken_anew_when_the_server_ended_it(
    pool: Pool, database: Database
) -> None:
    reserved = Reserved(pool)
    first = await pid(reserved)
    await end(database, first)

    try:
        second = await pid(reserved)
    except TRANSIENT:  # the end may be told by the next statement only
        second = await pid(reserved)

    assert second != first
    await reserved.close()


async def test_it_can_be_used_after_it_was_given_back(pool: Pool) -> None:
    reserved = Reserved(pool)
    await pid(reserved)
    await reserved.close()

    assert await pid(reserved) > 0
    await reserved.close()
