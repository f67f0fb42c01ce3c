"""Where the gateway is put together: the only module that knows all others."""

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from types import FrameType

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import Clock
from chassis.postgres import TRANSIENT
from chassis.service import Service
from portal_gateway import handlers
from portal_gateway.http import api
from portal_gateway.pages import site as pages
from portal_gateway.settings import Settings
from portal_gateway.store import diversions, history, idempotency, sessions
from portal_gateway.usecases import forgotten, letters, once
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.live import Hub
from portal_gateway.usecases.passwords import Passwords
from portal_gateway.usecases.patience import FACTOR_WINDOW

TIDY_PAUSE = timedelta(hours=1)


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    """Return the gateway as an ASGI application."""
    gateway = make_gateway(settings, clock)
    service = gateway.service
    handlers.subscribe(service)

    async def end_streams_first() -> None:
        _end_streams_on_signal(gateway.hub)

    async def tidy() -> None:
        await _tidy_for_ever(gateway)

    async def release_calls() -> None:
        await once.release(gateway)

    async def sweep_letters() -> None:
        await letters.sweep(gateway)

    async def write_letters() -> None:
        await forgotten.keep_working(gateway)

    service.opens_with(end_streams_first)
    service.opens_with(release_calls)
    service.opens_with(sweep_letters)
    service.runs(gateway.hub.run)
    service.runs(tidy)
    service.runs(write_letters)
    app = service.app([Mount("/", surface(gateway))])
    app.state.gateway = gateway
    return app


def surface(gateway: Gateway) -> ASGIApp:
    """Return what people and programs meet: the pages, and beside them the API."""
    shown, spoken = pages.build(gateway), api.build(gateway)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["path"].startswith(api.PATHS)
        await (spoken if is_api else shown)(scope, receive, send)

    return either


def make_gateway(settings: Settings, clock: Clock | None = None) -> Gateway:
    """Return the parts of the gateway, not running yet."""
    return Gateway(
        settings=settings,
        service=Service("portal-gateway", settings, clock=clock),
        hub=Hub(settings.database_url.get_secret_value()),
        passwords=Passwords(queue=settings.hash_queue),
    )


def _end_streams_on_signal(hub: Hub) -> None:
    """End event streams when the server is told to stop: it waits for them."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        previous = signal.getsignal(number)
        if not callable(previous) or previous is signal.default_int_handler:
            continue  # no server runs us: a test does

        def stop(got: int, frame: FrameType | None, *, then: object = previous) -> None:
            loop.call_soon_threadsafe(hub.end)
            if callable(then):
                then(got, frame)

        signal.signal(number, stop)


async def _tidy_for_ever(gateway: Gateway) -> None:
    while True:
        with suppress(*TRANSIENT):
            await tidy(gateway)
        await asyncio.sleep(TIDY_PAUSE.total_seconds())


async def tidy(gateway: Gateway) -> None:
    """Delete what is kept no longer."""
    now, settings = gateway.now(), gateway.settings
    async with gateway.transaction() as connection:
        await sessions.tidy(
            connection,
            sessions_before=now - settings.session_idle,
            failures_before=now - max(settings.failure_window, FACTOR_WINDOW),
        )
        await idempotency.tidy(connection, before=now - once.KEPT)
        await history.tidy(connection, before=now - settings.audit_retention)
        await diversions.tidy(connection, before=now - settings.audit_retention)
    await letters.sweep(gateway)
