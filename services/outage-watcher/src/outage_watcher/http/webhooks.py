"""Webhooks: what real monitoring systems send, each by the name of its source."""

import asyncio
import re
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic_core import to_json

from outage_watcher import intake
from outage_watcher.http.bodies import bytes_of
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import Problem
from outage_watcher.http.sources import Source
from outage_watcher.sources.formats import Inbound
from outage_watcher.sources.said import Said
from outage_watcher.sources.shown import shown

FORM = "application/x-www-form-urlencoded"
TYPES = re.compile(
    r"|application/([\w.+-]+\+)?json(-seq|l|lines)?|application/(x-)?(nd|ld)-?json"
    r"|application/cloudevents[\w.+-]*|application/octet-stream|text/(plain|json)"
    rf"|{FORM}"
)
FIELDS = re.compile(rb"\s*[\w.%-][\w.%\[\]-]*=")
"""How a form begins: `curl` says of anything that it is one."""
MOST_SAID = 100
"""So many reasons stand in an answer; all of them are counted and kept."""
LARGE = 100_000
"""Bytes that take as long to read as some thirty small requests take in all."""


def routes(desk: Desk) -> APIRouter:
    """Return the doors for other systems."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    authenticated = Annotated[Source, Depends(desk.sources.authenticated)]

    @router.post("/{source}", status_code=202)
    async def webhook(
        source: str, request: Request, who: authenticated, *, dry_run: bool = False
    ) -> JSONResponse:
        """
        Take what a source sends; what happened is committed with the answer.

        More than 2000 signals are taken in parts of as many, so that nobody waits for
        all of it. After a 503 some of it may have taken effect: sent again, what did
        is known, and the rest follows.
        """
        inbound = _inbound(desk, source, who)
        body = await _body(request, desk.most_bytes)
        now, headers = desk.clock.now(), dict(request.headers)
        said = await _read(inbound, body, now, headers)
        if dry_run:
            return JSONResponse(shown(said))
        await _take(desk, said, body, headers.get("content-type", ""))
        return _answer(said)

    @router.head("/{source}", include_in_schema=False)
    @router.get("/{source}")
    async def probe(source: str) -> JSONResponse:
        """Answer who looks whether somebody is here; it says nothing of the source."""
        return JSONResponse({"detail": f"POST to /v1/webhooks/{source} with a secret."})

    @router.options("/{source}")
    async def handshake(source: str, request: Request) -> Response:  # noqa: ARG001 - of the path
        """Allow deliveries, as CloudEvents' webhooks ask before the first one."""
        origin = request.headers.get("webhook-request-origin", "*")
        allowed = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
        return Response(headers={"Allow": "POST, GET, HEAD, OPTIONS"} | allowed)

    return router


def _inbound(desk: Desk, name: str, who: Source) -> Inbound:
    if who.name != name:
        raise Problem(401, "unauthenticated", "This is not the secret of this source.")
    inbound = desk.inbounds.of(name)
    if inbound is None:
        reason = f"Nobody said which format {name!r:.100} has: name it in NAMES_FILE."
        raise Problem(404, "unknown_source", reason)
    return inbound


async def _read(
    inbound: Inbound, body: bytes, now: datetime, headers: dict[str, str]
) -> Said:
    """Return how a body is read; nobody waits until a large one is."""
    read = partial(inbound.read, body, now=now, headers=headers)
    return await asyncio.to_thread(read) if len(body) > LARGE else read()


async def _take(desk: Desk, said: Said, body: bytes, content_type: str) -> None:
    watcher, changing = desk.watcher, desk.changing
    await intake.take(said, body, content_type, watcher, changing, at_once=desk.at_once)


async def _body(request: Request, most: int) -> bytes:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not TYPES.fullmatch(media):
        raise Problem(415, "unsupported_media_type", "Send JSON.")
    body = await bytes_of(request, most=most)
    if media == FORM and FIELDS.match(body):
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return to_json(dict(fields))
    return body


def _answer(said: Said) -> JSONResponse:
    rejected = [{"code": each.code, "reason": each.reason} for each in said.rejected]
    quarantined = [
        {"code": each.code, "reason": each.reason} for each in said.quarantined
    ]
    if said.is_refused:
        raise _refusal(rejected)
    return JSONResponse(
        {
            "accepted": len(said.signals),
            "rejected": rejected[:MOST_SAID],
            "quarantined": quarantined[:MOST_SAID],
        },
        202,
    )


def _refusal(rejected: list[dict[str, str]]) -> Problem:
    """Return why nothing could be taken: kept as a dead letter, not to come again."""
    first = rejected[0]
    if first["code"] in ("not_json", "empty"):
        return Problem(400, first["code"], first["reason"])
    return Problem(
        422, "no_valid_signal", first["reason"], rejected=rejected[:MOST_SAID]
    )
