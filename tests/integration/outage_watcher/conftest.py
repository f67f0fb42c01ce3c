"""The watcher on a real database, with time by hand and no process around it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import httpx
import pytest

from chassis import postgres
from chassis.clock import SetClock
from chassis.postgres import Pool, Transaction
from outage_watcher.domain.policy import Policy
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.usecases import Watcher
from support.stack import Database
from support.watched import Watched
from support.watching import NOON

SECRETS = {"probe": "p-secret", "icinga": "i-secret", "operator": "o-secret"}


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with asyncpg.create_pool(
        database.url("outage_watcher"), min_size=1, max_size=12
    ) as pool:
        yield pool


@pytest.fixture
def transaction(pool: Pool) -> Transaction:
    return partial(postgres.transaction, pool)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def watcher(clock: SetClock) -> Watcher:
    return Watcher(Policy(), clock, tuple(SECRETS))


@pytest.fixture
def watched(
    watcher: Watcher, clock: SetClock, transaction: Transaction, pool: Pool
) -> Watched:
    return Watched(watcher, clock, transaction, pool)


@pytest.fixture
async def api(
    watcher: Watcher, clock: SetClock, transaction: Transaction
) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    """Return a client that speaks as the source of that name."""
    sources = Sources(SECRETS, frozenset())
    desk = Desk(watcher, sources, transaction, transaction, clock, 5_000_000)
    async with clients(make_api(desk)) as client:
        yield client


@asynccontextmanager
async def clients(app: Any) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    transport = httpx.ASGITransport(app)
    opened: list[httpx.AsyncClient] = []

    def client(name: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {SECRETS.get(name, name)}"}
        opened.append(
            httpx.AsyncClient(
                transport=transport, base_url="http://watcher", headers=headers
            )
        )
        return opened[-1]

    yield client
    for each in opened:
        await each.aclose()
