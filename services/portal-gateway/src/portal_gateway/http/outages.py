"""Outages, coverage, and what would happen if a line failed."""

from typing import Annotated

from fastapi import Request
from typing_extensions import TypedDict

from portal_gateway import texts
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Window
from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, Number, NumberKind, answer, one_of
from portal_gateway.http.bodies import WhatIf
from portal_gateway.http.people import For, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import OutageList, OutageShape
from portal_gateway.usecases import holds, outages
from portal_gateway.usecases.outages import Unprotected

router = new_router("outages")


@answer
class Maintenance(TypedDict):
    """Work that is planned at the customer's lines."""

    id: str
    places: list[str]
    """His lines, and elements above them."""
    starts_at: Moment
    ends_at: Moment
    takes_calls: bool
    """No calls get through while it lasts, unless they are diverted."""
    note: str | None


@answer
class MaintenanceList(TypedDict):
    """Planned work, next first."""

    maintenance: list[Maintenance]


@answer
class NamedNumbers(TypedDict):
    """A number, or a block by both its ends."""

    number: Number
    kind: NumberKind
    last: Number | None


@answer
class UnprotectedNumbers(NamedNumbers):
    """Numbers whose calls are lost while their line is down."""

    numbers: int
    """How many: a block without those in it that are listed themselves."""
    reason: str
    """`no_target`, `switched_off`, `target_barred`, `not_open_yet`, `ported_out`."""
    detail: str
    """The same in words."""


@answer
class Coverage(TypedDict):
    """How many numbers are protected, and those that are not."""

    protected: int
    unprotected: int
    numbers: list[UnprotectedNumbers]
    all_held: bool
    """Every forwarding is held off by staff: nobody is protected now."""


@answer
class MovedNumbers(NamedNumbers):
    """Numbers that hang on the line, and where their calls would go."""

    numbers: int
    """How many: a block without those in it that are listed themselves."""
    target: Number | None
    """Null: nobody would be reached."""
    keep_extension: bool
    """The target is the first number of a block of the same size."""
    source: Annotated[str, one_of("own", "block", "none")]


@answer
class WhatIfAnswer(TypedDict):
    """What would happen if the line failed now."""

    line: str
    numbers: list[MovedNumbers]


@router.get("/outages")
async def list_outages(acting: For, gateway: Running) -> OutageList:
    """List outages that touch the customer's lines: open ones first, then newest."""
    found = await outages.all_of(gateway, acting.customer)
    return {"outages": [shapes.outage(touched) for touched in found]}


@router.get("/maintenance")
async def list_maintenance(acting: For, gateway: Running) -> MaintenanceList:
    """List the work that is planned at the customer's lines, next first."""
    found = await outages.ahead(gateway, acting.customer)
    return {"maintenance": [_planned(window, places) for window, places in found]}


@router.get("/outages/{outage_id}")
async def show_outage(outage_id: str, acting: For, gateway: Running) -> OutageShape:
    """Show one outage."""
    return shapes.outage(await outages.one(gateway, acting.customer, outage_id))


@router.get("/coverage")
async def show_coverage(request: Request, acting: For, gateway: Running) -> Coverage:
    """Tell which numbers nobody would reach while their line is down, and why."""
    language = texts.language_of(request.headers.get("accept-language"))
    protected, bare = await outages.coverage(gateway, acting.customer)
    return {
        "protected": protected,
        "unprotected": sum(one.numbers for one in bare),
        "numbers": [_bare(one, language) for one in bare],
        "all_held": await holds.is_all_held(gateway),
    }


@router.post("/what-if")
async def what_if(body: WhatIf, acting: For, gateway: Running) -> WhatIfAnswer:
    """Tell which numbers would go where if the line failed now."""
    found = await outages.what_if(gateway, acting.customer, body.line)
    return {"line": body.line, "numbers": [_moved(*one) for one in found]}


def _planned(window: Window, places: list[str]) -> Maintenance:
    return {
        "id": window.id,
        "places": places,
        "starts_at": shapes.moment(window.starts_at),
        "ends_at": shapes.moment(window.ends_at),
        "takes_calls": window.takes_calls,
        "note": window.note,
    }


def _bare(one: Unprotected, language: texts.Language) -> UnprotectedNumbers:
    return {
        **_named(one.entry),
        "numbers": one.numbers,
        "reason": one.reason,
        "detail": texts.REASONS[one.reason][language],
    }


def _moved(entry: Entry, numbers: int) -> MovedNumbers:
    return {
        **_named(entry),
        "numbers": numbers,
        "target": entry.rule.target if entry.is_armed else None,
        "keep_extension": entry.rule.keep_extension,
        "source": entry.source,
    }


def _named(entry: Entry) -> NamedNumbers:
    return {
        "number": entry.span[0],
        "kind": shapes.kind(entry.span),
        "last": shapes.last(entry.span),
    }
