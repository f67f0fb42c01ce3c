"""»Sicherheit«: password, user name, second factor, and where one is signed in."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.pages import refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Person, Sent, Visit
from portal_gateway.store.known_targets import Waiting
from portal_gateway.usecases import changing, factors, own_sessions, terms

router = APIRouter()

HERE: Final = "/sicherheit"


@router.get(HERE)
async def show(visit: Person) -> Response:
    """Show all of it."""
    return await page(visit)


@router.post(f"{HERE}/kennwort")
async def change_password(visit: Person, form: Sent) -> Response:
    """Change the password; everywhere else the person is signed out."""
    try:
        begun = await changing.change_password(
            visit.gateway,
            visit.known,
            password=form.get("password"),
            current=form.get("current"),
        )
    except Refused as refused:
        return await refuse(visit, "password", refused)
    response = visit.go(HERE, Notice("security.password.done"))
    people.set_cookie(response, visit.gateway, begun.token)
    return response


@router.post(f"{HERE}/benutzername")
async def change_username(visit: Person, form: Sent) -> Response:
    """Change the user name."""
    name = form.get("username")
    try:
        token = await changing.change_username(
            visit.gateway, visit.known, username=name, current=form.get("current")
        )
    except Refused as refused:
        return await refuse(visit, "username", refused, typed=name)
    response = visit.go(HERE, Notice("security.username.done", {"name": name.strip()}))
    people.set_cookie(response, visit.gateway, token)
    return response


@router.post(f"{HERE}/sitzungen/andere")
async def end_others(visit: Person, _form: Sent) -> Response:
    """End all other sessions."""
    ended = await own_sessions.end_others(visit.gateway, visit.known)
    return visit.go(HERE, Notice("security.sessions.ended", {"n": ended}))


@router.post(f"{HERE}/sitzungen/{{session_id}}")
async def end_one(session_id: int, visit: Person, _form: Sent) -> Response:
    """End one session."""
    await own_sessions.end(visit.gateway, visit.known, session_id)
    return visit.go(HERE, Notice("security.sessions.ended", {"n": 1}))


async def refuse(
    visit: Visit, section: str, refused: Refused, *, typed: str = ""
) -> Response:
    """Say in its section what was not taken; what was typed stays."""
    said = texts.say(refused.code, visit.language, refused.facts)
    response = await page(
        visit,
        status=refusals.form_status(refused.code),
        section=section,
        problem=said.detail,
        field=field_of(refused.code),
        typed=typed,
    )
    response.headers.update(refused.headers)
    return response


async def page(visit: Visit, *, status: int = 200, **told: Any) -> Response:
    """Return the page; `section` and `problem`: what was not taken."""
    blank: dict[str, Any] = dict.fromkeys(("section", "field", "typed"), "")
    return await visit.page(
        "security.html",
        status=status,
        factor=await factors.state(visit.gateway, visit.known),
        sessions=await own_sessions.all_of(visit.gateway, visit.known),
        waiting=await _waiting(visit),
        **{**blank, "problem": None, **told},
    )


async def _waiting(visit: Visit) -> Sequence[Waiting]:
    """Return the customer's new targets that cannot be used yet."""
    number = visit.known.customer_number
    if number is None:
        return ()
    return (await terms.of_customer(visit.gateway, number)).waiting


def field_of(code: str) -> str:
    """Return which field a refusal is about."""
    if code.startswith("current_password"):
        return "current"
    if code.startswith("second_factor"):
        return "code"
    if code.startswith("password"):
        return "password"
    return "username" if code.startswith("username") else ""
