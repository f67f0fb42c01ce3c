"""The stream that tells a page what to look at again; what it shows, it asks for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from portal_gateway.http import people
from portal_gateway.http.events import HEADERS, HEARTBEAT, SignedOut, while_in
from portal_gateway.pages.visit import Anybody
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.live import Changes

router = APIRouter()

SIGNED_OUT: Final = "signed-out"
LEAVING: Final = 0.5
"""Seconds in which the page that signed out is left, and asks nobody to sign in."""


@router.get("/live")
async def stream(
    request: Request,
    visit: Anybody,
    since: Annotated[str, Query(alias="seit", max_length=40)] = "",
) -> StreamingResponse:
    """
    Tell `numbers`, `outages` and `orders` when some changed, each as an event.

    `resync` says that anything may have changed; `signed-out`, that nobody is in.
    `seit`: how far the hub was when the page was made; a page that missed nothing need
    not look again. A browser that comes back names the last event and always looks.
    """
    if "last-event-id" in request.headers:
        since = ""
    session = visit.session
    customer = session.customer_number if session and visit.stage == "open" else None
    if session is None or customer is None:
        told = _gone()
    else:
        token = people.token_of(request)
        told = _told(visit.gateway, customer, session.account_id, token, since)
    return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)


async def _gone() -> AsyncIterator[bytes]:
    yield _event(SIGNED_OUT)


async def _told(
    gateway: Gateway, customer: str, account: int, token: str | None, since: str
) -> AsyncIterator[bytes]:
    with gateway.hub.subscription(customer, account) as subscription:
        missed = since != gateway.hub.mark
        yield _event("resync" if missed else "here")
        try:
            async for changes in while_in(gateway, subscription, token):
                if written := _written(changes):
                    yield written
        except SignedOut:
            await asyncio.sleep(LEAVING)
            yield _event(SIGNED_OUT)


def _written(changes: Changes | None) -> bytes:
    if changes is None:
        return HEARTBEAT
    if changes.resync:
        return _event("resync")
    names = ("numbers", "outages", "orders")
    return b"".join(_event(name) for name in names if getattr(changes, name))


def _event(name: str) -> bytes:
    return f"id: 1\nevent: {name}\ndata: {name}\n\n".encode()
