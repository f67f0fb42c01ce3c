"""Where the gateway is put together: the only module that knows all others."""

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import FrameType

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import Clock
from chassis.postgres import TRANSIENT
from chassis.service import Service
from portal_gateway import handlers, metrics, retention_store
from portal_gateway.domain.message import Sender
from portal_gateway.http import api
from portal_gateway.mail import Mail
from portal_gateway.pages import site as pages
from portal_gateway.settings import Settings
from portal_gateway.sms import Sms
from portal_gateway.store import wishes
from portal_gateway.usecases import forgotten, letters, objecting, once, sending
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.live import Hub
from portal_gateway.usecases.passwords import Passwords

SWEEP_PAUSE = timedelta(hours=1)
MEASURE_PAUSE = timedelta(seconds=5)


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    """Return the gateway as an ASGI application."""
    gateway = make_gateway(settings, clock)
    service = gateway.service
    handlers.subscribe(gateway)

    async def end_streams_first() -> None:
        _end_streams_on_signal(gateway.hub)

    async def close_channels() -> None:
        for sender in gateway.channels.values():
            if isinstance(sender, Sms):
                await sender.http.aclose()

    service.opens_with(end_streams_first)
    service.opens_with(partial(once.release, gateway))
    service.closes_with(close_channels)
    service.opens_with(partial(letters.sweep, gateway))
    service.runs(gateway.hub.run)
    service.runs(partial(_sweep_for_ever, gateway))
    service.runs(partial(forgotten.keep_working, gateway))
    service.runs(partial(objecting.keep_working, gateway))
    service.runs(sending.Worker(gateway).run)
    service.runs(partial(_measure_for_ever, gateway))
    shown = surface(gateway)
    app = service.app([Mount("/", shown)])
    # No pattern of a route matches a path with a line break in it.
    app.router.default = shown
    app.state.gateway = gateway
    return app


def surface(gateway: Gateway) -> ASGIApp:
    """Return what people and programs meet: the pages, and beside them the API."""
    shown, spoken = pages.build(gateway), api.build(gateway)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        is_api = f"{scope['path']}/".startswith(api.PATHS)
        await (spoken if is_api else shown)(scope, receive, send)

    return either


def make_gateway(settings: Settings, clock: Clock | None = None) -> Gateway:
    """Return the parts of the gateway, not running yet."""
    service = Service("portal-gateway", settings, clock=clock)
    service.keeps(*retention_store.TABLES)
    return Gateway(
        settings=settings,
        service=service,
        hub=Hub(settings.database_url.get_secret_value()),
        passwords=Passwords(queue=settings.hash_queue),
        channels=_channels(settings),
    )


def _channels(settings: Settings) -> dict[str, Sender]:
    """Return how notices leave, as far as an operator set it up."""
    found: dict[str, Sender] = {}
    if settings.smtp_host:
        password = settings.smtp_password
        found["email"] = Mail(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            starttls=settings.smtp_starttls,
        )
    if settings.sms_url:
        token = settings.sms_token.get_secret_value()
        http = httpx.AsyncClient()
        found["sms"] = Sms(settings.sms_url, token, settings.sms_from, http)
    return found


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


async def _sweep_for_ever(gateway: Gateway) -> None:
    while True:
        with suppress(*TRANSIENT):
            await letters.sweep(gateway)
        await asyncio.sleep(SWEEP_PAUSE.total_seconds())


async def _measure_for_ever(gateway: Gateway) -> None:
    while True:
        with suppress(*TRANSIENT):
            async with gateway.transaction() as connection:
                waiting, oldest = await wishes.waiting(connection)
            metrics.WISHES.set(waiting)
            metrics.OLDEST_WISH.set(oldest)
        await asyncio.sleep(MEASURE_PAUSE.total_seconds())
