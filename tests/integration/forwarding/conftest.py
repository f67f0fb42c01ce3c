from collections.abc import AsyncIterator

import pytest
from support.forwarding_lab import Lab, running_switch
from support.stack import Database


@pytest.fixture(scope="session")
async def switch_url() -> AsyncIterator[str]:
    async with running_switch() as url:
        yield url


@pytest.fixture
async def lab(database: Database, kafka: str) -> AsyncIterator[Lab]:
    async with running_switch() as url, Lab(kafka, database, url).running() as running:
        yield running
