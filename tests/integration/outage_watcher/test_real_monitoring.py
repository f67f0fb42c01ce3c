"""Prometheus, Alertmanager and blackbox exporter from Debian, and a real watcher."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from devstack.ports import free_port
from support.monitoring import Monitoring, monitoring
from support.stack import Database, Stack, database_away, fresh_database
from support.waiting import eventually
from support.watcher_process import Told, Watching, watching

PROBED = "L-probed"
QUICK = {
    "OUTAGE_WATCHER_HOLD_DOWN": "PT0S",
    "OUTAGE_WATCHER_HOLD_UP": "PT2S",
    "OUTAGE_WATCHER_HEARTBEAT_TIMEOUT": "PT4S",
    "OUTAGE_WATCHER_ASK_EVERY": "PT1S",
}
WEBHOOK = Path("/v1/webhooks/alertmanager")


@dataclass
class Lab:
    """A watcher between real monitoring and a reader of Kafka."""

    database: Database
    watcher: Watching
    programs: Monitoring
    told: Told
    seconds: dict[str, float] = field(default_factory=dict)

    async def hears(self, line: str, *topics: str, within: float = 30) -> None:
        """Wait until exactly these events were told of a line, updates apart."""
        began = time.monotonic()

        async def as_expected() -> bool:
            return await self.story(line) == list(topics)

        try:
            await eventually(as_expected, within=within)
        except AssertionError as error:
            error.add_note(f"{await self.story(line)}; open: {await self.open(line)}")
            raise
        self.seconds[f"{line} {topics[-1]}"] = time.monotonic() - began

    async def story(self, line: str) -> list[str]:
        """Return what was told of a line; what only updates it does not count."""
        await self.told.of("")
        found: list[str] = []
        for topic, event in self.told.seen:
            is_news = topic == "OutageCleared" or event["version"] == 1
            if line in event["lines"] and is_news:
                found.append(topic)
        return found

    async def open(self, line: str) -> list[Any]:
        """Return what operators see of a line."""
        headers = {"authorization": "Bearer o-secret"}
        async with self.watcher.client() as client:
            found = (await client.get("/v1/outages", headers=headers)).json()
        return [each for each in found["outages"] if line in each["lines"]]

    async def newest(self, line: str) -> dict[str, Any]:
        await self.told.of("")
        return [event for _, event in self.told.seen if line in event["lines"]][-1]

    async def is_uncertain(self, line: str) -> bool:
        return bool((await self.newest(line)).get("uncertain"))

    async def until(self, ask: Callable[[], Awaitable[Any]]) -> None:
        await eventually(ask, within=30)


@pytest.fixture(scope="module")
async def lab(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Lab]:
    folder = tmp_path_factory.mktemp("monitoring")
    port = free_port()
    hook = f"http://127.0.0.1:{port}{WEBHOOK}"
    programs = Monitoring(folder / "programs", hook, "a-secret", PROBED)
    ask_file = folder / "ask.json"
    asked = {"alertmanager": {"url": programs.url("alertmanager")}}
    ask_file.write_text(json.dumps(asked))
    settings = QUICK | {
        "OUTAGE_WATCHER_PORT": str(port),
        "OUTAGE_WATCHER_ASK_FILE": str(ask_file),
    }
    async with (
        fresh_database(stack) as database,
        watching(database, stack.bootstrap_servers, folder, **settings) as watcher,
        monitoring(programs),
    ):
        consumer = AIOKafkaConsumer(
            "OutageDetected",
            "OutageCleared",
            bootstrap_servers=stack.bootstrap_servers,
            auto_offset_reset="latest",
        )
        async with consumer:
            yield Lab(database, watcher, programs, Told(consumer, []))


async def test_a_probed_line_that_goes_down_is_told_and_comes_back(lab: Lab) -> None:
    await lab.programs.target.stop()
    await lab.hears(PROBED, "OutageDetected")

    await lab.programs.target.start()
    await lab.hears(PROBED, "OutageDetected", "OutageCleared")


async def test_a_dead_exporter_ends_no_outage(lab: Lab) -> None:
    line = "L-exporter"
    lab.programs.exporter.up = {line: 0}
    await lab.hears(line, "OutageDetected")

    await lab.programs.exporter.stop()
    await lab.until(lambda: lab.is_uncertain(line))
    assert await lab.story(line) == ["OutageDetected"]

    await lab.programs.exporter.start()
    await lab.until(lambda: _certain(lab, line))
    lab.programs.exporter.up[line] = 1
    await lab.hears(line, "OutageDetected", "OutageCleared")


async def test_a_killed_prometheus_ends_no_outage(lab: Lab) -> None:
    line = "L-prometheus"
    lab.programs.exporter.up = {line: 0}
    await lab.hears(line, "OutageDetected")

    await lab.programs.kill("prometheus")
    # Alertmanager takes the silence for a recovery, and says so.
    await lab.until(lambda: _is_gone(lab, line))
    await lab.until(lambda: lab.is_uncertain(line))
    await lab.programs.start("prometheus")
    await lab.until(lambda: _is_back(lab, line))
    await lab.until(lambda: _certain(lab, line))
    assert await lab.story(line) == ["OutageDetected"]

    lab.programs.exporter.up[line] = 1
    await lab.hears(line, "OutageDetected", "OutageCleared")


async def test_a_killed_alertmanager_ends_no_outage(lab: Lab) -> None:
    line, other = "L-alertmanager", "L-while-away"
    lab.programs.exporter.up = {line: 0, other: 1}
    await lab.hears(line, "OutageDetected")

    await lab.programs.kill("alertmanager")
    lab.programs.exporter.up[other] = 0
    await lab.until(lambda: lab.is_uncertain(line))
    assert await lab.story(line) == ["OutageDetected"]

    await lab.programs.start("alertmanager")
    await lab.hears(other, "OutageDetected")
    lab.programs.exporter.up = {line: 1, other: 1}
    await lab.hears(line, "OutageDetected", "OutageCleared")
    await lab.hears(other, "OutageDetected", "OutageCleared")


async def test_what_was_told_to_nobody_is_asked_for(lab: Lab) -> None:
    down, up = "L-missed", "L-missed-clear"
    lab.programs.exporter.up = {down: 1, up: 0}
    await lab.hears(up, "OutageDetected")

    await lab.watcher.end(SIGKILL)
    lab.programs.exporter.up = {down: 0, up: 1}
    await lab.until(lambda: _is_back(lab, down))
    await lab.until(lambda: _is_gone(lab, up))
    await lab.watcher.start()

    await lab.hears(down, "OutageDetected")
    await lab.hears(up, "OutageDetected", "OutageCleared")
    lab.programs.exporter.up[down] = 1
    await lab.hears(down, "OutageDetected", "OutageCleared")


async def test_what_was_told_while_we_could_not_take_it_is_asked_for(lab: Lab) -> None:
    """Decision case 38: we answer 503, and Alertmanager gives up."""
    down, up = "L-refused", "L-refused-clear"
    lab.programs.exporter.up = {down: 1, up: 0}
    await lab.hears(up, "OutageDetected")

    async with database_away(lab.database):
        refused = await lab.programs.refused()
        lab.programs.exporter.up = {down: 0, up: 1}
        await lab.until(lambda: _is_back(lab, down))
        await lab.until(lambda: _is_gone(lab, up))
        await lab.until(lambda: _gave_up(lab, refused))
        assert await lab.story(down) == []

    await lab.hears(down, "OutageDetected")
    await lab.hears(up, "OutageDetected", "OutageCleared")
    lab.programs.exporter.up[down] = 1
    await lab.hears(down, "OutageDetected", "OutageCleared")


async def test_two_thousand_alerts_are_one_answer(lab: Lab) -> None:
    alerts = [
        {
            "status": "firing",
            "labels": {"alertname": "AccessLineDown", "line": f"M{n:05}"},
            "startsAt": "2026-11-23T00:52:05.566118Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
        for n in range(2000)
    ]
    body = {"version": "4", "status": "firing", "alerts": alerts}
    async with lab.watcher.client() as client:
        client.timeout = httpx.Timeout(30)
        began = time.monotonic()
        answer = await client.post(
            str(WEBHOOK), json=body, headers={"authorization": "Bearer a-secret"}
        )
        lab.seconds["2,000 alerts in one webhook"] = time.monotonic() - began

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2000
    for what, seconds in lab.seconds.items():
        print(f"{what}: {seconds:.2f} s")  # noqa: T201 - figures for whoever looks


async def _certain(lab: Lab, line: str) -> bool:
    return not await lab.is_uncertain(line)


async def _gave_up(lab: Lab, before: float) -> bool:
    return await lab.programs.refused() >= before + 2


async def _is_gone(lab: Lab, line: str) -> bool:
    return line not in await lab.programs.alerts()


async def _is_back(lab: Lab, line: str) -> bool:
    return line in await lab.programs.alerts()
