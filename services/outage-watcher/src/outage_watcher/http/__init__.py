"""The HTTP of outage-watcher: signals from monitoring, commands from operators."""

from fastapi import FastAPI

from outage_watcher.http import maintenance, operators, signals, webhooks
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import tell_problems


def make_api(desk: Desk) -> FastAPI:
    """Return what is served under /v1."""
    api = FastAPI(title="outage-watcher", version="1", docs_url=None, redoc_url=None)
    api.include_router(signals.routes(desk))
    api.include_router(webhooks.routes(desk))
    api.include_router(operators.routes(desk))
    api.include_router(maintenance.routes(desk))
    tell_problems(api)
    return api
