"""The service as it is run: a process that is killed, restarted and stopped."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.clock import SystemClock
from outage_watcher.store import OutageStore
from support.stack import Database
from support.waiting import until_some_wait
from support.watcher_process import Told, down, watching


@pytest.fixture
async def told(empty_kafka: str) -> AsyncIterator[Told]:
    consumer = AIOKafkaConsumer(
        "OutageDetected",
        "OutageCleared",
        bootstrap_servers=empty_kafka,
        auto_offset_reset="earliest",
    )
    async with consumer:
        yield Told(consumer, [])


async def test_without_holds_both_doors_tell_at_once(
    database: Database, empty_kafka: str, tmp_path: Path, told: Told
) -> None:
    holds = {"OUTAGE_WATCHER_HOLD_DOWN": "PT0S", "OUTAGE_WATCHER_HOLD_UP": "PT0S"}
    async with (
        watching(database, empty_kafka, tmp_path, **holds) as watcher,
        AIOKafkaProducer(bootstrap_servers=empty_kafka) as producer,
    ):
        await watcher.post(down("http"), down("http", state="up"))
        both = json.dumps([down("kafka"), {"bad": 1}, down("kafka", state="up")])
        await producer.send_and_wait("NetworkSignal", both.encode())

        whole_story = ["OutageDetected", "OutageCleared"]
        assert sorted(await told.after("http", 2)) == sorted(whole_story)
        assert sorted(await told.after("kafka", 2)) == sorted(whole_story)


async def test_a_kill_within_both_holds_loses_and_doubles_nothing(
    database: Database, empty_kafka: str, tmp_path: Path, told: Told
) -> None:
    holds = {"OUTAGE_WATCHER_HOLD_DOWN": "PT2S", "OUTAGE_WATCHER_HOLD_UP": "PT2S"}
    async with watching(database, empty_kafka, tmp_path, **holds) as watcher:
        began = SystemClock().now().isoformat()
        await watcher.post(down("killed", occurred_at=began))
        await watcher.end(signal.SIGKILL)
        assert await told.of("killed") == []
        await watcher.start()
        await watcher.post(down("killed", occurred_at=began))
        assert await told.after("killed", 1) == ["OutageDetected"]

        await watcher.post(down("killed", state="up"))
        await watcher.end(signal.SIGKILL)
        await watcher.start()
        whole_story = ["OutageDetected", "OutageCleared"]
        assert await told.after("killed", 2) == whole_story

        await watcher.post(down("later", confirmed=True))
        await told.after("later", 1)
        assert await told.of("killed") == whole_story


async def test_a_polite_stop_is_clean(
    database: Database, empty_kafka: str, tmp_path: Path
) -> None:
    async with watching(database, empty_kafka, tmp_path) as watcher:
        await watcher.post(down("stopped"))

        # uvicorn ends itself by the signal it was sent, after its clean end
        assert await watcher.end(signal.SIGTERM) in (0, -signal.SIGTERM)


async def test_a_storm_of_posts_that_wait_leaves_room_for_everybody_else(
    database: Database, empty_kafka: str, tmp_path: Path
) -> None:
    async with (
        watching(
            database, empty_kafka, tmp_path, OUTAGE_WATCHER_POOL_SIZE="4"
        ) as watcher,
        asyncpg.create_pool(
            database.url("outage_watcher"), min_size=1, max_size=2
        ) as pool,
    ):
        async with pool.acquire() as one, one.transaction():
            await OutageStore(one).lock()
            storm = [
                asyncio.create_task(watcher.post(down(f"storm-{number}")))
                for number in range(20)
            ]
            await until_some_wait(pool)

            async with watcher.client() as client:
                client.headers["authorization"] = "Bearer o-secret"
                seen = await client.get("/v1/outages")
                ready = await client.get("/health/ready")
            assert seen.status_code == ready.status_code == 200
        await asyncio.gather(*storm)
