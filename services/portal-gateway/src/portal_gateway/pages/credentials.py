"""Credentials of one's own, and the letter for who forgot them."""

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.pages import refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Anybody, HalfIn, Posted, Sent
from portal_gateway.usecases import changing, forgotten

router = APIRouter()


@router.get(refusals.FIRST)
async def show(visit: HalfIn) -> Response:
    """Show the one page there is after the first log-in."""
    if visit.session and not visit.session.must_change:
        return visit.go("/")
    return await visit.page("first.html", username="", problem=None, field="")


@router.post(refusals.FIRST)
async def change(visit: HalfIn, form: Sent) -> Response:
    """Change name and password in one step; the posted password is dead then."""
    session = visit.session
    if session is None or not session.must_change:
        return visit.go("/")
    try:
        begun = await changing.change_credentials(
            visit.gateway,
            session,
            username=form.get("username"),
            password=form.get("password"),
            current=form.get("current"),
        )
    except Refused as refused:
        said = texts.say(refused.code, visit.language, refused.facts)
        return await visit.page(
            "first.html",
            status=refusals.form_status(refused.code),
            username=form.get("username"),
            problem=said.detail,
            field=_field_of(refused.code),
        )
    response = visit.go("/", Notice("first.done"))
    people.set_cookie(response, visit.gateway, begun.token)
    return response


@router.get("/vergessen")
async def ask(visit: Anybody) -> Response:
    """Ask for the one name that is remembered."""
    return await visit.page("forgotten.html", name="", problem=None)


@router.post("/vergessen")
async def send_letter(visit: Anybody, form: Posted) -> Response:
    """Post a letter if the name is known; what is shown is always the same."""
    name = form.get("name").strip()
    if not name:
        problem = visit.say("forgotten.empty")
        return await visit.page("forgotten.html", name="", problem=problem)
    address = people.visitor(visit.request).address
    try:
        await forgotten.ask(visit.gateway, name, address)
    except Refused as refused:
        return await visit.page(
            "forgotten.html",
            status=refusals.form_status(refused.code),
            name=name,
            problem=texts.say(refused.code, visit.language, refused.facts).detail,
        )
    return await visit.page("letter_ordered.html", letter=texts.LETTER[visit.language])


def _field_of(code: str) -> str:
    """Return which field the refusal is about."""
    if code.startswith("current_password"):
        return "current"
    if code.startswith("password"):
        return "password"
    return "username" if code.startswith("username") else ""
