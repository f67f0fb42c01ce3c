"""Signing in, in one step or two, and out; the language, and the start page."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, RedirectResponse, Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.stages import Role
from portal_gateway.http import people
from portal_gateway.pages import navigation, refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.refusals import login_context
from portal_gateway.pages.visit import (
    LANGUAGE_COOKIE,
    Anybody,
    Form,
    Posted,
    Sent,
    Visit,
    anybody,
)
from portal_gateway.usecases import accounts
from portal_gateway.usecases.accounts import LoggedIn

router = APIRouter()

A_YEAR: Final = 365 * 24 * 60 * 60
RESUME: Final = "resume"
TYPED: Final = "typed."
ADMITS: Final[dict[str, tuple[Role, ...]]] = {
    refusals.SIGN_IN: ("customer",),
    refusals.STAFF: ("agent", "operator"),
}
"""Whom each door lets in; to the others it says what it says to strangers."""
Back = Annotated[str, Query(alias="weiter", max_length=2000)]


@router.get("/")
async def start(visit: Anybody) -> Response:
    """Show the door, or what stands behind it to whoever is in."""
    if visit.session is None:
        return await visit.page("login.html", **login_context())
    if visit.stage != "open":
        return visit.go(refusals.NEXT[str(visit.stage)])
    return visit.go(navigation.HOMES[visit.known.role])


@router.get(refusals.SIGN_IN)
@router.get(refusals.STAFF)
async def ask(visit: Anybody, back: Back = "") -> Response:
    """Show the door; `weiter`: where to go afterwards."""
    if visit.stage == "open":
        return visit.go(back if refusals.is_own(back) else "/")
    door = visit.request.url.path
    return await visit.page("login.html", **login_context(back=back, door=door))


@router.post(refusals.SIGN_IN)
@router.post(refusals.STAFF)
async def sign_in(visit: Anybody, form: Posted) -> Response:
    """Begin a session; go where the person wanted to, or ask for the second factor."""
    door = visit.request.url.path
    try:
        begun = await accounts.log_in(
            visit.gateway,
            form.get("username"),
            form.get("password"),
            people.visitor(visit.request, *ADMITS[door]),
        )
    except Refused as refused:
        return await _again(visit, form, refused)
    if begun.factor_pending:
        response = await _ask_for_code(visit.carry(begun.token), form)
    else:
        response = await _let_in(visit, form, begun)
    people.set_cookie(response, visit.gateway, begun.token)
    return response


@router.get(refusals.SECOND)
async def ask_for_code(visit: Anybody) -> Response:
    """Show the second step to whoever did the first."""
    if visit.stage != "second_factor":
        return visit.go("/")
    return await visit.page("code.html", **login_context())


@router.post(refusals.SECOND)
async def take_code(visit: Anybody, form: Sent) -> Response:
    """Let in who has the second factor, too."""
    if visit.stage != "second_factor":
        return visit.go("/")
    try:
        begun = await accounts.take_second_step(
            visit.gateway, visit.known, form.get("code")
        )
    except Refused as refused:
        said = texts.say(refused.code, visit.language, refused.facts)
        status = refusals.form_status(refused.code)
        return await _ask_for_code(visit, form, status=status, problem=said.detail)
    response = await _let_in(visit, form, begun)
    people.set_cookie(response, visit.gateway, begun.token)
    return response


@router.get("/anmelden/wieder")
async def sign_in_again(
    visit: Anybody, account: Annotated[str, Query(alias="konto", max_length=20)] = ""
) -> Response:
    """
    Return the door as a dialogue over a page whose session ended.

    Whoever is in again meanwhile, as here or in another tab, goes on: `konto` is his.
    """
    if visit.stage == "open" and str(visit.known.account_id) == account:
        return HTMLResponse(visit.part("parts/renewed.html"))
    html = visit.part(
        "parts/sign_in_again.html",
        username="",
        problem=None,
        door=refusals.door_of(visit.request),
    )
    return HTMLResponse(html)


@router.post("/abmelden")
async def sign_out(visit: Anybody) -> Response:
    """End the session."""
    await accounts.log_out(visit.gateway, people.token_of(visit.request))
    is_staff = visit.session is not None and visit.session.role != "customer"
    door = refusals.STAFF if is_staff else refusals.SIGN_IN
    response = visit.go(door, Notice("login.out"))
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
    known = {
        "username": form.get("username"),
        "problem": said.detail,
        "door": visit.request.url.path,
    }
    if visit.is_fragment:
        return visit.fragment("parts/sign_in_again.html", status=status, **known)
    context = login_context(
        **known, back=form.get("back"), resume=form.get(RESUME), typed=waiting(form)
    )
    page = await visit.page("login.html", status=status, **context)
    page.headers.update(refused.headers)
    return page


async def _ask_for_code(
    visit: Visit, form: Form, *, status: int = 200, problem: str | None = None
) -> Response:
    """Ask for the second step; what the first was for goes along."""
    if visit.is_fragment:
        return visit.fragment("parts/code.html", status=status, problem=problem)
    context = login_context(
        problem=problem,
        back=form.get("back"),
        resume=form.get(RESUME),
        typed=waiting(form),
    )
    return await visit.page("code.html", status=status, **context)


async def _let_in(visit: Visit, form: Form, begun: LoggedIn) -> Response:
    """Return where the person wanted to go, with what waited to be saved."""
    inside = visit.carry(begun.token)
    if visit.is_fragment:
        if begun.must_change:
            return HTMLResponse("", 200, {"HX-Redirect": refusals.FIRST})
        return HTMLResponse(inside.part("parts/renewed.html"))
    if begun.must_change:
        return visit.go(refusals.FIRST)
    if form.get(RESUME):
        return await resume(inside, form)
    back = form.get("back")
    return visit.go(back if back and refusals.is_own(back) else "/")


async def resume(visit: Visit, form: Form, *, at_once: bool = False) -> Response:
    """Show what waits to be saved: one press sends it, or a script `at_once`."""
    to = form.get(RESUME)
    if not refusals.is_own(to):
        return visit.go("/")
    fresh = await anybody(visit.request)
    why = "resume.confirmed" if at_once else "resume.what"
    return await fresh.page(
        "resume.html", to=to, typed=waiting(form), why=why, at_once=at_once
    )


def waiting(form: Form) -> list[tuple[str, str]]:
    """Return what was being sent when the session ended."""
    pairs = form.typed()
    return [(k.removeprefix(TYPED), v) for k, v in pairs if k.startswith(TYPED)]
