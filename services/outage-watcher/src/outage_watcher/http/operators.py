"""What operators do: look at outages, declare, correct and end them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from outage_watcher.domain import reading
from outage_watcher.domain.outage import Lost, Outage
from outage_watcher.http.commanding import (
    PLACES,
    body_of,
    carried_out,
    change,
    command,
    needs_place,
    nulls,
)
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import Problem
from outage_watcher.http.sources import Source
from outage_watcher.usecases.shown import shown

CORRECTED = PLACES | {"estimated_end", "voice_reachable", "note", "kind"}
DECLARED = CORRECTED | {"occurred_at", "alarm_id"}
STEPS = {"extend": PLACES | {"voice_reachable"}, "reduce": PLACES}


def routes(desk: Desk) -> APIRouter:
    """Return the doors for operators."""
    router = APIRouter(prefix="/outages", tags=["operators"])
    operator = Annotated[Source, Depends(desk.sources.operator)]

    @router.get("")
    async def outages(_who: operator) -> JSONResponse:
        """Return every open outage with its evidence, the oldest first."""
        async with desk.looking() as connection:
            found, lost = await desk.watcher.outages(connection)
        return JSONResponse({"outages": [shown(outage, lost) for outage in found]})

    @router.get("/{outage_id}")
    async def outage(outage_id: str, _who: operator) -> JSONResponse:
        """Return one outage, also when it is over, with all that happened to it."""
        async with desk.looking() as connection:
            found = await desk.operations.story(outage_id, connection)
        return JSONResponse(found, headers={"ETag": f'"{found["version"]}"'})

    _add_words(router, desk)
    _add_steps(router, desk)
    return router


def _add_words(router: APIRouter, desk: Desk) -> None:
    operator = Annotated[Source, Depends(desk.sources.operator)]

    @router.post("", status_code=201, openapi_extra=change(DECLARED))
    async def declare(request: Request, who: operator) -> JSONResponse:
        """Declare an outage; it ends by a person's word alone."""
        body = await body_of(request, desk, DECLARED)
        if body.get("alarm_id") == reading.HEARTBEAT:
            raise Problem(422, "invalid", "alarm_id: this one is a sign of life")
        order = command(request, desk, who, "declare", body)
        answer, is_new = await carried_out(desk, order)
        found, lost = await _one(desk, answer.outage_id)
        is_its_own = is_new and len(found.evidence) == 1
        return _answer(found, lost, status=201 if is_its_own else 200)

    @router.patch("/{outage_id}", openapi_extra=change(CORRECTED))
    async def correct(outage_id: str, request: Request, who: operator) -> JSONResponse:
        """Set the places or explain; null gives a field back to the sources."""
        body = await body_of(request, desk, CORRECTED)
        needs_place(body)
        given_back = {"unset": nulls(body)}
        order = command(
            request, desk, who, "correct", body | given_back, subject=outage_id
        )
        await carried_out(desk, order)
        return _answer(*await _one(desk, outage_id))


def _add_steps(router: APIRouter, desk: Desk) -> None:
    operator = Annotated[Source, Depends(desk.sources.operator)]

    async def step(
        action: str, outage_id: str, request: Request, who: Source
    ) -> JSONResponse:
        fields = STEPS.get(action, frozenset())
        body = await body_of(request, desk, fields, optional=not fields)
        order = command(request, desk, who, action, body, subject=outage_id)
        await carried_out(desk, order)
        return _answer(*await _one(desk, outage_id))

    @router.post("/{outage_id}/extend", openapi_extra=change(STEPS["extend"]))
    async def extend(outage_id: str, request: Request, who: operator) -> JSONResponse:
        """Add places; they are diverted unless calls are said to arrive there too."""
        return await step("extend", outage_id, request, who)

    @router.post("/{outage_id}/reduce", openapi_extra=change(STEPS["reduce"]))
    async def reduce(outage_id: str, request: Request, who: operator) -> JSONResponse:
        """Take away places that are not affected any more."""
        return await step("reduce", outage_id, request, who)

    @router.post("/{outage_id}/withdraw", openapi_extra=change())
    async def withdraw(outage_id: str, request: Request, who: operator) -> JSONResponse:
        """End an outage that was a false alarm."""
        return await step("withdraw", outage_id, request, who)

    @router.post("/{outage_id}/clear", openapi_extra=change())
    async def clear(outage_id: str, request: Request, who: operator) -> JSONResponse:
        """End an outage that is over, whatever the sources say."""
        return await step("clear", outage_id, request, who)


async def _one(desk: Desk, outage_id: str | None) -> tuple[Outage, Lost]:
    async with desk.looking() as connection:
        return await desk.operations.outage(outage_id or "", connection)


def _answer(outage: Outage, lost: Lost, *, status: int = 200) -> JSONResponse:
    said: dict[str, Any] = shown(outage, lost)
    return JSONResponse(said, status, headers={"ETag": f'"{outage.version}"'})
