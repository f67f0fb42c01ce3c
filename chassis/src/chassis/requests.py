"""
HTTP as all services speak it.

Every request is measured by its route, so that no number gets into a metric.
"""

import time
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics, tracing

UNTRACED = ("/health/", "/metrics")
"""Who asks every few seconds how we are begins no traces."""

NOT_FOUND = 404


class Measured:
    """Wraps a service's HTTP; an event stream counts until its first bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note how long its answer took."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(UNTRACED):
            await self._measure(scope, receive, send, None)
            return
        method: str = scope["method"]
        with tracing.span(
            method,
            _traceparent(scope),
            kind="server",
            attributes={"http.request.method": method},
        ) as span:
            await self._measure(scope, receive, send, span)

    async def _measure(
        self, scope: Scope, receive: Receive, send: Send, span: tracing.Span | None
    ) -> None:
        began = time.perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                found: Any = scope.get("route")
                route, status = getattr(found, "path", "none"), message["status"]
                metrics.REQUESTS.labels(scope["method"], route, str(status)).observe(
                    time.perf_counter() - began
                )
                if span:
                    span.say(
                        f"{scope['method']} {route}",
                        http__route=route,
                        http__response__status_code=status,
                    )
            await send(message)

        await self._app(scope, receive, measured)


def problem(
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Return a problem (RFC 9457) with a type of its own, as programs read it."""
    said = {
        "type": f"urn:ecotel:selfcare:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(
        said | more, status, headers, media_type="application/problem+json"
    )


async def refuse(_request: Request, error: Exception) -> JSONResponse:
    """Answer what is not there, or not by that method, as a problem."""
    if not isinstance(error, HTTPException):
        raise error
    code, detail = (
        ("not_found", "Nothing is at this address. See /health/ready and /metrics.")
        if error.status_code == NOT_FOUND
        else (
            "method_not_allowed",
            "This address does not take that method; Allow names those it takes.",
        )
    )
    return problem(error.status_code, code, detail, error.headers)


def _traceparent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return str(value.decode("latin-1"))
    return None
