"""Connections: one that is reserved, and a crowd that takes only few."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.postgres import (
    TRANSIENT,
    Door,
    Pool,
    Reserved,
    connect_pool,
    transaction,
)
from support.stack import Database
from support.waiting import eventually, until_some_wait

WHO = "SELECT pg_backend_pid() AS pid"
SLEEPS = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $1"
LOCK = "SELECT pg_advisory_xact_lock(17, 4)"


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


async def test_it_is_taken_anew_when_its_answer_did_not_come_in_time(
    pool: Pool, database: Database
) -> None:
    reserved = Reserved(pool)
    first = await pid(reserved)
    async with asyncpg.create_pool(database.admin_url, min_size=1, max_size=1) as admin:
        asked = asyncio.create_task(reserved.fetch("SELECT pg_sleep(3600)"))
        await eventually(lambda: admin.fetchval(SLEEPS, first))
        asked.cancel()
        await asyncio.wait([asked])

    assert await pid(reserved) != first
    await reserved.close()


async def test_it_can_be_used_after_it_was_given_back(pool: Pool) -> None:
    reserved = Reserved(pool)
    await pid(reserved)
    await reserved.close()

    assert await pid(reserved) > 0
    await reserved.close()


async def test_a_crowd_that_waits_for_a_lock_leaves_connections_to_others(
    database: Database,
) -> None:
    pool = await connect_pool(database.url("forwarding"), name="test", size=4)
    door, done = Door(2), list[int]()

    async def works(number: int) -> None:
        async with door.entered(), transaction(pool) as connection:
            await connection.execute(LOCK)
            done.append(number)

    async with asyncpg.create_pool(database.admin_url, min_size=1, max_size=2) as admin:
        async with admin.acquire() as other, other.transaction():
            await other.execute(LOCK)
            crowd = [asyncio.create_task(works(number)) for number in range(20)]
            await until_some_wait(admin)
            async with pool.acquire(timeout=10), pool.acquire(timeout=10):
                assert not done
        await asyncio.gather(*crowd)
    await pool.close()
    assert sorted(done) == [*range(20)]


async def test_who_is_not_let_in_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.postgres.LONGEST_WAIT", 0.01)
    door = Door(1)
    async with door.entered():
        with pytest.raises(TRANSIENT):
            async with door.entered():
                pytest.fail("two were let in")
    async with door.entered():
        pass
