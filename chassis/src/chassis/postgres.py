"""PostgreSQL: the pool, transactions, and which of its errors pass by themselves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection = asyncpg.Connection | PoolConnectionProxy
Pool = asyncpg.Pool
Transaction = Callable[[], AbstractAsyncContextManager[Connection]]
"""Opens a transaction, as `Service.transaction` does."""
Greeting = Callable[[Connection], Coroutine[Any, Any, None]]
"""What is done with a new connection before anybody has it."""

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

NOT_YET = (
    asyncpg.InvalidAuthorizationSpecificationError,  # a wrong password, too
    asyncpg.InvalidCatalogNameError,
)
"""What a start waits for as well: a job of the release makes roles and databases."""

LONGEST_WAIT = 5.0
"""Seconds for a connection, or for a turn; then somebody has to come again."""


async def connect_pool(
    url: str, *, name: str, size: int, greet: Greeting | None = None
) -> Pool:
    """Open the pool; raises one of TRANSIENT while the server is away."""
    return await asyncpg.create_pool(
        url,
        min_size=2,
        max_size=size,
        command_timeout=30,
        init=greet,
        reset=_as_it_is,
        server_settings={
            "application_name": name,
            "jit": "off",  # our statements are short; compiling them costs more
            "idle_in_transaction_session_timeout": "60s",
        },
    )


def changed(done: str) -> int:
    """Return how many rows a statement changed, by what the server says of it."""
    return int(done.rpartition(" ")[2])


async def _as_it_is(_connection: Connection) -> None:
    """
    Hand a connection on without asyncpg's reset queries, a round trip each time.

    An open transaction is rolled back all the same; our statements set nothing else.
    """


class Reserved:
    """
    One connection of a pool, for who cannot wait until it is handed over.

    Taking one from a pool and giving it back costs as much as a short statement.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: PoolConnectionProxy | None = None
        self._turn = asyncio.Lock()

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Run one statement after the other; raises one of TRANSIENT, or its error."""
        async with self._turn:
            connection = await self._usable()
            try:
                return await connection.fetch(query, *args)
            except (TimeoutError, asyncio.CancelledError):
                # Nobody knows what it still waits for: the next one takes another.
                connection.terminate()
                raise

    async def close(self) -> None:
        """Give it back, so that the pool can close; the next statement takes one."""
        async with self._turn:
            await self._give_back()

    async def _usable(self) -> PoolConnectionProxy:
        # The pool takes back by itself what the server ended.
        with suppress(asyncpg.InterfaceError):
            if self._connection and not self._connection.is_closed():
                return self._connection
        await self._give_back()
        self._connection = await self._pool.acquire(timeout=LONGEST_WAIT)
        return self._connection

    async def _give_back(self) -> None:
        given, self._connection = self._connection, None
        if given is not None:
            await self._pool.release(given)


class Door:
    """
    Lets few at a time into transactions that all wait for one lock.

    Who waits for it in the database holds a connection meanwhile: a crowd would hold
    all of the pool, and nobody else could work. Here a crowd waits without one.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Wait to be let in, and stay; raises TimeoutError when it takes too long."""
        async with asyncio.timeout(LONGEST_WAIT):
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """Hold one connection with an open transaction; commit when left in peace."""
    async with (
        pool.acquire(timeout=LONGEST_WAIT) as connection,
        connection.transaction(),
    ):
        yield connection
