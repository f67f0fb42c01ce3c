"""Provisioning on a database of its own, with a clock that tests move."""

from collections.abc import AsyncIterator

import pytest

from chassis.clock import SetClock
from chassis.postgres import connect_pool
from support.provisioning import NOON
from support.provisioning_world import World
from support.stack import Database


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """The use cases with their messages; nothing is sent, the outbox is read."""
    pool = await connect_pool(database.url("provisioning"), name="test", size=8)
    try:
        yield World(pool, SetClock(NOON))
    finally:
        await pool.close()
