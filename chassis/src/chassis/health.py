"""Health that tells the truth: a service whose consumer is dead is not ready."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from faststream.kafka import KafkaBroker
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from chassis import consuming, watching
from chassis.outbox import Relay
from chassis.postgres import TRANSIENT, Reserved

Check = Callable[[], Awaitable[tuple[str, bool]]]

OUTBOX_STUCK_SECONDS = 30
PATIENCE = 2
"""Seconds for the answer of a server."""


class Examined(Protocol):
    """What is asked of a service to tell how it is."""

    started: bool
    broker: KafkaBroker
    relay: Relay
    reserved: Reserved
    checks: list[Check]

    @property
    def stuck_topics(self) -> Sequence[str]:
        """Return the topics in which a message keeps the others from going on."""
        ...


def routes(service: Examined) -> list[BaseRoute]:
    """
    Return /health/live, /health/serving and /health/ready of a service.

    It serves people as soon as its database answers; it is ready when it hears and
    tells as well. Whoever takes away what is not ready would shut the door on people
    whenever Kafka is away: a door asks whether it serves.
    """

    async def live(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def serving(_request: Request) -> JSONResponse:
        serves = await _database(service)
        said = {"status": "serving" if serves else "not serving"}
        return JSONResponse(said, 200 if serves else 503)

    async def ready(_request: Request) -> JSONResponse:
        checks = await state(service)
        good = all(checks.values())
        return JSONResponse(
            {"status": "ready" if good else "not ready", "checks": checks},
            200 if good else 503,
        )

    return [
        Route("/health/live", live),
        Route("/health/serving", serving),
        Route("/health/ready", ready),
    ]


async def state(service: Examined) -> dict[str, bool]:
    """Return what a service needs to work, and whether it has it."""
    checks = {
        "started": service.started,
        "database": await _database(service),
        "kafka": service.started
        and await consuming.answers(service.broker, within=PATIENCE),
        "consumers": service.started
        and not watching.dead_consumers(service.broker)
        and not service.stuck_topics,
        "outbox": service.relay.oldest_seconds < OUTBOX_STUCK_SECONDS,
    }
    return checks | dict([await check() for check in service.checks])


async def _database(service: Examined) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return bool(await service.reserved.fetch("SELECT true"))
    except TRANSIENT:
        return False
