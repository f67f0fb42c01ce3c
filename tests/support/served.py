"""An application of a test, served by HTTP as it is in production."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import uvicorn

from chassis.commands import behind
from support.portal import Portal


def served(
    portal: Portal, *, trusted_proxies: str = ""
) -> AbstractAsyncContextManager[tuple[str, int]]:
    """Serve a gateway."""
    return listening(portal.app, trusted_proxies=trusted_proxies)


@asynccontextmanager
async def listening(
    app: Any, *, trusted_proxies: str = ""
) -> AsyncIterator[tuple[str, int]]:
    """Serve it on a free port of this machine; return host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="critical", lifespan="off", **behind(trusted_proxies)
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield "127.0.0.1", listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
