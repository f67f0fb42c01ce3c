"""Every HTTP request measured by its route, so that no number gets into a metric."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics


class Measured:
    """Wraps a service's HTTP; an event stream counts until its first bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how long its answer took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                route: Any = scope.get("route")
                metrics.REQUESTS.labels(
                    scope["method"],
                    getattr(route, "path", "none"),
                    str(message["status"]),
                ).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, measured)
