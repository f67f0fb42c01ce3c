"""Where forwarding is put together: the only module that knows all others."""

from datetime import timedelta

import structlog
from starlette.applications import Starlette

from chassis.brokers import client_options
from chassis.clock import Clock
from chassis.service import Service
from contracts.forwardings import ForwardingApplied
from forwarding import handlers, retention_store
from forwarding.binder import Binder
from forwarding.fan_out import FanOut
from forwarding.fence_store import Fence
from forwarding.flips import Flipper
from forwarding.gathering import Gathering
from forwarding.gauges import Gauges
from forwarding.holding import Holding
from forwarding.keeper import Keeper
from forwarding.options import Options
from forwarding.recheck import Recheck
from forwarding.reconciler import Reconciler
from forwarding.requests import Requests
from forwarding.settings import Settings
from forwarding.slot_store import SlotStore
from forwarding.switches.making import make_switch
from forwarding.switches.nodes import Node, Nodes
from forwarding.versions import go_past

log = structlog.get_logger()


def create_app(settings: Settings, clock: Clock | None = None) -> Starlette:
    """Return forwarding as an ASGI application."""
    service = Service("forwarding", settings, clock=clock)
    service.keeps(*retention_store.TABLES)
    service.greets_with(go_past)
    service.opens_with(lambda: _assemble(service, settings))
    return service.app()


async def _assemble(service: Service, settings: Settings) -> None:
    pool, clock = service.pool, service.clock
    switch = await _switch(service, settings)
    fan_out = FanOut(client_options(settings), ForwardingApplied.topic())
    keeper = Keeper(
        pool,
        switch,
        service.relay,
        clock,
        batch=settings.switch_batch,
        told_after=settings.failure_told_after,
    )
    binder = _binder(service, settings, fan_out)
    flags = Gathering(switch, most=settings.switch_batch)
    flipper = Flipper(
        pool,
        flags,
        fan_out,
        clock,
        transaction=service.transaction,
        first=settings.first_numbers,
        crowded=binder.crowded,
        when_told=keeper.flip_told,
    )
    service.after_commit(keeper.wake)
    _listen(service, flipper)
    for job in (
        keeper.run,
        flipper.repair,
        fan_out.stay_connected,
        *(_reconciler(service, settings, node).run for node in switch.nodes),
        Gauges(pool).run,
    ):
        service.runs(job)
    if settings.sheet_numbers:
        service.runs(binder.run)
    for step in (flipper.drain, flags.close, fan_out.stop, switch.close):
        service.closes_with(step)


def _binder(service: Service, settings: Settings, fan_out: FanOut) -> Binder:
    return Binder(
        service.pool,
        fan_out,
        every=settings.sheet_every / timedelta(seconds=1),
        least=settings.sheet_numbers,
        crowd=settings.first_numbers,
    )


def _listen(service: Service, flipper: Flipper) -> None:
    requests, holding = Requests(service.clock), Holding(service)
    options = Options(service.clock, requests)
    handlers.register(service, options, requests, holding, flipper)
    service.after_commit(holding.wake)
    service.runs(holding.run)
    service.settles_with(holding.settle)
    service.runs(Recheck(service, requests).run)


async def _switch(service: Service, settings: Settings) -> Nodes:
    pool, clock = service.pool, service.clock
    fence = Fence(pool)
    await fence.read()
    service.runs(fence.run)
    return make_switch(
        settings,
        fence=lambda: fence.value,
        slots=lambda name: SlotStore(pool, name, clock),
    )


def _reconciler(service: Service, settings: Settings, node: Node) -> Reconciler:
    return Reconciler(
        service.pool,
        node,
        service.clock,
        every=settings.reconcile_every / timedelta(seconds=1),
        limit=settings.reconcile_limit,
        batch=settings.switch_batch,
    )
