"""Outages, coverage, and what would happen if a line failed."""

from typing import Any

from fastapi import APIRouter, Request

from portal_gateway import texts
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Window, is_block
from portal_gateway.http import shapes
from portal_gateway.http.bodies import WhatIf
from portal_gateway.http.people import For, Running
from portal_gateway.http.problems import RESPONSES
from portal_gateway.http.routes import Route
from portal_gateway.usecases import outages
from portal_gateway.usecases.outages import Unprotected

router = APIRouter(route_class=Route, responses=RESPONSES, tags=["outages"])


@router.get("/outages")
async def list_outages(acting: For, gateway: Running) -> dict[str, Any]:
    """List outages that touch the customer's lines: open ones first, then newest."""
    found = await outages.all_of(gateway, acting.customer)
    return {"outages": [shapes.outage(touched) for touched in found]}


@router.get("/maintenance")
async def list_maintenance(acting: For, gateway: Running) -> dict[str, Any]:
    """List the work that is planned at the customer's lines, next first."""
    found = await outages.ahead(gateway, acting.customer)
    return {"maintenance": [_planned(window, places) for window, places in found]}


@router.get("/outages/{outage_id}")
async def show_outage(outage_id: str, acting: For, gateway: Running) -> dict[str, Any]:
    """Show one outage."""
    return shapes.outage(await outages.one(gateway, acting.customer, outage_id))


@router.get("/coverage")
async def show_coverage(
    request: Request, acting: For, gateway: Running
) -> dict[str, Any]:
    """Tell which numbers nobody would reach while their line is down, and why."""
    language = texts.language_of(request.headers.get("accept-language"))
    protected, bare = await outages.coverage(gateway, acting.customer)
    return {
        "protected": protected,
        "unprotected": sum(one.numbers for one in bare),
        "numbers": [_bare(one, language) for one in bare],
    }


@router.post("/what-if")
async def what_if(body: WhatIf, acting: For, gateway: Running) -> dict[str, Any]:
    """Tell which numbers would go where if the line failed now."""
    found = await outages.what_if(gateway, acting.customer, body.line)
    return {"line": body.line, "numbers": [_moved(*one) for one in found]}


def _planned(window: Window, places: list[str]) -> dict[str, Any]:
    return {
        "id": window.id,
        "places": places,
        "starts_at": shapes.moment(window.starts_at),
        "ends_at": shapes.moment(window.ends_at),
        "takes_calls": window.takes_calls,
        "note": window.note,
    }


def _bare(one: Unprotected, language: texts.Language) -> dict[str, Any]:
    return {
        **_named(one.entry),
        "numbers": one.numbers,
        "reason": one.reason,
        "detail": texts.REASONS[one.reason][language],
    }


def _moved(entry: Entry, numbers: int) -> dict[str, Any]:
    return {
        **_named(entry),
        "numbers": numbers,
        "target": entry.rule.target if entry.is_armed else None,
        "keep_extension": entry.rule.keep_extension,
        "source": entry.source,
    }


def _named(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.span[0],
        "kind": "block" if is_block(entry.span) else "number",
        "last": entry.span[1] if is_block(entry.span) else None,
    }
