"""The calendar of planned work: announced before it takes places out of service."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from outage_watcher.http.commanding import (
    PLACES,
    body_of,
    carried_out,
    change,
    command,
)
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Source

CHANGED = PLACES | {
    "starts_at",
    "ends_at",
    "takes_service",
    "voice_reachable",
    "note",
}


def routes(desk: Desk) -> APIRouter:
    """Return the doors to maintenance windows."""
    router = APIRouter(prefix="/maintenance", tags=["operators"])
    operator = Annotated[Source, Depends(desk.sources.operator)]

    @router.get("")
    async def windows(_who: operator) -> JSONResponse:
        """Return the windows that are planned or run, the next first."""
        async with desk.looking() as connection:
            return JSONResponse({"windows": await desk.operations.windows(connection)})

    @router.get("/{window_id}")
    async def window(window_id: str, _who: operator) -> JSONResponse:
        """Return one window, whatever its state, and what people did to it."""
        return await _shown(desk, window_id)

    _add_changes(router, desk)
    return router


def _add_changes(router: APIRouter, desk: Desk) -> None:
    operator = Annotated[Source, Depends(desk.sources.operator)]

    @router.post("", status_code=201, openapi_extra=change(CHANGED))
    async def plan(request: Request, who: operator) -> JSONResponse:
        """Plan work; readers are told at once, the places are down from its start."""
        body = await body_of(request, desk, CHANGED)
        answer, is_new = await carried_out(
            desk, command(request, desk, who, "plan", body)
        )
        return await _shown(desk, answer.window_id, 201 if is_new else 200)

    @router.patch("/{window_id}", openapi_extra=change(CHANGED))
    async def replan(window_id: str, request: Request, who: operator) -> JSONResponse:
        """Change what is planned; of a window that runs, all but its start."""
        body = await body_of(request, desk, CHANGED)
        order = command(request, desk, who, "replan", body, subject=window_id)
        await carried_out(desk, order)
        return await _shown(desk, window_id)

    @router.post("/{window_id}/cancel", openapi_extra=change())
    async def cancel(window_id: str, request: Request, who: operator) -> JSONResponse:
        """Give the work up, or end it before its time."""
        body = await body_of(request, desk, frozenset(), optional=True)
        order = command(request, desk, who, "cancel", body, subject=window_id)
        await carried_out(desk, order)
        return await _shown(desk, window_id)


async def _shown(desk: Desk, window_id: str | None, status: int = 200) -> JSONResponse:
    async with desk.looking() as connection:
        found = await desk.operations.window(window_id or "", connection)
    return JSONResponse(found, status, headers={"ETag": f'"{found["version"]}"'})
