"""What operators do: look at open outages, declare, correct and end them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from chassis.inbox import Received
from contracts.event import new_id
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.outage import Lost, Outage, Reason
from outage_watcher.domain.report import Correction
from outage_watcher.http.bodies import object_of
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import Problem
from outage_watcher.http.sources import Source

PLACES = frozenset({"element", "lines"})
CORRECTED = PLACES | {"estimated_end", "voice_reachable", "note"}
DECLARED = CORRECTED | {"kind", "occurred_at", "alarm_id"}


def routes(desk: Desk) -> APIRouter:
    """Return the doors for operators."""
    router = APIRouter(prefix="/outages", tags=["operators"])
    operator = Annotated[Source, Depends(desk.sources.operator)]

    @router.get("")
    async def outages(_who: operator) -> JSONResponse:
        """Return every open outage with its evidence, the oldest first."""
        async with desk.transaction() as connection:
            found, lost = await desk.watcher.outages(connection)
        return JSONResponse({"outages": [shown(outage, lost) for outage in found]})

    @router.post("", status_code=201)
    async def declare(request: Request, who: operator) -> JSONResponse:
        """Declare an outage; it ends by a person's word alone."""
        body = await object_of(request, most=desk.most_bytes, fields=DECLARED)
        said = {"alarm_id": new_id()} | body
        event = _signal(said | {"state": "down", "confirmed": True}, who)
        heard = Received(event, new_id(), desk.clock.now())
        async with desk.transaction() as connection:
            outage, is_new = await desk.watcher.declare(heard, connection)
        return JSONResponse(shown(outage), 201 if is_new else 200)

    @router.patch("/{outage_id}")
    async def correct(outage_id: str, request: Request, who: operator) -> JSONResponse:
        """Extend, reduce or explain; null gives a field back to the sources."""
        body = await object_of(request, most=desk.most_bytes, fields=CORRECTED)
        change = _change(body, who)
        async with desk.transaction() as connection:
            outage = await desk.watcher.correct(outage_id, change, connection)
        return JSONResponse(shown(outage))

    _add_ends(router, desk)
    return router


def _add_ends(router: APIRouter, desk: Desk) -> None:
    operator = Annotated[Source, Depends(desk.sources.operator)]

    @router.post("/{outage_id}/withdraw")
    async def withdraw(outage_id: str, _who: operator) -> JSONResponse:
        """End an outage that was a false alarm."""
        return await _end(desk, outage_id, "withdrawn")

    @router.post("/{outage_id}/clear")
    async def clear(outage_id: str, _who: operator) -> JSONResponse:
        """End an outage that is over, whatever the sources say."""
        return await _end(desk, outage_id, "operator")


def shown(outage: Outage, lost: Lost = frozenset()) -> dict[str, Any]:
    """Return an outage as the API shows it."""
    report = outage.report
    return {
        "id": outage.id,
        "state": outage.state,
        "since": outage.since.isoformat(),
        "due_at": outage.due_at and outage.due_at.isoformat(),
        "version": outage.version,
        "reason": outage.reason,
        "occurred_at": outage.occurred_at.isoformat(),
        "detected_at": outage.detected_at and outage.detected_at.isoformat(),
        "reported_by": outage.reported_by,
        **_word(report),
        "uncertain": outage.is_uncertain(lost),
        "flapping": outage.flapping,
        "evidence": [_evidence(each) for each in outage.evidence],
    }


async def _end(desk: Desk, outage_id: str, reason: Reason) -> JSONResponse:
    async with desk.transaction() as connection:
        outage = await desk.watcher.close(outage_id, reason, connection)
    return JSONResponse(shown(outage))


def _signal(said: dict[str, object], who: Source) -> NetworkSignal:
    if said.get("alarm_id") == reading.HEARTBEAT:
        raise Problem(422, "invalid", "alarm_id: this one is a sign of life")
    return reading.read(said | {"source": who.name})


def _change(body: dict[str, object], who: Source) -> Callable[[Correction], Correction]:
    event = _signal(
        {name: value for name, value in body.items() if value is not None}
        | {"alarm_id": "correction", "state": "up"},
        who,
    )
    word = reading.word(event)
    named = any(body.get(name) is not None for name in PLACES)
    if named and not word.places:
        raise reading.Unmapped
    news: dict[str, Any] = {
        name: getattr(word, name) for name in body if name not in PLACES
    }
    if PLACES & set(body):
        news["places"] = Word(word.element, word.lines) if named else None
    return lambda before: replace(before, **news)


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "source": evidence.source,
        "alarm_id": evidence.alarm_id,
        "state": "down" if evidence.is_down else "up",
        "doubted": evidence.is_doubted,
        "down_at": evidence.down_at and evidence.down_at.isoformat(),
        "up_at": evidence.up_at and evidence.up_at.isoformat(),
        "heard_at": evidence.heard_at.isoformat(),
        "confirmed": evidence.confirmed,
        **_word(evidence.word),
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "element": word.element,
        "lines": word.lines,
        "kind": word.kind,
        "voice_reachable": word.voice_reachable,
        "estimated_end": word.estimated_end and word.estimated_end.isoformat(),
        "note": word.note,
    }
