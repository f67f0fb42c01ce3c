"""Puts outage-watcher together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.routing import Mount

from chassis.clock import Clock
from chassis.postgres import TRANSIENT, Connection
from chassis.service import Service
from contracts.numbers import LineConnected
from contracts.operations import OutageCommanded
from contracts.signals import NetworkSignal
from outage_watcher.handlers import Inlet, Timer
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.settings import Settings
from outage_watcher.sources.described import described
from outage_watcher.usecases import Operations, Watcher

NAME = "outage-watcher"
MEASURE_SECONDS = 5
TIDY_EVERY = 720
"""Measurements between two looks for what is older than its retention."""


def create_app(settings: Settings, *, clock: Clock | None = None) -> Starlette:
    """Return the service as an ASGI application; it connects when it starts."""
    service = Service(NAME, settings, clock=clock)
    sources = Sources.load(settings.sources_file)
    watcher = Watcher(settings.policy(), service.clock, sources.names)
    timer = Timer(watcher, service.transaction, service.clock)

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Connection]:
        async with service.transaction() as connection:
            yield connection
        timer.wake()

    async def measure() -> None:
        round_ = 0
        while True:
            with suppress(*TRANSIENT):
                async with service.transaction() as connection:
                    await watcher.measure(connection)
                    if round_ % TIDY_EVERY == 0:
                        await watcher.forget(settings.retention, connection)
            round_ += 1
            await asyncio.sleep(MEASURE_SECONDS)

    inbounds = described(settings.names_file)
    inlet = Inlet(watcher, transaction, inbounds)
    service.gather_raw(NetworkSignal, inlet.on_signals, at_most=500)
    service.gather(LineConnected, watcher.connect)
    service.on(OutageCommanded, Operations(watcher).on_command)
    service.runs(timer.run)
    service.runs(measure)
    desk = Desk(
        watcher,
        sources,
        transaction,
        service.clock,
        settings.most_bytes,
        inbounds,
    )
    return service.app([Mount("/v1", make_api(desk))])
