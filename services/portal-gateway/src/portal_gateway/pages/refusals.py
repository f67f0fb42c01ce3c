"""What did not work, as a page, or as a word on the page that is there."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chassis.postgres import TRANSIENT
from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.stages import NEEDS
from portal_gateway.http import people
from portal_gateway.http.problems import STATUS, UNPROCESSABLE
from portal_gateway.http.routes import audit
from portal_gateway.http.security import SAFE_METHODS
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import (
    CSRF,
    Form,
    Visit,
    anybody,
    language_of,
    posted,
)
from portal_gateway.pages.whereabouts import page_of

log = structlog.get_logger()

SIGN_IN: Final = "/anmelden"
FIRST: Final = "/zugangsdaten"
STAFF: Final = "/team"
SECOND: Final = "/anmelden/code"
ENROL: Final = "/sicherheit/zweiter-faktor"
CONFIRM: Final = "/sicherheit/bestaetigen"
NEXT: Final = {"second_factor": SECOND, "credentials": FIRST, "enrolment": ENROL}
"""Where each stage of a log-in goes on."""
SENT_ON: Final = {NEEDS[stage]: path for stage, path in NEXT.items()}
STAFF_PAGES: Final = ("/hotline", "/netzbetrieb", STAFF)
FINE: Final = 200
UNAUTHORIZED: Final = 401
NOT_ALLOWED: Final = 405
TOO_MANY: Final = 429
BY_STATUS: Final = {
    404: "not_found",
    NOT_ALLOWED: "method_not_allowed",
    413: "body_too_large",
}
PAGES: Final = {404: "404", 403: "403", 500: "500", 503: "503"}

Handler = Callable[[Request, Any], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Let every way to fail end as a page in the person's language."""

    async def on_refused(request: Request, refused: Refused) -> Response:
        await audit(request, refused)
        return await answer(request, refused)

    async def on_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == NOT_ALLOWED and request.method == "GET":
            return RedirectResponse(page_of(request), 303)
        code = BY_STATUS.get(error.status_code, "invalid_form")
        return await answer(request, Refused(code, headers=error.headers))

    async def on_invalid(request: Request, _error: RequestValidationError) -> Response:
        return await answer(request, Refused("not_found"))

    async def on_unavailable(request: Request, error: Exception) -> Response:
        log.warning("page_unavailable", error=repr(error))
        headers = {"Retry-After": "5"}
        kept = await _to_send_again(request, headers)
        return kept or bare(request, "unavailable", headers)

    async def on_bug(request: Request, _error: Exception) -> Response:
        return bare(request, "internal_error", {})

    handlers: dict[Any, Handler] = {
        Refused: on_refused,
        HTTPException: on_http,
        RequestValidationError: on_invalid,
        Exception: on_bug,
        **dict.fromkeys(TRANSIENT, on_unavailable),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def answer(request: Request, refused: Refused) -> Response:
    """Return what a person sees for a refusal that no page took care of."""
    visit = await anybody(request)
    if refused.code in SENT_ON:
        return _sent_away(visit, SENT_ON[refused.code])
    if refused.code == "confirmation_required":
        return await _confirm_first(visit)
    if refused.code in {"not_logged_in", "form_expired"}:
        return await _sign_in_first(visit, refused)
    status = STATUS.get(refused.code, UNPROCESSABLE)
    said = texts.say(refused.code, visit.language, refused.facts)
    headers = dict(refused.headers)
    if visit.is_fragment:
        return _notice(visit, said.detail, status, headers)
    kind = PAGES.get(status, "other")
    page = await visit.page("error.html", status=status, kind=kind, said=said)
    page.headers.update(headers)
    return page


def bare(request: Request, code: str, headers: dict[str, str]) -> Response:
    """Return a page that needs no database: it may be what is missing."""
    status = STATUS.get(code, UNPROCESSABLE)
    visit = Visit(request, people.the_gateway(request), language_of(request))
    said = texts.say(code, visit.language, {})
    if visit.is_fragment:
        return _notice(visit, said.detail, status, headers)
    html = visit.part("error.html", kind=PAGES.get(status, "other"), said=said)
    return HTMLResponse(html, status, headers)


async def _to_send_again(request: Request, headers: dict[str, str]) -> Response | None:
    """Give back what was being sent, where all of it may be: a page, no database."""
    visit = Visit(request, people.the_gateway(request), language_of(request))
    if visit.is_fragment or request.method in SAFE_METHODS:
        return None
    form = await _being_sent(visit)
    typed, all_of_it = form.typed(), (await request.form()).multi_items()
    if CSRF not in form or len(typed) + 1 < len(all_of_it):
        return None
    to = request.url.path
    html = visit.part("resume.html", to=to, typed=typed, why="resume.away")
    return HTMLResponse(html, STATUS["unavailable"], headers)


def _notice(
    visit: Visit, text: str, status: int, headers: dict[str, str]
) -> HTMLResponse:
    """Say it where notices stand; what was typed is not touched."""
    html = visit.part("parts/problem.html", text=text)
    aimed = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
    return HTMLResponse(html, status, {**headers, **aimed})


def _sent_away(visit: Visit, path: str) -> Response:
    if visit.is_fragment:
        return HTMLResponse("", UNAUTHORIZED, {"HX-Redirect": path})
    return RedirectResponse(path, 303)


async def _sign_in_first(visit: Visit, refused: Refused) -> Response:
    """Ask to sign in again, and keep what was being sent."""
    if visit.is_fragment:
        if visit.session:  # an old form of a new session: its token can be renewed
            html = visit.part("parts/renewed.html")
        else:
            door = door_of(visit.request)
            html = visit.part(
                "parts/sign_in_again.html", username="", problem=None, door=door
            )
        aimed = {"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"}
        return HTMLResponse(html, UNAUTHORIZED, aimed)
    if visit.request.method in SAFE_METHODS:
        back = _own_path(visit.request)
        door = door_of(visit.request)
        return RedirectResponse(f"{door}?weiter={quote(back)}", 303)
    form = await _being_sent(visit)
    if upload := form.file("file"):  # no page can give it back: it is chosen again
        await upload.close()
        here = page_of(visit.request)
        door = f"{door_of(visit.request)}?weiter={quote(here)}"
        return visit.go(here if visit.session else door, Notice("login.file_again"))
    typed, path = form.typed(), visit.request.url.path
    status = STATUS.get(refused.code, UNAUTHORIZED)
    if visit.session:
        return await visit.page(
            "resume.html", status=status, to=path, typed=typed, why="resume.renewed"
        )
    return await visit.page(
        "login.html",
        status=status,
        **login_context(resume=path, typed=typed, door=door_of(visit.request)),
    )


async def _confirm_first(visit: Visit) -> Response:
    """Ask for the password again, and keep what was being sent."""
    if visit.is_fragment:
        html = visit.part("parts/confirm.html", problem=None)
        aimed = {"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"}
        return HTMLResponse(html, form_status("confirmation_required"), aimed)
    return await visit.page(
        "confirm.html",
        status=form_status("confirmation_required"),
        resume=visit.request.url.path,
        typed=(await _being_sent(visit)).typed(),
        problem=None,
    )


async def _being_sent(visit: Visit) -> Form:
    known: Form | None = getattr(visit.request.state, "form", None)
    return known or await posted(visit.request)


def door_of(request: Request) -> str:
    """Return the door of whoever looks at this page: customers', or staff's."""
    shown = request.headers.get("hx-current-url") or request.url.path
    with suppress(ValueError):  # whoever sends what is no address is at no door
        return STAFF if urlsplit(shown).path.startswith(STAFF_PAGES) else SIGN_IN
    return SIGN_IN


def form_status(code: str) -> int:
    """
    Return the status of a page or row that says what is wrong with a form.

    It is what was asked for, so 200: browsers log anything else as a fault of the page.
    Only who tries too often, or comes while we are away, hears it in the status, too.
    """
    status = STATUS.get(code, UNPROCESSABLE)
    return status if status >= TOO_MANY else FINE


def login_context(**known: Any) -> dict[str, Any]:
    """Return what the sign-in page needs; `resume` and `typed`: what waits for it."""
    blank: dict[str, Any] = dict.fromkeys(("resume", "back", "username"), "")
    return {**blank, "typed": [], "problem": None, "door": SIGN_IN, **known}


def _own_path(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}"


def is_own(path: str) -> bool:
    """Tell whether a path leads to our own pages and nowhere else."""
    try:
        parts = urlsplit(path)
    except ValueError:  # it is no address
        return False
    plain = not (parts.scheme or parts.netloc) and "\\" not in path
    return plain and path.startswith("/") and not path.startswith("//")
