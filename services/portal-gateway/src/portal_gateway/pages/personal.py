"""A customer's data as a file: for himself, and for the agent whom he asks."""

import json
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway.domain.refused import Refused
from portal_gateway.http.imports import download
from portal_gateway.pages import hotline
from portal_gateway.pages.hotline import ONE, Number
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Agent, Customer, Sent
from portal_gateway.usecases import personal

router = APIRouter()

HERE: Final = "/sicherheit/daten"
FILE_NAMES: Final = {"de": "meine-daten.json", "en": "my-data.json"}


@router.post(HERE)
async def export_own(visit: Customer, _form: Sent) -> Response:
    """Return all that is kept of the customer who asks."""
    known = visit.known
    told = await personal.export(visit.gateway, visit.customer, known.name)
    return _file(told, FILE_NAMES[visit.language])


@router.post(f"{ONE}/daten")
async def export(number: Number, visit: Agent, _form: Sent) -> Response:
    """Return all that is kept of a customer; that an agent asked is kept."""
    told = await personal.export(visit.gateway, number, visit.known.name)
    return _file(told, FILE_NAMES[visit.language])


@router.post(f"{ONE}/loeschen")
async def erase(number: Number, visit: Agent, form: Sent) -> Response:
    """Erase a customer whose contract is over."""
    repeated = form.get("repeated")
    try:
        await personal.erase(
            visit.gateway, number, repeated=repeated, by=visit.known.name
        )
    except Refused as refused:
        return await hotline.refuse(visit, number, "erasure", refused, typed=repeated)
    return visit.go(hotline.HERE, Notice("hotline.erased"))


def _file(told: dict[str, Any], name: str) -> Response:
    content = json.dumps(told, indent=2, ensure_ascii=False).encode()
    return download(content, name)
