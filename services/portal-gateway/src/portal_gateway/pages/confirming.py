"""The password again, before something that would hurt in a stranger's hands."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from portal_gateway import texts
from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.pages import login, refusals
from portal_gateway.pages.visit import Person, Sent
from portal_gateway.usecases import proving

router = APIRouter()


@router.post(refusals.CONFIRM)
async def confirm(visit: Person, form: Sent) -> Response:
    """Take the password, and go on with what it was asked for."""
    try:
        token = await proving.confirm(visit.gateway, visit.known, form.get("confirm"))
    except Refused as refused:
        said = texts.say(refused.code, visit.language, refused.facts)
        status = refusals.form_status(refused.code)
        if visit.is_fragment:
            return visit.fragment(
                "parts/confirm.html", status=status, problem=said.detail
            )
        return await visit.page(
            "confirm.html",
            status=status,
            resume=form.get(login.RESUME),
            typed=login.waiting(form),
            problem=said.detail,
        )
    inside = visit.carry(token)
    if visit.is_fragment:
        response: Response = HTMLResponse(inside.part("parts/renewed.html", again=True))
    else:
        response = await login.resume(inside, form, at_once=True)
    people.set_cookie(response, visit.gateway, token)
    return response
