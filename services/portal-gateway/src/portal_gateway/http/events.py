"""Server-sent events: what changes, as it changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from fastapi import Request
from starlette.responses import StreamingResponse

from chassis.postgres import TRANSIENT
from portal_gateway import metrics
from portal_gateway.domain.refused import Refused
from portal_gateway.http import ordered, people, shapes
from portal_gateway.http.people import For, Running
from portal_gateway.http.routes import new_router
from portal_gateway.usecases import accounts, watching
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.live import Changes, Subscription

router = new_router("events")

log = structlog.get_logger()

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RESYNC: Final = b"event: resync\ndata: {}\n\n"
MOST_TRACES: Final = 5
HEARTBEAT: Final = b": heartbeat\n\n"


class SignedOut(Exception):
    """The session of a stream has ended."""


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def stream(request: Request, acting: For, gateway: Running) -> StreamingResponse:
    """Tell forwardings, outages and orders as they change; `resync`: read anew."""
    account = acting.session.account_id
    told = _told(gateway, acting.customer, account, people.token_of(request))
    return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)


async def _told(
    gateway: Gateway, customer: str, account: int, token: str | None
) -> AsyncIterator[bytes]:
    with (
        gateway.hub.subscription(customer, account) as subscription,
        metrics.STREAMS.track_inprogress(),
        suppress(SignedOut),
    ):
        yield RESYNC
        async for changes in while_in(gateway, subscription, token):
            if written := await _written(gateway, customer, changes):
                # A comment: browsers skip it, and it says why something came.
                traces = sorted(changes.traces)[:MOST_TRACES] if changes else ()
                yield b"".join(f": traceparent {one}\n".encode() for one in traces) + (
                    written
                )


async def while_in(
    gateway: Gateway, subscription: Subscription, token: str | None
) -> AsyncIterator[Changes | None]:
    """Give what changed, None: nothing, until the hub ends. Raises SignedOut."""
    pause = gateway.settings.heartbeat.total_seconds()
    clock = asyncio.get_running_loop().time
    checked = clock()
    while True:
        changes = await subscription.take(timeout=pause)
        if clock() - checked >= pause or (changes is not None and changes.checks):
            if not await still_in(gateway, token):
                raise SignedOut
            checked = clock()
        if changes is not None and changes.ended:
            return
        yield changes


async def still_in(gateway: Gateway, token: str | None) -> bool:
    """Tell whether the session of a stream lives; True while nobody can tell."""
    try:
        await accounts.peek(gateway, token)
    except Refused:
        return False
    except TRANSIENT:
        # Hundreds of streams that came back at once would keep the database busy.
        log.warning("session_not_checked")
    return True


async def _written(gateway: Gateway, customer: str, changes: Changes | None) -> bytes:
    if changes is None:
        return HEARTBEAT
    if changes.resync:
        return RESYNC
    try:
        news = await watching.news(gateway, customer, changes)
    except TRANSIENT:
        return RESYNC
    if news.resync:
        return RESYNC
    return b"".join(
        (
            *(_event("order", ordered.order(*told)) for told in news.orders),
            *(_event("outage", shapes.outage(touched)) for touched in news.outages),
            *(_event("forwarding", shapes.entry(entry)) for entry in news.entries),
        )
    )


def _event(name: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
