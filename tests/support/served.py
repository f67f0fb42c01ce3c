"""A gateway of a test, served by HTTP as it is in production."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from support.portal import Portal


@asynccontextmanager
async def served(portal: Portal) -> AsyncIterator[tuple[str, int]]:
    """Serve it on a free port of this machine; return host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(portal.app, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield "127.0.0.1", listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving
