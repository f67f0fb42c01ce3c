"""A run of the canary fails as what it is, and always reports the recovery."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

import canary.run
from canary.app import sing
from canary.run import Canary
from canary.settings import Settings
from chassis.clock import SetClock
from support.waiting import eventually

NUMBER, TARGET = "+496990009990", "+4915228817386"


class World:
    """outage-watcher, forwarding and the switch, as far as the canary sees them."""

    def __init__(self) -> None:
        self.signals: list[dict[str, Any]] = []
        self.status = 202
        self.rings_at = NUMBER
        self.tells = True
        self.waited_for: list[bool] = []
        self.switch: httpx.Response | None = None
        """What the switch answers in place of where a call would ring."""

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return self.switch or httpx.Response(200, json={"rings_at": self.rings_at})
        self.signals.append(
            {"trace": request.headers["traceparent"]}
            | dict(httpx.Response(200, content=request.content).json())
        )
        state = self.signals[-1]["state"]
        self.rings_at = TARGET if state == "down" and self.tells else NUMBER
        return httpx.Response(self.status)

    async def applied(self, *, in_effect: bool) -> None:
        """Tell at once, or never."""
        self.waited_for.append(in_effect)
        if not self.tells and in_effect:
            raise TimeoutError


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()

    @asynccontextmanager
    async def listening(_servers: str, _number: str) -> AsyncIterator[World]:
        yield made

    monkeypatch.setattr(canary.run, "listening", listening)
    return made


SETTINGS = Settings(
    secret="s3cret",  # noqa: S106 - a test
    switch_url="http://switch",
    line="L-CANARY-1",
    number=NUMBER,
    target=TARGET,
    divert_within=timedelta(seconds=2),
)
CLOCK = SetClock(datetime(2026, 11, 28, tzinfo=UTC))


async def play(world: World) -> str:
    transport = httpx.MockTransport(world.answer)
    async with httpx.AsyncClient(transport=transport) as http:
        return await Canary(SETTINGS, http, CLOCK).play()


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_good_run_goes_and_comes_home_in_one_trace(world: World) -> None:
    before = value("canary_runs_total", result="ok")

    assert await play(world) == "ok"

    assert [signal["state"] for signal in world.signals] == ["down", "up"]
    assert len({signal["trace"][3:35] for signal in world.signals}) == 1
    assert {signal["alarm_id"] for signal in world.signals} == {"canary-line"}
    assert value("canary_runs_total", result="ok") == before + 1
    assert value("canary_failures_in_a_row") == 0


async def test_a_run_that_is_not_diverted_reports_the_recovery(world: World) -> None:
    world.tells = False

    assert await play(world) == "not_diverted"

    assert [signal["state"] for signal in world.signals] == ["down", "up"]
    assert value("canary_failures_in_a_row") >= 1


async def test_after_a_run_that_was_not_diverted_the_next_waits_until_it_is_home(
    world: World,
) -> None:
    """One that began within the hold of this one would fail as well, for ever."""
    world.tells = False
    before = value("canary_runs_total", result="not_diverted")

    await play(world)

    assert world.waited_for == [True, False]
    assert value("canary_runs_total", result="not_diverted") == before + 1


async def test_a_refused_signal_is_no_slow_one(world: World) -> None:
    world.status = 401

    assert await play(world) == "refused"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json=[]),
    ],
    ids=["a page of a proxy", "another answer", "a list"],
)
async def test_an_answer_that_is_none_ends_the_run_and_not_the_canary(
    world: World, answer: httpx.Response
) -> None:
    world.switch = answer

    assert await play(world) == "not_diverted"

    assert [signal["state"] for signal in world.signals] == ["down", "up"]


async def test_one_that_cannot_say_its_last_word_stops_all_the_same(
    world: World,
) -> None:
    """Where everything stops at once outage-watcher may be gone before it."""
    world.switch = httpx.Response(200, json={})  # so that the run lasts

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and world.signals:
            raise httpx.ConnectError("gone")
        return await world.answer(request)

    async def begun() -> bool:
        return bool(world.signals)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        singing = asyncio.create_task(sing(Canary(SETTINGS, http, CLOCK), SETTINGS))
        await eventually(begun)
        singing.cancel()
        stopped, _ = await asyncio.wait({singing}, timeout=1)
        singing.cancel()

    assert stopped
