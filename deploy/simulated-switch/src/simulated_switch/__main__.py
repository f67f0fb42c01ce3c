"""Starts the switch: `python -m simulated_switch --port 8090`."""

import argparse
import gc
from asyncio import BaseTransport, Transport
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulated_switch.http import HANG_UP, create_app


class BreakableConnection(HttpToolsProtocol):
    """A connection that the application may break off without an answer."""

    @override
    def connection_made(self, transport: BaseTransport) -> None:
        connection = cast("Transport", transport)
        super().connection_made(connection)
        self.app = _with_hang_up(self.app, connection)


def _with_hang_up(app: ASGIApp, connection: Transport) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[HANG_UP] = connection.abort
        await app(scope, receive, send)

    return serve


def main() -> None:
    """Serve until asked to stop."""
    parser = argparse.ArgumentParser(prog="simulated_switch")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    arguments = parser.parse_args()
    # Rules are many, live long and hold no cycles: looking for some takes seconds.
    gc.set_threshold(100_000, 50, 1_000)
    uvicorn.run(
        create_app(),
        host=arguments.host,
        port=arguments.port,
        http=BreakableConnection,
        # The paths of calls hold full numbers: no line for each request.
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
