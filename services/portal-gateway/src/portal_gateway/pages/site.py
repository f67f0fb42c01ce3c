"""All pages as one application; a new one gets a line in ROUTERS."""

from typing import Final

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Scope

from portal_gateway.http.security import FORMS, Guarded
from portal_gateway.pages import (
    assets,
    configurator,
    confirming,
    contacts,
    credentials,
    history,
    holds,
    hotline,
    imports,
    live,
    login,
    many,
    number,
    objecting,
    operations,
    orders,
    outages,
    personal,
    refusals,
    second_factor,
    security,
    situation,
    undoing,
    what_if,
    whereabouts,
)
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.overview import Kept

ROUTERS: Final = (
    login.router,
    credentials.router,
    orders.router,
    configurator.router,
    what_if.router,
    many.router,
    undoing.router,
    number.router,
    imports.router,
    outages.router,
    history.router,
    contacts.router,
    live.router,
    situation.router,
    confirming.router,
    security.router,
    personal.router,
    second_factor.router,
    hotline.router,
    operations.router,
    holds.router,
    objecting.router,
)
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def build(gateway: Gateway) -> Guarded:
    """Return the pages behind their guards."""
    # To include a router makes each route anew, and only when somebody asks.
    routes = [route for router in ROUTERS for route in router.routes]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, routes=routes)
    app.state.gateway = gateway
    app.state.overviews = Kept()
    app.state.paths_shown = whereabouts.paths_shown(ROUTERS)
    refusals.install(app)
    app.mount("/static", assets.Assets())

    def refuse(scope: Scope, code: str) -> ASGIApp:
        return refusals.bare(Request({**scope, "app": app}), code, {})

    # Without a referrer, browsers would hide the origin of our own forms from us.
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
    return Guarded(
        app,
        https=gateway.settings.https,
        takes=FORMS,
        headers=headers,
        refuse=refuse,
    )
