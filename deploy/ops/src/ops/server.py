"""The operators' page: dashboards, alerts and runbooks under one roof."""

import gzip
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import httpx
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ops import runbooks
from ops.dashboards.model import MARKS
from ops.dashboards.pages import PAGES
from ops.paths import MONITORING
from ops.settings import Settings

UI: Final = Path(__file__).parent / "ui"
TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain"}
SAFE: Final = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_SEVERITIES: Final = ("page", "ticket", "none")


class Desk:
    """Serves the page; asks Prometheus on behalf of the browser."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._settings, self._http = settings, http
        self._templates = Environment(
            loader=PackageLoader("ops"), autoescape=select_autoescape()
        )
        portal = settings.stack.ports["portal_gateway"]
        self._links = {
            "Portal": f"http://127.0.0.1:{portal}/",
            "Prometheus": settings.prometheus,
            "Alertmanager": f"{settings.alertmanager}/#/alerts",
        }

    async def home(self, _request: Request) -> Response:
        """Begin with what customers feel."""
        return RedirectResponse("/d/impact")

    async def dashboard(self, request: Request) -> Response:
        """Show one dashboard."""
        name = request.path_params["name"]
        page = next((each for each in PAGES if each.name == name), None)
        if page is None:
            raise HTTPException(404, "There is no such dashboard.")
        return self._page(
            "dashboard.html",
            here=name,
            title=page.title,
            page=page,
            marks=[asdict(mark) for mark in MARKS],
        )

    async def model(self, request: Request) -> Response:
        """Give Perses the dashboard's JSON."""
        name = request.path_params["name"]
        if name not in {page.name for page in PAGES}:
            raise HTTPException(404, "There is no such dashboard.")
        file = MONITORING / "dashboards" / "perses" / f"{name}.json"
        return Response(file.read_bytes(), media_type="application/json")

    async def alerts(self, _request: Request) -> Response:
        """List what fires, and every alert there is."""
        told = await self._ask("/api/v1/rules?type=alert")
        groups = told.get("data", {}).get("groups", [])
        rules = [rule for group in groups for rule in group["rules"]]
        rules.sort(key=lambda rule: (rule["state"] != "firing", _rank(rule)))
        firing = [alert for rule in rules for alert in rule["alerts"]]
        firing.sort(key=lambda alert: (alert["state"] != "firing", _rank(alert)))
        return self._page(
            "alerts.html",
            here="alerts",
            title="Alerts",
            rules=rules,
            alerts=firing,
            reached=bool(groups),
            alertmanager=self._settings.alertmanager,
        )

    async def runbooks(self, _request: Request) -> Response:
        """List the runbooks."""
        names = runbooks.names()
        return self._page(
            "runbooks.html", here="runbooks", title="Runbooks", names=names
        )

    async def runbook(self, request: Request) -> Response:
        """Show what to do."""
        name = request.path_params["name"].removesuffix(".md")  # as on a forge
        text = runbooks.page(name)
        if text is None:
            raise HTTPException(404, "There is no such runbook.")
        return self._page("runbook.html", here="runbooks", title=name, text=text)

    async def prometheus(self, request: Request) -> Response:
        """Pass a question on to Prometheus' API, and to nothing else of it."""
        path = request.path_params["path"]
        if ".." in path.split("/"):
            raise HTTPException(404, "That is not of the API.")
        kept = {"content-type": request.headers.get("content-type", "")}
        try:
            answer = await self._http.request(
                request.method,
                f"{self._settings.prometheus}/api/v1/{path}",
                params=list(request.query_params.multi_items()),
                content=await request.body(),
                headers=kept if request.method == "POST" else None,
            )
        except httpx.HTTPError as error:
            why = f"Prometheus does not answer: {error!r}"
            told = {"status": "error", "errorType": "unavailable", "error": why}
            return JSONResponse(told, 502)
        return Response(
            answer.content, answer.status_code, media_type="application/json"
        )

    async def asset(self, request: Request) -> Response:
        """Serve the vendored bundle, packed as it is kept, and our own files."""
        name = request.path_params["name"]
        file, packed = UI / name, UI / f"{name}.gz"
        kind = TYPES.get(file.suffix)
        if "/" in name or kind is None or not (file.is_file() or packed.is_file()):
            raise HTTPException(404, "There is no such file.")
        if file.is_file():
            return Response(file.read_bytes(), media_type=kind)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                packed.read_bytes(),
                media_type=kind,
                headers={
                    "Content-Encoding": "gzip",
                    "Vary": "Accept-Encoding",
                    "Cache-Control": "max-age=3600",
                },
            )
        return Response(gzip.decompress(packed.read_bytes()), media_type=kind)

    async def _ask(self, path: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(f"{self._settings.prometheus}{path}")
            return dict(answer.json())
        except (httpx.HTTPError, ValueError):
            return {}

    def _page(self, template: str, **known: Any) -> Response:
        html = self._templates.get_template(template).render(
            pages=PAGES, links=self._links, **known
        )
        return HTMLResponse(html, headers=SAFE)


def create_app(settings: Settings) -> Starlette:
    """Return the page as an ASGI application."""
    http = httpx.AsyncClient(timeout=60, trust_env=False)
    desk = Desk(settings, http)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with http:
            yield

    return Starlette(
        routes=[
            Route("/", desk.home),
            Route("/d/{name}", desk.dashboard),
            Route("/dashboards/{name}.json", desk.model),
            Route("/alerts", desk.alerts),
            Route("/runbooks", desk.runbooks),
            Route("/runbooks/{name}", desk.runbook),
            Route(
                "/prometheus/api/v1/{path:path}",
                desk.prometheus,
                methods=["GET", "POST"],
            ),
            Route("/ui/{name}", desk.asset),
        ],
        lifespan=lifespan,
    )


def _rank(labelled: Mapping[str, Any]) -> tuple[int, str]:
    labels = labelled["labels"]
    severity = labels.get("severity", "none")
    order = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    return order, str(labelled.get("name") or labels.get("alertname"))
