"""Waits until nothing is under way any more: on conditions, with a deadline."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import AIOKafkaConsumer

from contracts.listeners import LISTENERS
from devstack.topics import partition_counts

LOOKS = 3
"""So many looks in a row must find nothing."""
POLL = 0.2

UNDER_WAY = {
    "portal_gateway outbox": "SELECT count(*) FROM portal_gateway.outbox",
    "provisioning outbox": "SELECT count(*) FROM provisioning.outbox",
    "forwarding outbox": "SELECT count(*) FROM forwarding.outbox",
    "outage_watcher outbox": "SELECT count(*) FROM outage_watcher.outbox",
    "untold flips": "SELECT count(*) FROM forwarding.flip WHERE told_at IS NULL",
    "pending at the switch": (
        "SELECT count(*) FROM forwarding.arming WHERE live_seq IS NULL"
    ),
    "pending causes": "SELECT count(*) FROM forwarding.cause WHERE NOT live",
    "early wishes": "SELECT count(*) FROM forwarding.early_wish",
    "unanswered wishes": (
        "SELECT count(*) FROM portal_gateway.wish WHERE version > settled_version"
    ),
    "deadlines of outages": (
        "SELECT count(*) FROM outage_watcher.outage"
        " WHERE state <> 'over' AND due_at IS NOT NULL"
    ),
}


async def wait_until_quiet(admin_url: str, servers: str, *, within: float) -> float:
    """Return how long it took; fail with what is still under way."""
    began, calm = time.monotonic(), 0
    async with _looking(admin_url, servers) as look:
        while calm < LOOKS:
            async with asyncio.timeout(within):
                busy = await look()
            calm = 0 if busy else calm + 1
            left = began + within - time.monotonic()
            assert left > 0, f"after {within:g} s still under way: {busy}"
            await asyncio.sleep(POLL)
    return time.monotonic() - began


async def under_way(admin_url: str, servers: str) -> dict[str, int]:
    """Return what is under way now, and how much of it."""
    async with _looking(admin_url, servers) as look:
        return await look()


@contextlib.asynccontextmanager
async def _looking(
    admin_url: str, servers: str
) -> AsyncIterator[Callable[[], Awaitable[dict[str, int]]]]:
    connection = await asyncpg.connect(admin_url)
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    consumer = AIOKafkaConsumer(bootstrap_servers=servers)
    counts = await partition_counts(servers)
    await admin.start()
    await consumer.start()

    async def look() -> dict[str, int]:
        return await _pending(connection) | await _lag(admin, consumer, counts)

    try:
        yield look
    finally:
        await connection.close()
        await consumer.stop()
        await admin.close()


async def _pending(connection: Any) -> dict[str, int]:
    found = {name: await connection.fetchval(sql) for name, sql in UNDER_WAY.items()}
    return {name: count for name, count in found.items() if count}


async def _lag(
    admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, counts: dict[str, int]
) -> dict[str, int]:
    found = {}
    for service, events in LISTENERS.items():
        for event in events:
            topic = event.topic()
            group = f"{service}.{topic}"
            lag = await _lag_of(admin, consumer, group, topic, counts[topic])
            if lag:
                found[f"{service} behind on {topic}"] = lag
    return found


async def _lag_of(
    admin: AIOKafkaAdminClient,
    consumer: AIOKafkaConsumer,
    group: str,
    topic: str,
    partitions: int,
) -> int:
    places = [TopicPartition(topic, number) for number in range(partitions)]
    ends = await consumer.end_offsets(places)
    begins = await consumer.beginning_offsets(places)
    done = await admin.list_consumer_group_offsets(group)
    lag = 0
    for place in places:
        offset = done[place].offset if place in done else -1
        lag += max(0, ends[place] - max(offset, begins[place]))
    return lag
