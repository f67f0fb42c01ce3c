"""What the operators' page passes on to Prometheus, and what it does without it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from ops.server import Desk
from ops.settings import Settings


@pytest.fixture
def asked() -> list[str]:
    """What Prometheus was asked for."""
    return []


@pytest.fixture
async def page(asked: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path.endswith("/query_range"):
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200, json={"status": "success"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        desk = Desk(Settings.from_env({}), http)
        way = Route("/prometheus/api/v1/{path:path}", desk.prometheus, methods=["POST"])
        transport = httpx.ASGITransport(Starlette(routes=[way]))
        base = "http://ops/prometheus/api/v1/"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            yield client


async def test_a_question_is_passed_on(
    page: httpx.AsyncClient, asked: list[str]
) -> None:
    answer = await page.post("label/job/values")

    assert answer.json() == {"status": "success"}
    assert asked == ["/api/v1/label/job/values"]


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/-/quit", "..%2f..%2f-/reload"])
async def test_nothing_beside_the_api_is_asked_for(
    page: httpx.AsyncClient, asked: list[str], path: str
) -> None:
    assert (await page.post(path)).status_code == 404
    assert asked == []


async def test_a_prometheus_that_is_away_is_an_error_of_its_api(
    page: httpx.AsyncClient,
) -> None:
    answer = await page.post("query_range")

    assert answer.status_code == 502
    assert answer.json()["status"] == "error"
