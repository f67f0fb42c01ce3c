"""Signing in and out, the language, and the start page."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.pages import navigation, refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.refusals import login_context
from portal_gateway.pages.visit import (
    LANGUAGE_COOKIE,
    Anybody,
    Form,
    Posted,
    Visit,
    anybody,
)
from portal_gateway.usecases import accounts
from portal_gateway.usecases.accounts import LoggedIn

router = APIRouter()

A_YEAR: Final = 365 * 24 * 60 * 60
RESUME: Final = "resume"
TYPED: Final = "typed."
Back = Annotated[str, Query(alias="weiter", max_length=2000)]


@router.get("/")
async def start(visit: Anybody) -> Response:
    """Show the door, or what stands behind it to whoever is in."""
    if visit.session is None:
        return await visit.page("login.html", **login_context())
    if visit.session.must_change:
        return visit.go(refusals.FIRST)
    return visit.go(navigation.HOMES[visit.session.role])


@router.get(refusals.SIGN_IN)
async def ask(visit: Anybody, back: Back = "") -> Response:
    """Show the door; `weiter`: where to go afterwards."""
    if visit.session and not visit.session.must_change:
        return visit.go(back if refusals.is_own(back) else "/")
    return await visit.page("login.html", **login_context(back=back))


@router.post(refusals.SIGN_IN)
async def sign_in(request: Request, visit: Anybody, form: Posted) -> Response:
    """Begin a session and go where the person wanted to."""
    address = request.client.host if request.client else "unknown"
    try:
        begun = await accounts.log_in(
            visit.gateway, form.get("username"), form.get("password"), address
        )
    except Refused as refused:
        return await _again(visit, form, refused)
    if visit.is_fragment:
        response: Response = _renewed(request, visit, begun)
    elif begun.must_change:
        response = visit.go(refusals.FIRST)
    elif form.get(RESUME):
        response = await _resume(request, visit, begun, form)
    else:
        back = form.get("back")
        response = visit.go(back if back and refusals.is_own(back) else "/")
    people.set_cookie(response, visit.gateway, begun)
    return response


@router.get("/anmelden/wieder")
async def sign_in_again(visit: Anybody) -> Response:
    """Return the door as a dialogue over a page whose session ended."""
    html = visit.part("parts/sign_in_again.html", username="", problem=None)
    return HTMLResponse(html)


@router.post("/abmelden")
async def sign_out(request: Request, visit: Anybody) -> Response:
    """End the session."""
    await accounts.log_out(visit.gateway, people.token_of(request))
    response = visit.go(refusals.SIGN_IN, Notice("login.out"))
    people.drop_cookie(response, visit.gateway)
    return response


@router.get("/sprache/{language}")
async def choose_language(
    visit: Anybody,
    language: Literal["de", "en"],
    back: Annotated[str, Query(alias="zurueck", max_length=2000)] = "/",
) -> Response:
    """Keep the language for a year, and show the same page in it."""
    response = RedirectResponse(back if refusals.is_own(back) else "/", 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=A_YEAR,
        path="/",
        secure=visit.gateway.settings.https,
        httponly=True,
        samesite="lax",
    )
    return response


async def _again(visit: Visit, form: Form, refused: Refused) -> Response:
    """Say why not; everything but the password stays where it was."""
    said = texts.say(refused.code, visit.language, refused.facts)
    status = refusals.form_status(refused.code)
    known = {"username": form.get("username"), "problem": said.detail}
    if visit.is_fragment:
        return visit.fragment("parts/sign_in_again.html", status=status, **known)
    context = login_context(
        **known, back=form.get("back"), resume=form.get(RESUME), typed=_waiting(form)
    )
    page = await visit.page("login.html", status=status, **context)
    page.headers.update(refused.headers)
    return page


def _waiting(form: Form) -> list[tuple[str, str]]:
    """Return what was being sent when the session ended."""
    pairs = form.typed()
    return [(k.removeprefix(TYPED), v) for k, v in pairs if k.startswith(TYPED)]


def _renewed(request: Request, visit: Visit, begun: LoggedIn) -> Response:
    """Close the dialogue, and give the page's forms the token of the new session."""
    if begun.must_change:
        return HTMLResponse("", 200, {"HX-Redirect": refusals.FIRST})
    token = _visit_of(request, visit, begun)
    return HTMLResponse(token.part("parts/renewed.html"))


async def _resume(
    request: Request, visit: Visit, begun: LoggedIn, form: Form
) -> Response:
    """Show what waits to be saved: one press sends it."""
    to = form.get(RESUME)
    if not refusals.is_own(to):
        return visit.go("/")
    fresh = await anybody(_visit_of(request, visit, begun).request)
    return await fresh.page("resume.html", to=to, typed=_waiting(form))


def _visit_of(request: Request, visit: Visit, begun: LoggedIn) -> Visit:
    """Return the visit as the browser's next one will be, with its new cookie."""
    name = people.cookie_name(visit.gateway.settings)
    request.cookies[name] = begun.token
    return Visit(request, visit.gateway, visit.language)
