"""Health that tells the truth: a service whose consumer is dead is not ready."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from chassis import consuming
from chassis.postgres import TRANSIENT

if TYPE_CHECKING:
    from chassis.service import Service

Check = Callable[[], Awaitable[tuple[str, bool]]]

OUTBOX_STUCK_SECONDS = 30
PATIENCE = 2
"""Seconds for the answer of a server."""


def routes(service: "Service") -> list[BaseRoute]:
    """Return /health/live and /health/ready of a service."""

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> JSONResponse:
        checks = await state(service)
        good = all(checks.values())
        return JSONResponse(
            {"status": "ready" if good else "not ready", "checks": checks},
            200 if good else 503,
        )

    return [Route("/health/live", live), Route("/health/ready", ready)]


async def state(service: "Service") -> dict[str, bool]:
    """Return what a service needs to work, and whether it has it."""
    checks = {
        "started": service.started,
        "database": await _database(service),
        "kafka": service.started and await service.broker.ping(timeout=PATIENCE),
        "consumers": service.started
        and not consuming.dead_consumers(service.broker)
        and not service.stuck_topics,
        "outbox": service.relay.oldest_seconds < OUTBOX_STUCK_SECONDS,
    }
    return checks | dict([await check() for check in service.checks])


async def _database(service: "Service") -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return bool(await service.reserved.fetch("SELECT true"))
    except TRANSIENT:
        return False
