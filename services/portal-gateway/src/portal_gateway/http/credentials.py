"""Credentials, the second factor and sessions, as their owner changes them."""

from fastapi import Response
from typing_extensions import TypedDict

from portal_gateway.http import people, shapes
from portal_gateway.http.answering import Moment, answer
from portal_gateway.http.bodies import (
    Code,
    Confirmation,
    Credentials,
    NewPassword,
    NewUsername,
    Removal,
)
from portal_gateway.http.people import Enrolling, HalfLoggedIn, Person, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import Begun
from portal_gateway.usecases import changing, factors, own_sessions, proving
from portal_gateway.usecases.factors import Enrolled
from portal_gateway.usecases.gateway import Gateway

router = new_router("credentials")


@answer
class FactorShape(TypedDict):
    """Whether a second factor is set up, may be, or must be."""

    available: bool
    mandatory: bool
    since: Moment | None
    recovery_codes_left: int


@answer
class FactorOffer(TypedDict):
    """A secret for the app; it counts once its first code was confirmed."""

    secret: str
    """Base32, as it is typed."""
    uri: str
    """The same for a QR code: `otpauth://…`."""


@answer
class RecoveryCodes(TypedDict):
    """Codes that replace the app once each; they are told once."""

    recovery_codes: list[str]


@answer
class OwnSession(TypedDict):
    """Where the account is logged in."""

    id: int
    device: str | None
    created_at: Moment
    seen_at: Moment
    current: bool


@answer
class SessionList(TypedDict):
    """Sessions, the last used first."""

    sessions: list[OwnSession]


@router.post("/credentials", response_model_exclude_none=True)
async def change_credentials(
    body: Credentials, session: HalfLoggedIn, response: Response, gateway: Running
) -> Begun:
    """Change user name and password together; all other sessions end."""
    begun = await changing.change_credentials(
        gateway,
        session,
        username=body.username,
        password=body.password,
        current=body.current_password,
    )
    people.set_cookie(response, gateway, begun.token)
    return Begun(must_change_credentials=begun.must_change)


@router.post("/credentials/password", status_code=204)
async def change_password(
    body: NewPassword, session: Person, response: Response, gateway: Running
) -> None:
    """Change the password; all other sessions end."""
    begun = await changing.change_password(
        gateway, session, password=body.password, current=body.current_password
    )
    people.set_cookie(response, gateway, begun.token)


@router.post("/credentials/username", status_code=204)
async def change_username(
    body: NewUsername, session: Person, response: Response, gateway: Running
) -> None:
    """Change the user name."""
    token = await changing.change_username(
        gateway, session, username=body.username, current=body.current_password
    )
    people.set_cookie(response, gateway, token)


@router.post("/session/confirm", status_code=204)
async def confirm(
    body: Confirmation, session: Person, response: Response, gateway: Running
) -> None:
    """Type the password again: sensitive changes ask for it after a while."""
    token = await proving.confirm(gateway, session, body.current_password)
    people.set_cookie(response, gateway, token)


@router.get("/second-factor")
async def show_factor(session: Enrolling, gateway: Running) -> FactorShape:
    """Tell whether a second factor is set up, and how many recovery codes are left."""
    state = await factors.state(gateway, session)
    return {
        "available": state.is_available,
        "mandatory": state.is_mandatory,
        "since": shapes.moment(state.since),
        "recovery_codes_left": state.recovery_left,
    }


@router.post("/second-factor")
async def offer_factor(
    body: Confirmation, session: Enrolling, gateway: Running
) -> FactorOffer:
    """Draw a secret for the app; it counts once its first code was confirmed."""
    offer = await factors.offer(gateway, session, body.current_password)
    return {"secret": offer.secret, "uri": offer.uri}


@router.post("/second-factor/confirm")
async def enrol_factor(
    body: Code, session: Enrolling, response: Response, gateway: Running
) -> RecoveryCodes:
    """Ask for the second factor from now on; the recovery codes are told once."""
    enrolled = await factors.enrol(gateway, session, body.code)
    return _enrolled(response, gateway, enrolled)


@router.post("/second-factor/recovery-codes")
async def renew_recovery(
    body: Confirmation, session: Person, response: Response, gateway: Running
) -> RecoveryCodes:
    """Replace the recovery codes; the old ones work no more."""
    enrolled = await factors.renew_recovery(gateway, session, body.current_password)
    return _enrolled(response, gateway, enrolled)


@router.post("/second-factor/remove", status_code=204)
async def remove_factor(
    body: Removal, session: Person, response: Response, gateway: Running
) -> None:
    """Take the second factor off, with the password and a code."""
    token = await factors.remove(gateway, session, body.current_password, body.code)
    people.set_cookie(response, gateway, token)


@router.get("/sessions")
async def list_sessions(session: Person, gateway: Running) -> SessionList:
    """List where the account is logged in, the last used first."""
    found = await own_sessions.all_of(gateway, session)
    return {
        "sessions": [
            {
                "id": one.id,
                "device": one.device,
                "created_at": shapes.moment(one.created_at),
                "seen_at": shapes.moment(one.seen_at),
                "current": one.id == session.id,
            }
            for one in found
        ]
    }


@router.delete("/sessions", status_code=204)
async def end_other_sessions(session: Person, gateway: Running) -> None:
    """End all sessions but this one."""
    await own_sessions.end_others(gateway, session)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: int, session: Person, gateway: Running) -> None:
    """End one session."""
    await own_sessions.end(gateway, session, session_id)


def _enrolled(
    response: Response, gateway: Gateway, enrolled: Enrolled
) -> RecoveryCodes:
    people.set_cookie(response, gateway, enrolled.token)
    return {"recovery_codes": enrolled.recovery_codes}
