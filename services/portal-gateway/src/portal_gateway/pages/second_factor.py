"""Setting up the second factor: the password, a picture for the app, its first code."""

from typing import Final

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.pages import refusals, security
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Enrolling, Person, Sent, Visit
from portal_gateway.usecases import factors
from portal_gateway.usecases.factors import Enrolled

router = APIRouter()

HERE: Final = refusals.ENROL


@router.get(HERE)
async def show(visit: Enrolling) -> Response:
    """Show the step that comes next: the password, or the picture and a code."""
    if visit.known.has_factor:
        return visit.go(security.HERE)
    return await _page(visit)


@router.post(HERE)
async def offer(visit: Enrolling, form: Sent) -> Response:
    """Draw a secret for who knows the password."""
    try:
        await factors.offer(visit.gateway, visit.known, form.get("current"))
    except Refused as refused:
        if visit.stage == "open":
            return await security.refuse(visit, "factor", refused)
        return await _page(visit, refused=refused)
    return visit.go(HERE)


@router.post(f"{HERE}/bestaetigen")
async def enrol(visit: Enrolling, form: Sent) -> Response:
    """Ask for the second factor from now on; the recovery codes are shown once."""
    try:
        enrolled = await factors.enrol(visit.gateway, visit.known, form.get("code"))
    except Refused as refused:
        return await _page(visit, refused=refused)
    return await _codes(visit, enrolled)


@router.post(f"{HERE}/ersatzcodes")
async def renew_recovery(visit: Person, form: Sent) -> Response:
    """Replace the recovery codes, and show them once."""
    try:
        enrolled = await factors.renew_recovery(
            visit.gateway, visit.known, form.get("current")
        )
    except Refused as refused:
        return await security.refuse(visit, "recovery", refused)
    return await _codes(visit, enrolled)


@router.post(f"{HERE}/entfernen")
async def remove(visit: Person, form: Sent) -> Response:
    """Take the second factor off, with both proofs."""
    try:
        token = await factors.remove(
            visit.gateway, visit.known, form.get("current"), form.get("code")
        )
    except Refused as refused:
        return await security.refuse(visit, "removal", refused)
    response = visit.go(security.HERE, Notice("security.factor.removed"))
    people.set_cookie(response, visit.gateway, token)
    return response


async def _page(visit: Visit, *, refused: Refused | None = None) -> Response:
    offered = await factors.offered(visit.gateway, visit.known)
    code, facts = (refused.code, refused.facts) if refused else ("", {})
    return await visit.page(
        "second_factor.html",
        status=refusals.form_status(code) if refused else 200,
        offered=offered,
        picture=_picture(offered.uri) if offered else None,
        mandatory=visit.stage == "enrolment",
        problem=texts.say(code, visit.language, facts).detail if refused else None,
    )


def _picture(uri: str) -> Markup:
    drawn = segno.make(uri, error="m").svg_inline(
        scale=5, border=3, dark="#000", light="#fff", omitsize=True, svgclass="qr"
    )
    return Markup(drawn)  # noqa: S704 - drawn here, of squares alone


async def _codes(visit: Visit, enrolled: Enrolled) -> Response:
    inside = visit.carry(enrolled.token)
    response = await inside.page("recovery_codes.html", codes=enrolled.recovery_codes)
    people.set_cookie(response, visit.gateway, enrolled.token)
    return response
