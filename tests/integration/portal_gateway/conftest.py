from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from devstack.database import connection
from support.portal import LINE, SINGLE, Portal, connected, enabled, running_portal
from support.second_hand import empty
from support.stack import Database, Stack, fresh_database


@pytest.fixture(scope="session")
async def portal_database(stack: Stack) -> AsyncIterator[Database]:
    """One database for all tests of the gateway; each finds it empty."""
    async with fresh_database(stack) as fresh:
        yield fresh


@pytest.fixture
async def empty_database(portal_database: Database, stack: Stack) -> Database:
    """The same with no row in it."""
    async with connection(portal_database.admin_url) as db:
        await empty(db, stack.template)
    return portal_database


@pytest.fixture
async def portal(empty_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """A gateway without Kafka on an empty database."""
    letters = tmp_path / "letters"
    url = empty_database.url("portal_gateway")
    async with running_portal(url, letters) as running:
        yield running


@pytest.fixture
async def owner(portal: Portal) -> httpx.AsyncClient:
    """A customer who owns one single number on a connected line."""
    client = await portal.customer()
    await portal.tell(connected(LINE), enabled(SINGLE))
    return client
