"""Every refusal as a problem (RFC 9457) with a code, in the client's language."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match

from chassis.errors import Unavailable
from chassis.postgres import TRANSIENT
from portal_gateway import texts
from portal_gateway.domain.refused import Refused

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
UNPROCESSABLE: Final = 422
STATUS: Final[Mapping[str, int]] = {
    "not_logged_in": 401,
    "invalid_credentials": 401,
    "must_change_credentials": 403,
    "second_factor_required": 403,
    "second_factor_enrolment_required": 403,
    "second_factor_mandatory": 403,
    "confirmation_required": 403,
    "operators_only": 403,
    "staff_only": 403,
    "not_for_operators": 403,
    "agents_only": 403,
    "customers_only": 403,
    "form_expired": 403,
    "agents_cannot_change_targets": 403,
    "channel_not_allowed": 403,
    "cross_site_request": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "username_taken": 409,
    "customer_exists": 409,
    "numbers_active": 409,
    "option_already_ordered": 409,
    "order_not_cancellable": 409,
    "not_open_yet": 409,
    "ported_out": 409,
    "not_armed": 409,
    "request_in_progress": 409,
    "contact_exists": 409,
    "contact_not_confirmed": 409,
    "contacts_too_many": 409,
    "import_undone": 409,
    "import_not_applied": 409,
    "second_factor_exists": 409,
    "second_factor_missing": 409,
    "second_factor_not_asked": 409,
    "second_factor_not_offered": 409,
    "target_waits": 409,
    "customer_held": 409,
    "version_mismatch": 412,
    "body_too_large": 413,
    "import_too_large": 413,
    "unsupported_media_type": 415,
    "precondition_required": 428,
    "too_many_attempts": 429,
    "too_many_names": 429,
    "asked_too_often": 429,
    "asked_too_often_today": 429,
    "too_many_new_targets": 429,
    "too_many_letters": 429,
    "too_busy": 429,
    "internal_error": 500,
    "second_factor_unavailable": 503,
    "unavailable": 503,
}
"""All other codes are 422."""

_BY_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


class Problem(BaseModel):
    """What every refusal looks like; some carry more members."""

    model_config = ConfigDict(extra="allow")

    type: str
    code: str
    title: str
    status: int
    detail: str


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": "Refused, see `code`",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in ("4XX", "5XX")
}


def problem(
    accept_language: str | None,
    code: str,
    *,
    facts: Mapping[str, object] | None = None,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the answer for a code."""
    language = texts.language_of(accept_language)
    said = texts.say(code, language, facts or {})
    status = STATUS.get(code, UNPROCESSABLE)
    content = {
        **(more or {}),
        "type": f"/problems/{code}",
        "code": code,
        "title": said.title,
        "status": status,
        "detail": said.detail,
    }
    all_headers = {"Content-Language": language, **(headers or {})}
    return JSONResponse(content, status, all_headers, media_type=MEDIA_TYPE)


def answer(request: Request, refused: Refused) -> JSONResponse:
    """Return the answer for a refusal."""
    return problem(
        request.headers.get("accept-language"),
        refused.code,
        facts=refused.facts,
        more=refused.more,
        headers=refused.headers,
    )


def _allowed(request: Request) -> set[str]:
    """Return all methods of a path; each of its routes knows its own."""
    # A scope of its own: in that of the request the first route left its marks.
    scope = {
        "type": "http",
        "method": request.method,
        "path": request.scope["path"],
    }
    return {
        method
        for route in request.app.state.routes
        if route.matches(scope)[0] is not Match.NONE
        for method in route.methods
    }


def install(app: FastAPI) -> None:
    """Let every way to fail end as a problem."""

    async def on_refused(request: Request, refused: Refused) -> JSONResponse:
        return answer(request, refused)

    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        code = _BY_STATUS.get(error.status_code, "invalid_body")
        headers = dict(error.headers or {})
        if "Allow" in headers:
            headers["Allow"] = ", ".join(sorted(_allowed(request))) or headers["Allow"]
        return answer(request, Refused(code, headers=headers))

    async def on_invalid(
        request: Request, error: RequestValidationError
    ) -> JSONResponse:
        return answer(request, unreadable(error))

    async def on_unavailable(request: Request, error: Exception) -> JSONResponse:
        log.warning("request_unavailable", error=repr(error))
        return answer(request, Refused("unavailable", headers={"Retry-After": "5"}))

    async def on_bug(request: Request, _error: Exception) -> JSONResponse:
        return answer(request, Refused("internal_error"))

    handlers: dict[Any, Any] = {
        Refused: on_refused,
        HTTPException: on_http,
        RequestValidationError: on_invalid,
        Exception: on_bug,
        **dict.fromkeys((*TRANSIENT, Unavailable), on_unavailable),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def unreadable(error: RequestValidationError) -> Refused:
    """Return what is wrong with a request, without repeating what it held."""
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return Refused("invalid_body")
    unknown = [one for one in found if one["type"] == "extra_forbidden"]
    names = [_field(one["loc"]) for one in unknown or found]
    if names == [""]:
        return Refused("invalid_body")
    code = "unknown_field" if unknown else "invalid_field"
    told = [
        {"field": _field(one["loc"]), "reason": one["type"]} for one in unknown or found
    ]
    return Refused(code, facts={"fields": ", ".join(names)}, more={"errors": told})


def _field(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:64] for part in place[1:])
