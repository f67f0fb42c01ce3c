"""Log-in in one step or two, log-out, and letters for who forgot."""

from typing import Annotated

from fastapi import Request, Response
from typing_extensions import TypedDict

from portal_gateway import texts
from portal_gateway.http import people
from portal_gateway.http.answering import answer, one_of
from portal_gateway.http.bodies import Code, Forgotten, Login
from portal_gateway.http.people import Anybody, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import Begun
from portal_gateway.usecases import accounts, forgotten

router = new_router("accounts")


@answer
class LetterAsked(TypedDict):
    """What is said whether or not there is such a customer."""

    detail: str


@answer
class SessionShape(TypedDict):
    """Who is logged in, and how far."""

    username: str | None
    role: Annotated[str, one_of("customer", "agent", "operator")]
    customer_number: str | None
    must_change_credentials: bool
    second_factor: bool
    """One is set up."""
    needs: Annotated[str, one_of("second_factor", "credentials", "enrolment")] | None
    """What comes before all else, if anything."""


@router.post("/login", response_model_exclude_none=True)
async def log_in(
    body: Login, request: Request, response: Response, gateway: Running
) -> Begun:
    """
    Begin a session; with a posted password it may only change the credentials.

    Where a second factor is set up the answer says `second_factor_required`: the cookie
    then opens `POST /login/second-factor` only, for ten minutes.
    """
    begun = await accounts.log_in(
        gateway, body.username, body.password, people.visitor(request)
    )
    people.set_cookie(response, gateway, begun.token)
    return Begun(
        must_change_credentials=begun.must_change,
        second_factor_required=True if begun.factor_pending else None,
    )


@router.post("/login/second-factor", response_model_exclude_none=True)
async def take_second_step(
    body: Code, session: Anybody, response: Response, gateway: Running
) -> Begun:
    """Finish a log-in with a code of the app, or with a recovery code."""
    begun = await accounts.take_second_step(gateway, session, body.code)
    people.set_cookie(response, gateway, begun.token)
    return Begun(must_change_credentials=begun.must_change)


@router.post("/logout", status_code=204)
async def log_out(request: Request, response: Response, gateway: Running) -> None:
    """End the session; without one, nothing happens."""
    await accounts.log_out(gateway, people.token_of(request))
    people.drop_cookie(response, gateway)


@router.post("/credentials/forgotten", status_code=202)
async def ask_for_letter(
    body: Forgotten, request: Request, gateway: Running
) -> LetterAsked:
    """Ask for a letter with a new password; the answer is always the same."""
    name = body.customer_number or body.username or ""
    await forgotten.ask(gateway, name, people.visitor(request).address)
    language = texts.language_of(request.headers.get("accept-language"))
    return {"detail": texts.LETTER[language]}


@router.get("/session")
async def who_am_i(session: Anybody, gateway: Running) -> SessionShape:
    """Tell who is logged in, and how far: `needs` is what comes next, if anything."""
    stage = accounts.stage(gateway, session)
    return {
        "username": session.username,
        "role": session.role,
        "customer_number": session.customer_number,
        "must_change_credentials": session.must_change,
        "second_factor": session.has_factor,
        "needs": None if stage == "open" else stage,
    }
