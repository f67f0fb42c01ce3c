from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from support.portal import LINE, SINGLE, Portal, connected, enabled, running_portal
from support.stack import Database


@pytest.fixture
async def portal(database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """A gateway without Kafka on a database of its own."""
    letters = tmp_path / "letters"
    async with running_portal(database.url("portal_gateway"), letters) as running:
        yield running


@pytest.fixture
async def owner(portal: Portal) -> httpx.AsyncClient:
    """A customer who owns one single number on a connected line."""
    client = await portal.customer()
    await portal.tell(connected(LINE), enabled(SINGLE))
    return client
