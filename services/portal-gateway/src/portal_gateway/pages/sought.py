"""Whom an agent looked for: kept by the browser, so that the way back finds it."""

import base64
import binascii
from typing import Final

from starlette.responses import Response

from portal_gateway.pages.visit import Visit

COOKIE: Final = "selfcare_sought"
PATH: Final = "/hotline"
SECONDS: Final = 900
LONGEST: Final = 200


def keep(response: Response, visit: Visit, query: str) -> Response:
    """Let the page show what was looked for, to this session alone."""
    written = f"{visit.known.id} {query[:LONGEST]}".encode()
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(written).decode(),
        max_age=SECONDS,
        path=PATH,
        secure=visit.gateway.settings.https,
        httponly=True,
        samesite="strict",
    )
    return response


def kept(visit: Visit) -> str:
    """Return what this session looked for last; nonsense is nothing."""
    try:
        written = base64.urlsafe_b64decode(visit.request.cookies.get(COOKIE, ""))
        session, _, query = written.decode().partition(" ")
    except (ValueError, binascii.Error):
        return ""
    return query if session == str(visit.known.id) else ""
