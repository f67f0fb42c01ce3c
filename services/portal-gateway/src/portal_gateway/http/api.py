"""The API as one application: routes, problems, and what guards them."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from contracts.refusals import CODES
from portal_gateway import texts
from portal_gateway.domain.refused import not_found
from portal_gateway.http import (
    accounts,
    contacts,
    credentials,
    events,
    forwardings,
    history,
    holds,
    hotline,
    imports,
    operations,
    orders,
    outages,
    personal,
    problems,
    reports,
)
from portal_gateway.http.routes import LONGEST_KEY
from portal_gateway.http.security import SAFE_METHODS, Guarded
from portal_gateway.usecases.gateway import Gateway

TITLE = "ecotel @once SelfCare"
SUBJECTS = (
    *(accounts, credentials, hotline, holds, operations, orders, forwardings, imports),
    *(outages, reports, history, contacts, events, personal),
)
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "The same request with the same key gets the first answer again, "
    "for a day; another request with it is refused",
}
PATHS = ("/api/", "/openapi.json", "/problems/")
"""What begins so is the API's; all else is a page."""


def build(gateway: Gateway) -> Guarded:
    """Return the API behind its guards."""
    routes = [route for subject in SUBJECTS for route in subject.router.routes]
    app = FastAPI(
        title=TITLE,
        version="1",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        # To include a router makes each route anew, and only when somebody asks.
        routes=routes,
    )
    app.state.gateway = gateway
    app.state.routes = routes
    problems.install(app)
    app.add_api_route("/problems/{code}", _explained, include_in_schema=False)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's way
    return Guarded(app, https=gateway.settings.https)


async def _explained(code: str, request: Request) -> JSONResponse:
    """Say what a problem's type means."""
    if code not in texts.TEXTS and code not in CODES:
        raise not_found()
    language = texts.language_of(request.headers.get("accept-language"))
    title = texts.title(code, language)
    status = problems.STATUS.get(code, problems.UNPROCESSABLE)
    return JSONResponse({"code": code, "title": title, "status": status})


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schema["components"]["schemas"]["Problem"] = (
            problems.Problem.model_json_schema()
        )
        for path in schema["paths"].values():
            for method, operation in path.items():
                operation["responses"].pop("422", None)
                if method.upper() not in SAFE_METHODS:
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        app.openapi_schema = schema
    return app.openapi_schema
