"""Where a page is found again that answered a form."""

from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute


def paths_shown(routers: Iterable[APIRouter]) -> frozenset[str]:
    """Return the paths, with the names of their parameters, that can be looked at."""
    routes = [route for router in routers for route in router.routes]
    return frozenset(
        route.path
        for route in routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    )


def page_of(request: Request) -> str:
    """
    Return where the page of a request is: its address, or what stands above it.

    Forms are sent to addresses below their page, at which there is nothing to see.
    """
    path = request.url.path
    route = getattr(request.scope.get("route"), "path", "")
    while route and route not in request.app.state.paths_shown:
        path, route = path.rpartition("/")[0], route.rpartition("/")[0]
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{path or '/'}{query}"
