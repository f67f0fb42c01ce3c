"""
Reading again what Kafka keeps: from a time on, or all of it into a new database.

Both are for a service that is stopped. After a restore its groups are rewound to a
little before the back-up ends. Without any back-up, every message is given to its use
case once more, in an order in which nothing that is over begins again on the way.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush, heapreplace
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CommitFailedError,
    KafkaError,
    UnknownMemberIdError,
    for_code,
)

from chassis import inbox
from chassis.brokers import client_options
from chassis.errors import Rejected
from chassis.inbox import Record
from chassis.service import Service
from chassis.settings import KafkaSettings
from contracts.event import Event

E = TypeVar("E", bound=Event)

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
        group = f"{name}.{topic}"
        async with _consumer(settings, group, topic) as (consumer, places):
            ends = await consumer.end_offsets(places)
            starts = await _starts(consumer, places, ends, to)
            await _commit(consumer, group, starts)
        coming[topic] = sum(ends[place] - starts[place] for place in places)
    return coming


async def told_since(
    settings: KafkaSettings, name: str | None, event_type: type[E], since: datetime
) -> list[E]:
    """
    Return what was told since then and can be read; no group's offsets move.

    `name`: of the service that listens to it; None where it told it itself.
    """
    topic, found = event_type.topic(), list[E]()
    group = f"{name}.{topic}" if name else None
    async with _consumer(settings, group, topic) as (consumer, places):
        ends = await consumer.end_offsets(places)
        starts = await _starts(consumer, places, ends, since)
        async for record in _records(consumer, starts, ends):
            with suppress(Rejected):  # parked when it was first read
                found.append(inbox.read(record, event_type).event)
    return found


async def newest_told(settings: KafkaSettings, event_type: type[E]) -> list[E]:
    """Return the last event of each partition, as far as there is one."""
    topic, found = event_type.topic(), []
    async with _consumer(settings, None, topic) as (consumer, places):
        starts = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        last = {p: ends[p] - 1 for p in places if ends[p] > starts[p]}
        async for record in _records(consumer, last, ends):
            with suppress(Rejected):  # of somebody else
                found.append(inbox.read(record, event_type).event)
    return found


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay gave to the use cases, and what it could not, by topic."""

    read: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    """Messages that Kafka kept for their time and then deleted."""


async def replay(service: Service, order: Sequence[Sequence[str]]) -> Replayed:
    """
    Give all messages to the service's use cases and go behind them.

    Topics come one after the other, those named together in the order of their times.
    The service does not run: it switches and tells what follows when it is started.
    Raises NotPossible unless its database is new, or while a group has members.
    """
    done = Replayed()
    async with service.opened():
        async with service.transaction() as connection:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM inbox)"):
                raise NotPossible(
                    "The database is not new: something was read into it before. "
                    "Make its schema anew (docs/operating/backup.md), then replay."
                )
        for topics in order:
            await _replay_together(service, topics, done)
            log.info("topics_replayed", topics=topics)
        for settle in service.settling:
            await settle()
    return done


async def _replay_together(
    service: Service, topics: Sequence[str], done: Replayed
) -> None:
    async with AsyncExitStack() as stack:
        rows = []
        for topic in topics:
            group = f"{service.name}.{topic}"
            consumer, places = await stack.enter_async_context(
                _consumer(service.settings, group, topic)
            )
            ends = await consumer.end_offsets(places)
            # First, so that nobody else reads them, too.
            await _commit(consumer, group, ends)
            starts = await consumer.beginning_offsets(places)
            done.read[topic], done.gone[topic] = 0, sum(starts.values())
            rows += [_row(consumer, place, starts, ends) for place in places]
        async for record in _in_order(rows):
            await service.take_again(record)
            done.read[record.topic] += 1


async def _in_order(rows: Iterable[AsyncIterator[Record]]) -> AsyncIterator[Record]:
    """Return what stands in several rows by the time at which it was told."""
    heads: list[tuple[int, int, Record, AsyncIterator[Record]]] = []
    for at, row in enumerate(rows):
        if (first := await anext(row, None)) is not None:
            heappush(heads, (first.timestamp, at, first, row))
    while heads:
        _, at, record, row = heads[0]
        yield record
        if (following := await anext(row, None)) is None:
            heappop(heads)
        else:
            heapreplace(heads, (following.timestamp, at, following, row))


async def _starts(
    consumer: AIOKafkaConsumer,
    places: Sequence[TopicPartition],
    ends: Offsets,
    to: datetime | None,
) -> Offsets:
    """Return where to begin, for a time or for everything."""
    if to is None:
        return dict(await consumer.beginning_offsets(places))
    at = int(to.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(places, at))
    return {
        place: found[place].offset if found.get(place) else ends[place]
        for place in places
    }


async def _records(
    consumer: AIOKafkaConsumer, starts: Offsets, ends: Offsets
) -> AsyncIterator[Record]:
    """Read to where a topic ended when we began, one partition after the other."""
    for place in starts:
        async for record in _row(consumer, place, starts, ends):
            yield record


async def _row(
    consumer: AIOKafkaConsumer, place: TopicPartition, starts: Offsets, ends: Offsets
) -> AsyncIterator[Record]:
    """Read a partition to where it ended when we began."""
    consumer.seek(place, starts[place])
    while await consumer.position(place) < ends[place]:
        found = await consumer.getmany(place, timeout_ms=POLL_MS)
        for record in found.get(place, ()):
            if record.offset < ends[place]:
                yield record
    consumer.pause(place)  # who waits for news of it keeps the others waiting


async def _commit(consumer: AIOKafkaConsumer, group: str, offsets: Offsets) -> None:
    """Set a group's offsets; Kafka lets nobody do that while it has members."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    with _waiting_quietly():
        while True:
            try:
                await consumer.commit(dict(offsets))
            except KafkaError as error:
                if loop.time() > deadline:
                    raise NotPossible(
                        f"{group} cannot be set: {_why(error)}"
                    ) from error
            else:
                return
            await asyncio.sleep(0.5)


def _why(error: KafkaError) -> str:
    if isinstance(error, (UnknownMemberIdError, CommitFailedError)):
        return "it still has members: stop every instance"
    return repr(error)


@contextmanager
def _waiting_quietly() -> Iterator[None]:
    """Let the client not log each refusal as an error: while we wait they are none."""
    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        client.setLevel(before)


@asynccontextmanager
async def _consumer(
    settings: KafkaSettings, group: str | None, topic: str
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
    if found["error_code"]:  # one that we may not read looks empty
        raise for_code(found["error_code"])(topic)
    return sorted(each["partition"] for each in found["partitions"])
