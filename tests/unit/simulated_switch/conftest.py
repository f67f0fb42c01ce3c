"""A switch without a process: its requests are calls within the test."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from simulated_switch.http import create_app


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://switch") as it:
        yield it
