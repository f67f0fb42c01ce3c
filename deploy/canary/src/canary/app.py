"""The canary as a process: plays for ever, and answers /metrics and health."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from canary import metrics
from canary.run import Canary
from canary.settings import Settings
from chassis.clock import Clock, SystemClock
from chassis.metrics import BUILD, show
from chassis.requests import refuse

VERSION = "0.1.0"


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    """Return the canary as an ASGI application; it plays while it lives."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            canary = Canary(settings, http, clock or SystemClock())
            playing = asyncio.create_task(sing(canary, settings))
            try:
                yield
            finally:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)

    BUILD.labels("canary", VERSION, "unknown").set(1)
    metrics.EVERY.set(settings.every.total_seconds())
    return Starlette(
        routes=[
            Route("/health/live", _live),
            Route("/health/ready", _live),
            Route("/metrics", show),
        ],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )


async def sing(canary: Canary, settings: Settings) -> None:
    """Play a run every so often; one that takes longer puts off the next."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    while True:
        next_at = loop.time() + settings.every.total_seconds()
        await canary.play()
        # A run that is stopped says that the line is up; where that fails, it says
        # only this, and not that it was stopped.
        if task and task.cancelling():
            return
        await asyncio.sleep(max(0.0, next_at - loop.time()))


async def _live(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "live"})
