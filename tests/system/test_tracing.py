"""One outage is one trace: from the webhook through every topic to the switch."""

import asyncio
import json
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

import devstack.story
from chassis import tracing
from contracts.forwardings import ForwardingApplied, ForwardingConfigured
from contracts.outages import OutageCleared, OutageDetected
from devstack.background import environment
from devstack.errors import StackError
from devstack.journey.portal import Portal
from devstack.journey.seeing import seen
from devstack.journey.world import World, urls
from devstack.settings import Settings
from support.collector import Collector, Span
from support.waiting import eventually

NUMBER = "+496990009010"
LINE = "L-200060-1"
TO_SWITCH = (
    "switch POST /apply"
    if Settings.from_env().switch == "kamailio"
    else "switch POST /v1/apply"
)


@dataclass(frozen=True, slots=True)
class Played:
    """An outage that was played in a trace of its own."""

    trace: str
    outage_id: str
    live: list[str]
    """What a browser that watched was sent."""


@pytest.fixture(scope="module")
async def played(around: World, people: dict[str, Portal]) -> Played:
    """The line of a practice fails and comes back; the practice watches."""
    trace = secrets.token_hex(16)
    sender = f"00-{trace}-{secrets.token_hex(8)}-01"
    live: list[str] = []
    watching = asyncio.create_task(watch(people["voice-direct-ngn"].http, live))
    await eventually(lambda: opened(live))
    for state in ("down", "up"):
        # The recovery comes in another request: it is the same outage all the same.
        own = sender if state == "down" else f"00-{'b' * 32}-{'c' * 16}-01"
        await post(around, state, own)
        outage_id = await eventually(lambda: detected(around, trace))
        goes = state == "down"
        await around.ears.hear(
            f"{LINE} is {state}",
            ForwardingApplied,
            lambda event, goes=goes, cause=outage_id: (
                event.outage_id == cause  # type: ignore[misc]  # bound
                and event.in_effect is goes
            ),
        )
    await eventually(lambda: told_twice(live))
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    return Played(trace, outage_id, live)


async def detected(around: World, trace: str) -> str:
    """Return the outage of that trace: the line may have failed before."""
    return next(
        (
            heard.event.outage_id
            for heard in around.ears.envelopes(OutageDetected)
            if isinstance(heard.event, OutageDetected)
            and trace in heard.headers.get("traceparent", "")
        ),
        "",
    )


async def post(around: World, state: str, traceparent: str) -> None:
    secret = around.monitoring._secrets["demo"]  # noqa: SLF001 - a header of our own
    said = {"source": "demo", "alarm_id": "traced", "state": state, "lines": [LINE]}
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{urls(around.settings)['outage-watcher']}/v1/signals",
            json=said,
            headers={"Authorization": f"Bearer {secret}", "traceparent": traceparent},
        )
    assert answer.status_code == 202


async def watch(http: httpx.AsyncClient, live: list[str]) -> None:
    async with http.stream("GET", "/events", timeout=60) as response:
        async for line in response.aiter_lines():
            live += [line]


async def opened(live: list[str]) -> bool:
    return "event: resync" in live


async def told_twice(live: list[str]) -> bool:
    return sum(line == "event: forwarding" for line in live) >= 2


async def test_every_event_of_the_outage_names_its_trace(
    played: Played, around: World
) -> None:
    for kind in (OutageDetected, OutageCleared, ForwardingApplied):
        traces = {
            heard.headers["traceparent"].split("-")[1]
            for heard in around.ears.envelopes(kind)
            if getattr(heard.event, "outage_id", None) == played.outage_id
        }

        assert traces == {played.trace}, kind.topic()


async def test_the_collector_has_one_trace_from_webhook_to_switch(
    played: Played, collector: Collector
) -> None:
    wanted = {
        ("outage-watcher", "POST /signals"),
        ("forwarding", "process OutageDetected"),
        ("forwarding", "flip"),
        ("forwarding", TO_SWITCH),
        ("portal-gateway", "process OutageDetected"),
        ("portal-gateway", "process ForwardingApplied"),
    }

    async def told() -> set[tuple[str, str]]:
        return {(s.service, s.name) for s in collector.of(played.trace)}

    await seen("the whole way", told, lambda spans: wanted <= spans, within=20)
    spans = {span.id: span for span in collector.of(played.trace)}
    way = [span.name for span in upwards(spans, TO_SWITCH)]

    assert way == [
        TO_SWITCH,
        "flip",
        "process OutageDetected",
        "POST /signals",
    ]
    assert not any(span.failed for span in spans.values())


def upwards(spans: dict[str, Span], name: str) -> list[Span]:
    """Return the first span of that name and what it is part of, up to the sender."""
    at = next(span for span in spans.values() if span.name == name)
    way = [at]
    while at.parent in spans:
        at = spans[at.parent]
        way.append(at)
    return way


async def test_live_events_say_which_trace_they_come_from(played: Played) -> None:
    said = [line for line in played.live if line.startswith(": traceparent ")]

    assert any(tracing.is_usable(line.split(" ")[2]) for line in said)
    assert any(played.trace in line for line in said)


async def test_log_lines_carry_trace_and_event(
    played: Played, running: Settings
) -> None:
    lines = [
        json.loads(line)
        for line in (running.logs / "forwarding.log").read_text().splitlines()
        if played.trace in line
    ]

    told = [line for line in lines if line["event"] == "flip_told"]
    assert {line["trace_id"] for line in lines} == {played.trace}
    assert told
    assert all(re.fullmatch(r"[0-9a-f-]{36}", line["event_id"]) for line in told)


async def test_a_save_is_one_trace_to_the_switch_and_back(
    around: World, demo: dict[str, Any], collector: Collector
) -> None:
    [customer] = [c for c in demo["customers"] if c["product"] == "voice-direct-ngn"]
    browser = await around.browser()  # a new target asks for a password typed just now
    await browser.log_in(customer["username"], customer["password"])
    before = len(around.ears.envelopes(ForwardingConfigured))
    await browser.set_rule(NUMBER, enabled=True, target="015228817386")
    version = (await browser.forwarding(NUMBER))["version"]
    await browser.set_rule(NUMBER, enabled=True, target="+494066969010")

    async def configured() -> list[str]:
        heard = around.ears.envelopes(ForwardingConfigured)[before:]
        return [one.headers["traceparent"].split("-")[1] for one in heard]

    traces = await eventually(configured)
    wanted = {TO_SWITCH, "arm", "process ForwardingRequested"}

    async def complete() -> bool:
        return any(
            wanted <= {span.name for span in collector.of(trace)} for trace in traces
        )

    await eventually(complete, within=20)
    await browser.set_rule(NUMBER, enabled=True, target="015228817386")
    assert version


@dataclass(frozen=True, slots=True)
class Tell:
    """Tells a story of the running stack as one line."""

    settings: Settings
    capture: pytest.CaptureFixture[str]

    def __call__(self, *asked: str, ends_with: int = 0) -> str:
        assert asyncio.run(devstack.story.tell(self.settings, [*asked])) == ends_with
        return " ".join(self.capture.readouterr().out.split())


class TestStory:
    def test_of_the_outage_tells_who_what_when_and_why(
        self, played: Played, running: Settings
    ) -> None:
        command = [sys.executable, "-m", "devstack", "story"]
        said = subprocess.run(
            [*command, "outage", played.outage_id],
            env={**environment(running), "COLUMNS": "200"},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout

        for part in (
            "signals heard",
            f"{LINE} is down",
            "reported by demo",
            "1 number of 1 customer is diverted",
            f"{LINE} works again",
            "1 number of 1 customer rings at home again",
        ):
            assert part in " ".join(said.split()), part
        assert re.search(r"\d\d:\d\d:\d\d\.\d{3}", said)

    def test_masks_numbers_unless_it_is_told_to_show_them(self, tell: Tell) -> None:
        masked = tell("number", NUMBER)
        whole = tell("number", NUMBER, "--reveal")
        noted = (tell.settings.logs / "revealed.log").read_text()

        assert NUMBER not in masked.replace(" ", "")
        assert NUMBER in whole.replace(" ", "")
        assert f"{LINE} is down" in masked
        assert "saw whole numbers of number" in noted
        assert NUMBER not in noted

    def test_of_an_order_begins_with_who_ordered(
        self, tell: Tell, demo: dict[str, Any]
    ) -> None:
        said = tell("order", demo["customers"][0]["order_id"])

        assert "orders sip-account-2.0 with the option" in said
        assert "the order is accepted" in said
        assert "the option opens for" in said

    def test_of_something_unknown_is_none(self, tell: Tell) -> None:
        said = tell("outage", "00000000-0000-0000-0000-000000000000", ends_with=1)

        assert "Nothing is known of outage" in said

    def test_of_what_is_no_number_says_how_to_write_it(self, tell: Tell) -> None:
        with pytest.raises(StackError, match=r"in the form \+49"):
            tell("number", "030 123")

    def test_shows_whole_numbers_to_nobody_without_the_secrets(
        self, tell: Tell, tmp_path: Path
    ) -> None:
        elsewhere = replace(tell.settings, dev_dir=tmp_path)

        with pytest.raises(StackError, match="holds the secrets"):
            Tell(elsewhere, tell.capture)("number", NUMBER, "--reveal")


@pytest.fixture
def tell(
    running: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Tell:
    monkeypatch.setattr("devstack.console._console.width", 200)
    return Tell(running, capsys)
