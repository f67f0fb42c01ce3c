"""The HTTP of outage-watcher: signals from monitoring, commands from operators."""

from fastapi import FastAPI

from outage_watcher.http import maintenance, operators, signals, webhooks
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import tell_problems


def make_api(desk: Desk) -> FastAPI:
    """Return what is served under /v1."""
    parts = (signals, webhooks, operators, maintenance)
    api = FastAPI(
        title="outage-watcher",
        version="1",
        docs_url=None,
        redoc_url=None,
        # To include a router makes each route anew, and only when somebody asks.
        routes=[route for part in parts for route in part.routes(desk).routes],
    )
    tell_problems(api)
    return api
