"""Makes Kafka's topics what deploy/kafka/topics.yaml says."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml
from aiokafka import TopicPartition
from aiokafka.admin import (
    AIOKafkaAdminClient,
    NewPartitions,
    NewTopic,
    RecordsToDelete,
)
from aiokafka.admin.config_resource import (
    ConfigResource,
    ConfigResourceType,
)
from aiokafka.errors import (
    KafkaError,
    NotLeaderForPartitionError,
    TopicAlreadyExistsError,
    for_code,
)
from pydantic import BaseModel, ConfigDict, PositiveInt

from devstack.errors import StackError
from devstack.settings import ROOT
from devstack.waiting import until

TOPICS = ROOT / "deploy" / "kafka" / "topics.yaml"
COPIES = 3
TO_THE_END = -1
LONGEST_SEGMENT = timedelta(days=7)
"""Messages go with their segment: an open one would keep them as long again."""

Brokers: TypeAlias = str | Mapping[str, Any]
"""Where Kafka answers, or everything that a client needs to get in."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Defaults(_Strict):
    partitions: PositiveInt
    max_message_bytes: PositiveInt


class _DeadLetters(_Strict):
    partitions: PositiveInt
    retention: timedelta


class _Topic(_Strict):
    retention: timedelta | Literal["for-ever"]
    partitions: PositiveInt | None = None


class _File(_Strict):
    defaults: _Defaults
    dead_letters: _DeadLetters
    topics: dict[str, _Topic]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a deploy did, by topic name."""

    created: tuple[str, ...] = ()
    grown: tuple[str, ...] = ()
    configured: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.created or self.grown or self.configured)


def read_topics(file: Path = TOPICS) -> list[Topic]:
    """Return every topic of the file, each with its dead letters."""
    wanted = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    size = wanted.defaults.max_message_bytes
    dead = wanted.dead_letters
    topics = []
    for name, topic in wanted.topics.items():
        partitions = topic.partitions or wanted.defaults.partitions
        topics.append(Topic(name, partitions, _config(topic.retention, size)))
        # A dead letter is the message and the reason: it must fit for certain.
        config = _config(dead.retention, 2 * size)
        topics.append(Topic(f"{name}.dlq", dead.partitions, config))
    return topics


async def answers(brokers: Brokers) -> bool:
    """Tell whether Kafka answers there now."""
    try:
        async with _admin(brokers) as admin:
            await admin.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return False
    return True


async def deploy_topics(
    brokers: Brokers, topics: Iterable[Topic] | None = None
) -> Changes:
    """Create what is missing and adjust what differs; nothing shrinks or goes away."""
    wanted = {topic.name: topic for topic in topics or read_topics()}
    async with _admin(brokers) as admin:
        existing = await _partitions(admin)
        created = [topic for name, topic in wanted.items() if name not in existing]
        await _create(admin, created)
        grown = [
            topic
            for name, topic in wanted.items()
            if existing.get(name, topic.partitions) < topic.partitions
        ]
        await _grow(admin, grown)
        kept = [topic for name, topic in wanted.items() if name in existing]
        configured = await _configure(admin, kept)
    return Changes(
        created=tuple(topic.name for topic in created),
        grown=tuple(topic.name for topic in grown),
        configured=tuple(topic.name for topic in configured),
    )


async def empty_topics(brokers: Brokers, topics: Iterable[Topic] | None = None) -> None:
    """Delete every message of our topics; the topics and their offsets stay."""
    ours = {topic.name for topic in topics or read_topics()}
    async with _admin(brokers) as admin:
        counts = await _partitions(admin)
        everything = {
            TopicPartition(name, partition): RecordsToDelete(TO_THE_END)
            for name in ours & counts.keys()
            for partition in range(counts[name])
        }

        async def done() -> bool:
            try:
                await admin.delete_records(everything)
            except NotLeaderForPartitionError:  # a new topic, not yet served
                return False
            return True

        await until("Kafka's topics", done, log="Kafka's log")


async def partition_counts(brokers: Brokers) -> dict[str, int]:
    """Return how many partitions each topic has that exists."""
    async with _admin(brokers) as admin:
        return await _partitions(admin)


@asynccontextmanager
async def _admin(brokers: Brokers) -> AsyncIterator[Any]:
    options = {"bootstrap_servers": brokers} if isinstance(brokers, str) else brokers
    admin = AIOKafkaAdminClient(**options, request_timeout_ms=10_000)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _partitions(admin: Any) -> dict[str, int]:
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in await admin.describe_topics()
    }


async def _create(admin: Any, topics: list[Topic]) -> None:
    if not topics:
        return
    brokers = len((await admin.describe_cluster())["brokers"])
    new = [
        NewTopic(
            topic.name,
            topic.partitions,
            min(COPIES, brokers),
            topic_configs=topic.config,
        )
        for topic in topics
    ]
    response = await admin.create_topics(new)
    _check(response.topic_errors, TopicAlreadyExistsError)


async def _grow(admin: Any, topics: list[Topic]) -> None:
    if topics:
        wanted = {topic.name: NewPartitions(topic.partitions) for topic in topics}
        response = await admin.create_partitions(wanted)
        _check(response.topic_errors)


async def _configure(admin: Any, topics: list[Topic]) -> list[Topic]:
    resources = [
        ConfigResource(
            ConfigResourceType.TOPIC, topic.name, dict.fromkeys(topic.config)
        )
        for topic in topics
    ]
    if not resources:
        return []
    responses = await admin.describe_configs(resources)
    actual = {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for response in responses
        for resource in response.resources
    }
    different = [topic for topic in topics if actual[topic.name] != topic.config]
    if different:
        changed = [
            ConfigResource(ConfigResourceType.TOPIC, topic.name, topic.config)
            for topic in different
        ]
        for response in await admin.alter_configs(changed):
            _check((resource[3], resource[0]) for resource in response.resources)
    return different


def _check(
    results: Iterable[tuple[Any, ...]], harmless: type[Exception] | None = None
) -> None:
    for name, code, *details in results:
        error = for_code(code)
        if code and error is not harmless:
            reason = next((text for text in details if text), error.__name__)
            message = f"Kafka refuses topic {name}: {reason}"
            raise StackError(message)


def _config(
    retention: timedelta | Literal["for-ever"], max_message_bytes: int
) -> dict[str, str]:
    kept = -1 if retention == "for-ever" else retention // timedelta(milliseconds=1)
    config = {
        "retention.ms": str(kept),
        "max.message.bytes": str(max_message_bytes),
    }
    if retention != "for-ever":
        closes = min(retention / 7, LONGEST_SEGMENT)
        config["segment.ms"] = str(closes // timedelta(milliseconds=1))
    return config
