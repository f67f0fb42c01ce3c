"""How services are served by HTTP."""

import httpx
import pytest
from starlette.applications import Starlette

from chassis.commands import served
from chassis.service import Service
from chassis.settings import ServiceSettings

PROXIES_KEEP = 90
"""Seconds: Traefik and Go; nginx keeps what is idle for 60."""
SETTINGS = ServiceSettings(database_url="postgresql://nobody@nowhere/nothing")


def test_what_is_idle_is_closed_by_the_other_side_first() -> None:
    """Else a request meets the end of its connection: a 502, and nobody knows why."""
    assert served(SETTINGS, Starlette()).timeout_keep_alive > PROXIES_KEEP


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("POST", "/metrics", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_a_problem(
    method: str, path: str, status: int, code: str
) -> None:
    app = Service("tiny", SETTINGS).app()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tiny") as http:
        answer = await http.request(method, path)

    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
    assert told["type"] == f"urn:ecotel:selfcare:problem:{code}"
    assert told["title"]
    assert told["detail"]
    assert ("allow" in answer.headers) == (status == 405)
