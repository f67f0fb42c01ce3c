"""
Reading again what Kafka keeps: from a time on, or all of it into a new database.

Both are for a service that is stopped. After a restore its groups are rewound to a
little before the back-up ends. Without any back-up, every message is given to its use
case once more, in an order in which nothing that is over begins again on the way.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownMemberIdError

from chassis.brokers import client_options
from chassis.inbox import Record
from chassis.service import Service
from chassis.settings import KafkaSettings

log = structlog.get_logger()

PATIENCE = 15.0
"""Seconds that a group is waited for: the sessions of its members take 6 to end."""
POLL_MS = 500

Offsets = Mapping[TopicPartition, int]


class NotPossible(Exception):
    """It would do harm now; the text says what to do first."""


async def rewind(
    settings: KafkaSettings, name: str, topics: Iterable[str], to: datetime | None
) -> dict[str, int]:
    """
    Let a stopped service's groups read again from a time on, or from the beginning.

    Returns how many messages come again, by topic. Raises NotPossible while somebody
    is still in a group.
    """
    coming = {}
    for topic in topics:
        async with _consumer(settings, f"{name}.{topic}", topic) as (consumer, places):
            ends = await consumer.end_offsets(places)
            starts = await consumer.beginning_offsets(places)
            if to is not None:
                at = int(to.timestamp() * 1000)
                found = await consumer.offsets_for_times(dict.fromkeys(places, at))
                starts = {
                    place: found[place].offset if found.get(place) else ends[place]
                    for place in places
                }
            await _commit(consumer, f"{name}.{topic}", starts)
        coming[topic] = sum(ends[place] - starts[place] for place in places)
    return coming


async def replay(service: Service, topics: Sequence[str]) -> dict[str, int]:
    """
    Give all messages to the service's use cases, topic by topic, and go behind them.

    Returns how many there were, by topic. The service does not run: it switches and
    tells what follows when it is started. Raises NotPossible unless its database is
    new, or while somebody is still in a group.
    """
    done = {}
    async with service.opened():
        async with service.transaction() as connection:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM inbox)"):
                raise NotPossible(
                    "The database is not new: something was read into it before. "
                    "Make an empty one (python -m devstack.release), then replay."
                )
        for topic in topics:
            done[topic] = await _replay_topic(service, topic)
            log.info("topic_replayed", topic=topic, messages=done[topic])
    return done


async def _replay_topic(service: Service, topic: str) -> int:
    group = f"{service.name}.{topic}"
    count = 0
    async with _consumer(service.settings, group, topic) as (consumer, places):
        ends = await consumer.end_offsets(places)
        # First, so that nobody else reads them, too.
        await _commit(consumer, group, ends)
        async for record in _records(consumer, ends):
            await service.take_again(record)
            count += 1
    return count


async def _records(consumer: AIOKafkaConsumer, ends: Offsets) -> AsyncIterator[Record]:
    """Read from the beginning to where a topic ended when we began."""
    await consumer.seek_to_beginning(*ends)
    left = set(ends)
    while left := {p for p in left if await consumer.position(p) < ends[p]}:
        for place, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            for record in records:
                if record.offset < ends[place]:
                    yield record


async def _commit(consumer: AIOKafkaConsumer, group: str, offsets: Offsets) -> None:
    """Set a group's offsets; Kafka lets nobody do that while it has members."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while True:
        try:
            return await consumer.commit(dict(offsets))
        except KafkaError as error:
            in_use = isinstance(error, UnknownMemberIdError)
            if loop.time() > deadline:
                why = "it still has members: stop every instance" if in_use else error
                raise NotPossible(f"{group} cannot be set: {why}") from error
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _consumer(
    settings: KafkaSettings, group: str, topic: str
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """Look at a whole topic without becoming a member of the group."""
    options = client_options(settings)
    partitions = await _partitions(options, topic)
    async with AIOKafkaConsumer(
        **options, group_id=group, enable_auto_commit=False
    ) as consumer:
        places = [TopicPartition(topic, number) for number in partitions]
        consumer.assign(places)
        yield consumer, places


async def _partitions(options: Mapping[str, Any], topic: str) -> list[int]:
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        [found] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return sorted(each["partition"] for each in found["partitions"])
