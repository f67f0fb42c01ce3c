"""Puts outage-watcher together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Mount

from chassis.clock import Clock
from chassis.postgres import TRANSIENT, Connection, Door, Transaction
from chassis.service import Service
from contracts.numbers import LineConnected
from contracts.operations import OutageCommanded
from contracts.signals import NetworkSignal
from outage_watcher import retention_store
from outage_watcher.asking import Asker, Peer, load_peers
from outage_watcher.asking.clients import CLIENTS, Client
from outage_watcher.handlers import Inlet, Timer
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.intake import NAME
from outage_watcher.settings import Settings
from outage_watcher.sources.described import described
from outage_watcher.sources.formats import Inbound, Inbounds
from outage_watcher.usecases import Operations, Watcher
from outage_watcher.usecases.telling import count_told

MEASURE_SECONDS = 5
AT_THE_DOOR = 2
"""One works, and one has its transaction open already when that is done."""


def create_app(settings: Settings, *, clock: Clock | None = None) -> Starlette:
    """Return the service as an ASGI application; it connects when it starts."""
    service = Service(NAME, settings, clock=clock)
    service.keeps(*retention_store.TABLES)
    sources = Sources.load(settings.sources_file)
    inbounds = described(settings.names_file)
    peers = load_peers(settings.ask_file, inbounds)
    names = (*sources.names, *peers)
    watcher = Watcher(settings.policy(peers.keys()), service.clock, names)
    service.after_telling(count_told)
    timer = Timer(watcher, service.transaction, service.clock)

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Connection]:
        async with service.transaction() as connection:
            yield connection
        timer.wake()

    inlet = Inlet(watcher, transaction, inbounds)
    service.gather_raw(NetworkSignal, inlet.on_signals, at_most=500)
    service.gather(LineConnected, watcher.connect)
    service.on(OutageCommanded, Operations(watcher).on_command)
    service.runs(timer.run)
    service.runs(partial(_measure, service, watcher))
    if peers:
        asked = {name: _way_to(name, peer, inbounds) for name, peer in peers.items()}
        asker = Asker(watcher, transaction, service.clock, asked, settings.ask_every)
        service.runs(asker.run)
    desk = Desk(
        watcher,
        sources,
        _behind_a_door(transaction),
        service.transaction,
        service.clock,
        settings.most_bytes,
        inbounds,
    )
    return service.app([Mount("/v1", make_api(desk))])


def _behind_a_door(transaction: Transaction) -> Transaction:
    door = Door(AT_THE_DOOR)

    @asynccontextmanager
    async def behind_it() -> AsyncIterator[Connection]:
        async with door.entered(), transaction() as connection:
            yield connection

    return behind_it


async def _measure(service: Service, watcher: Watcher) -> None:
    """Set the gauges for ever."""
    while True:
        with suppress(*TRANSIENT):
            async with service.transaction() as connection:
                await watcher.measure(connection)
        await asyncio.sleep(MEASURE_SECONDS)


def _way_to(name: str, peer: Peer, inbounds: Inbounds) -> tuple[Client, Inbound]:
    """Return who asks a source, and who reads its answer; raises ValueError."""
    form, inbound = peer.form or name, inbounds.of(name)
    client = next((make for key, make in CLIENTS.items() if key == form), None)
    if client is None or inbound is None:
        raise ValueError(f"{name}: `form` must be one of {', '.join(CLIENTS)}")
    return client(peer), inbound
