"""Fixtures of the servers; a test that asks for none of them starts none."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from ssl import SSLContext
from typing import Any

import httpx
import pytest
from httpx._transports import default as transports
from typing_extensions import override
from xdist.scheduler import LoadFileScheduling

from devstack.topics import empty_topics
from support.stack import (
    Database,
    Stack,
    fresh_database,
    started_stack,
    unique_group,
)

# An image says so for its one program; we start hundreds, and each would compile all of
# our code.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SYSTEM = "tests/system/"


class OneWholeStack(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """Keep the tests of the whole stack to one worker: each would start its own."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return SYSTEM if file.startswith(SYSTEM) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Any
) -> LoadFileScheduling | None:
    """Share the files among workers in our way."""
    if config.getvalue("dist") != "loadfile":
        return None
    return OneWholeStack(config, log)


@pytest.fixture(scope="session", autouse=True)
def authorities() -> Iterator[None]:
    """Read once whom httpx trusts: each client would, in 40 ms of a processor."""
    make = httpx.create_ssl_context
    kept: dict[tuple[object, ...], SSLContext] = {}

    def shared(verify: Any, cert: Any, trust_env: Any) -> SSLContext:
        if verify is not True or cert:
            return make(verify, cert, trust_env)
        said = [os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")]
        key = (trust_env, *said)
        if key not in kept:
            kept[key] = make(trust_env=trust_env)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transports, "create_ssl_context", shared)
        yield


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
