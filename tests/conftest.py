"""Fixtures of the servers; a test that asks for none of them starts none."""

from collections.abc import AsyncIterator

import pytest

from devstack.topics import empty_topics
from support.stack import (
    Database,
    Stack,
    fresh_database,
    started_stack,
    unique_group,
)


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Kafka and PostgreSQL for the whole session, topics and a template deployed."""
    async with started_stack() as running:
        yield running


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[Database]:
    """A database of its own: `database.url("forwarding")`, `database.admin_url`."""
    async with fresh_database(stack) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def kafka(stack: Stack) -> str:
    """Bootstrap servers of a Kafka that has every topic."""
    return stack.bootstrap_servers


@pytest.fixture
async def empty_kafka(kafka: str) -> str:
    """The same, with no message in any of our topics."""
    await empty_topics(kafka)
    return kafka


@pytest.fixture
def group() -> str:
    """A consumer group that nobody used before."""
    return unique_group()
