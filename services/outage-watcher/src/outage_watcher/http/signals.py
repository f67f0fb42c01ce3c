"""Signals and heartbeats by HTTP, in our own form."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from chassis import tracing
from chassis.errors import Rejected
from chassis.inbox import Received
from contracts.event import new_id
from contracts.signals import NetworkSignal
from outage_watcher import intake
from outage_watcher.domain import reading
from outage_watcher.http.bodies import json_of, object_of
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import Problem
from outage_watcher.http.sources import Source
from outage_watcher.sources.shown import places


@dataclass(slots=True)
class Batch:
    """How a body was read: what counts, and what became of the rest."""

    signals: list[NetworkSignal] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, index: int, why: Rejected) -> None:
        """Note what became of an element that has no effect."""
        said = {"index": index, "code": why.code, "reason": why.reason}
        unmapped = isinstance(why, reading.Unmapped)
        (self.quarantined if unmapped else self.rejected).append(said)


async def read_signals(body: object, source: Source, *, at_once: int) -> Batch:
    """Read one signal or a list of them; a bad one harms no other."""
    batch = Batch()
    for index, item in enumerate(body if isinstance(body, list) else [body]):
        if index and index % at_once == 0:
            await asyncio.sleep(0)  # others have their turn
        try:
            batch.signals.append(_own(reading.read(item), source))
        except Rejected as why:
            batch.refuse(index, why)
    return batch


def routes(desk: Desk) -> APIRouter:
    """Return the doors for network monitoring."""
    router = APIRouter(tags=["signals"])
    authenticated = Annotated[Source, Depends(desk.sources.authenticated)]

    @router.post("/signals", status_code=202)
    async def signals(
        request: Request, source: authenticated, *, dry_run: bool = False
    ) -> JSONResponse:
        """
        Take one signal or a list; what happened is committed with the answer.

        A list of more than 2000 is taken in parts of as many, so that nobody waits for
        all of it. After a 503 some of it may have taken effect: sent again, what did
        is known, and the rest follows.
        """
        body = await json_of(request, most=desk.most_bytes)
        batch = await read_signals(body, source, at_once=desk.at_once)
        return await taken(desk, batch, source, dry_run=dry_run)

    @router.post("/heartbeats", status_code=202)
    async def heartbeats(request: Request, source: authenticated) -> JSONResponse:
        """Take a sign of life; a source that sent one is held to it."""
        fields = frozenset({"source"})
        body = await object_of(request, most=desk.most_bytes, fields=fields)
        beat = {"alarm_id": reading.HEARTBEAT, "state": "up"}
        said = {"source": source.name} | body | beat
        batch = await read_signals(said, source, at_once=desk.at_once)
        return await taken(desk, batch, source)

    return router


async def taken(
    desk: Desk, batch: Batch, source: Source, *, dry_run: bool = False
) -> JSONResponse:
    """Let a batch take effect and answer what became of each of its signals."""
    if dry_run:
        return JSONResponse(_shown(batch))
    unread = (*batch.rejected, *batch.quarantined)
    intake.say_unread(source.name, [each["reason"] for each in unread])
    for each in unread:
        result = "unmapped" if each["code"] == "no_place" else "invalid"
        desk.watcher.count_bad(source.name, result)
    if batch.rejected and not (batch.signals or batch.quarantined):
        raise _nothing_left(batch)
    await _hear(desk, batch.signals)
    return JSONResponse(
        {
            "accepted": len(batch.signals),
            "rejected": batch.rejected,
            "quarantined": batch.quarantined,
        },
        202,
    )


async def _hear(desk: Desk, signals: Sequence[NetworkSignal]) -> None:
    """Let signals take effect part by part; nobody waits until all are through."""
    now, trace = desk.clock.now(), tracing.here()  # one request is one trace
    heard = [Received(signal, new_id(), now, trace) for signal in signals]
    for part in intake.parts(heard, desk.at_once) if heard else ():
        async with desk.changing() as connection:
            await desk.watcher.hear(
                part.signals, connection, behind=part.behind, ahead=part.ahead
            )


def _own(signal: NetworkSignal, source: Source) -> NetworkSignal:
    if signal.reported_by != source.name:
        raise Rejected("foreign_source", "A source may only speak for itself.")
    return signal


def _nothing_left(batch: Batch) -> Problem:
    if any(each["code"] == "foreign_source" for each in batch.rejected):
        reason = "A source may only speak for itself."
        return Problem(403, "foreign_source", reason, rejected=batch.rejected)
    reason = "None of the signals can be taken."
    return Problem(422, "no_valid_signal", reason, rejected=batch.rejected)


def _shown(batch: Batch) -> dict[str, object]:
    beats = [signal for signal in batch.signals if reading.is_heartbeat(signal)]
    return {
        "signals": [
            shown
            for signal in batch.signals
            if not reading.is_heartbeat(signal)
            for shown in places(signal, signal.occurred_at)
        ],
        "heartbeats": [
            {"source": beat.reported_by, "alive": beat.state == "up"} for beat in beats
        ],
        "quarantined": batch.quarantined,
        "rejected": batch.rejected,
    }
