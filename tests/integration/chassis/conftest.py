"""A bench for the tiny service: a topic, a table of effects, and nothing on them."""

from collections.abc import AsyncIterator

import pytest

from support.stack import Database
from support.tiny_service import Bench, made_bench


@pytest.fixture
async def bench(database: Database, kafka: str) -> AsyncIterator[Bench]:
    async with made_bench(kafka, database) as made:
        yield made
