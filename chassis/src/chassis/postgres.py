"""PostgreSQL: the pool, transactions, and which of its errors pass by themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection = asyncpg.Connection | PoolConnectionProxy
Pool = asyncpg.Pool

TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.InsufficientResourcesError,  # its disk is full, or its connections are out
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Errors after which the same work may succeed; the last two are asyncpg's own."""


async def connect_pool(url: str, *, name: str, size: int) -> Pool:
    """Open the pool; raises one of TRANSIENT while the server is away."""
    return await asyncpg.create_pool(
        url,
        min_size=2,
        max_size=size,
        command_timeout=30,
        reset=_as_it_is,
        server_settings={
            "application_name": name,
            "jit": "off",  # our statements are short; compiling them costs more
            "idle_in_transaction_session_timeout": "60s",
        },
    )


async def _as_it_is(_connection: Connection) -> None:
    """
    Hand a connection on without asyncpg's reset queries, a round trip each time.

    An open transaction is rolled back all the same; our statements set nothing else.
    """


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Hold one connection with an open transaction; commit when left in peace."""
    async with pool.acquire(timeout=5) as connection, connection.transaction():
        yield connection
