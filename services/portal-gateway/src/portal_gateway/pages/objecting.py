"""A page for owners of numbers, who are nobody's customers: no calls to me, please."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.pages import refusals
from portal_gateway.pages.visit import Anybody, Form, Posted, Visit
from portal_gateway.usecases import objecting

router = APIRouter()

HERE: Final = "/umleitung-beenden"
LONGEST: Final = 64


@router.get(HERE)
async def show(visit: Anybody) -> Response:
    """Ask for the number."""
    return await _page(visit, "number")


@router.post(HERE)
async def ask(visit: Anybody, form: Posted) -> Response:
    """Send a code to the number if it is a target; what is shown is the same."""
    if not objecting.is_offered(visit.gateway):
        return await _page(visit, "number", form)
    address = people.visitor(visit.request).address
    try:
        await objecting.ask(
            visit.gateway, form.get("number", longest=LONGEST), address, visit.language
        )
    except Refused as refused:
        return await _refuse(visit, "number", form, refused)
    return await _page(visit, "code", form)


@router.post(f"{HERE}/code")
async def prove(visit: Anybody, form: Posted) -> Response:
    """End forwardings to the number whose code was typed."""
    address = people.visitor(visit.request).address
    number = form.get("number", longest=LONGEST)
    code = form.get("code", longest=LONGEST)
    try:
        await objecting.prove(visit.gateway, number, code, address)
    except Refused as refused:
        return await _refuse(visit, "code", form, refused)
    return await _page(visit, "done", form)


async def _refuse(visit: Visit, step: str, form: Form, refused: Refused) -> Response:
    said = texts.say(refused.code, visit.language, refused.facts)
    status = refusals.form_status(refused.code)
    page = await _page(visit, step, form, status=status, problem=said.detail)
    page.headers.update(refused.headers)
    return page


async def _page(
    visit: Visit,
    step: str,
    form: Form | None = None,
    *,
    status: int = 200,
    problem: str | None = None,
) -> Response:
    return await visit.page(
        "objecting.html",
        status=status,
        step=step,
        number=form.get("number", longest=LONGEST) if form else "",
        code=form.get("code", longest=LONGEST) if form else "",
        problem=problem,
        is_offered=objecting.is_offered(visit.gateway),
    )
