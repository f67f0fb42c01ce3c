"""One outage-watcher as it is run, and what readers hear of it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer

from devstack.ports import free_port
from support.stack import Database
from support.waiting import eventually

SECRETS = {
    "probe": "p-secret",
    "operator": "o-secret",
    "alertmanager": "a-secret",
}


def down(alarm: str, **said: Any) -> dict[str, Any]:
    plain = {"source": "probe", "alarm_id": alarm, "lines": [f"L-{alarm}"]}
    return plain | {"state": "down"} | said


@dataclass
class Watching:
    """One outage-watcher, which may be started more than once."""

    env: dict[str, str]
    port: int
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "outage_watcher", env=self.env
        )
        await eventually(self.is_ready, within=60)

    async def is_ready(self) -> bool:
        assert self.process
        assert self.process.returncode is None, "the service ended"
        async with self.client() as client:
            try:
                return (await client.get("/health/ready")).status_code == 200
            except httpx.HTTPError:
                return False

    async def end(self, how: signal.Signals) -> int:
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await self.process.wait()

    async def post(self, *signals: dict[str, Any]) -> None:
        async with self.client() as client:
            answer = await client.post("/v1/signals", json=list(signals))
            assert answer.status_code == 202, answer.text

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"authorization": "Bearer p-secret"},
        )


@asynccontextmanager
async def watching(
    database: Database, kafka: str, folder: Path, **settings: str
) -> AsyncIterator[Watching]:
    file = folder / "sources.json"
    file.write_text(json.dumps(SECRETS))
    port = int(settings.pop("OUTAGE_WATCHER_PORT", "") or free_port())
    env = os.environ | {
        "OUTAGE_WATCHER_DATABASE_URL": database.url("outage_watcher"),
        "OUTAGE_WATCHER_PORT": str(port),
        "OUTAGE_WATCHER_SOURCES_FILE": str(file),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "LOG_LEVEL": "WARNING",
    }
    running = Watching(env | settings, port)
    try:
        await running.start()
        yield running
    finally:
        await running.end(signal.SIGKILL)


@dataclass
class Told:
    """What readers see on Kafka; as they do, it drops what it had by its id."""

    consumer: AIOKafkaConsumer
    seen: list[tuple[str, dict[str, Any]]]
    ids: set[bytes] = field(default_factory=set)

    async def of(self, alarm: str) -> list[str]:
        """Return the events of an alarm's line so far."""
        for records in (await self.consumer.getmany(timeout_ms=100)).values():
            for each in records:
                # Who is killed before it notes that something went, sends it again.
                if (event_id := dict(each.headers)["ce_id"]) not in self.ids:
                    self.ids.add(event_id)
                    self.seen.append((each.topic, json.loads(each.value)))
        return [topic for topic, event in self.seen if f"L-{alarm}" in event["lines"]]

    async def after(self, alarm: str, count: int) -> list[str]:
        async def enough() -> bool:
            return len(await self.of(alarm)) >= count

        await eventually(enough, within=20)
        return await self.of(alarm)
