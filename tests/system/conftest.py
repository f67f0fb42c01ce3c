"""One whole stack for all system tests: every process is the real one."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from devstack.background import running_stack
from devstack.journey.portal import Portal
from devstack.journey.world import World, world
from devstack.settings import Settings
from support.collector import Collector, collecting
from support.demo_people import At
from support.stack import HOLDS, separate_settings


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """A receiver of OpenTelemetry's protocol, to which every service sends."""
    with collecting() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def running(collector: Collector) -> Iterator[Settings]:
    """The stack of `SECURE=1 make up` on its own ports, with demo data, short holds."""
    with (
        pytest.MonkeyPatch.context() as patch,
        separate_settings(
            demo_data=True,
            external_kafka=None,
            external_database=None,
            secure=True,  # whatever works with rights works without
            switch=Settings.from_env().switch,
        ) as settings,
    ):
        for name, hold in HOLDS.items():
            patch.setenv(name, hold)
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with running_stack(settings):
            patch.undo()  # it was for the services, not for other tests here
            yield settings


@pytest.fixture(scope="session")
async def around(running: Settings) -> AsyncIterator[World]:
    """Everybody who meets the stack; what they hear is kept for all tests."""
    async with world(running) as everybody:
        yield everybody


@pytest.fixture(scope="session")
def demo(running: Settings) -> dict[str, Any]:
    """What demo.json says."""
    content = (running.dev_dir / "demo.json").read_text(encoding="utf-8")
    return dict(json.loads(content))


@pytest.fixture(scope="module")
async def people(around: World, demo: dict[str, Any]) -> dict[str, Portal]:
    """Log every demo customer in, anew for each file: a password proves for a while."""
    browsers = {}
    for customer in demo["customers"]:
        browser = await around.browser()
        must_change = await browser.log_in(customer["username"], customer["password"])
        assert must_change is False
        browsers[customer["product"]] = browser
    return browsers


@pytest.fixture
async def office(people: dict[str, Portal], demo: dict[str, Any]) -> At:
    """The customer of the flyer, at a number for which nothing is set."""
    [customer] = [c for c in demo["customers"] if c["product"] == "office-flat-ngn"]
    browser = people["office-flat-ngn"]
    return At(browser, customer, "+4921122223334", browser.http)


@pytest.fixture
async def anybody() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as http:
        yield http
