"""One forwarding by itself: no other service, and a switch that agrees at once."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psutil

from devstack.bench import rules
from devstack.programs import service_env
from devstack.settings import SERVICES, Settings

FORWARDING = next(each for each in SERVICES if each.package == "forwarding")


@asynccontextmanager
async def forwarding_alone(
    settings: Settings, **more: str
) -> AsyncIterator[psutil.Process]:
    """Run a forwarding whose switch acknowledges at once, with more settings."""
    own = {
        **more,
        "FORWARDING_SWITCH_URL": "none",
        "FORWARDING_RECONCILE_EVERY": "PT0S",
        "LOG_LEVEL": "WARNING",
    }
    env = {**os.environ, **service_env(settings, FORWARDING), **own}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "forwarding", env=env, start_new_session=True
    )
    try:
        await _ready(f"{settings.url(FORWARDING)}/health/ready")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def until_ready(settings: Settings, numbers: int) -> None:
    """Wait until the events of so many numbers are ready."""
    url = f"{settings.url(FORWARDING)}/metrics"
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(600):
        while True:
            if rules.ready((await http.get(url)).text) >= numbers:
                return
            await asyncio.sleep(0.5)


async def _ready(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(60):
        while True:
            try:
                if (await http.get(url)).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
