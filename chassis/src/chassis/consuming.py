"""
Subscribers with the settings that were measured to lose nothing.

FastStream's defaults acknowledge too early (a crash loses messages), retry a
failed message thousands of times a second, and end quietly when a handler is
cancelled. Here a message is acknowledged after its effect, a failure waits
before it is tried again, and a dead consumer ends the process.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import LogicSubscriber
from typing_extensions import override

from chassis import brokers
from chassis.inbox import Record
from chassis.settings import ServiceSettings

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
COMMIT_PAUSE = 0.2
LISTEN_MS = 500

Place = tuple[str, int]
"""A topic and one of its partitions."""
Handle = Callable[[Sequence[Record]], Awaitable[None]]


class HandlerAborted(Exception):
    """A handler was cancelled or tried to exit; its message is tried again."""


class Taking:
    """
    How one subscriber takes what came: acknowledged late, and never given up.

    FastStream keeps the subscriber running. What happens to a message is decided here,
    and not by its middlewares, parsers and decoders, each of which may raise and which
    a flip would wait for.
    """

    failures: ClassVar[Counter[Place]] = Counter()
    """Attempts in a row."""
    in_work: ClassVar[dict[Place, int]] = {}
    """When Kafka took the oldest message that is being handled, in ms."""

    def __init__(
        self, subscriber: LogicSubscriber[Any], handle: Handle, *, at_most: int
    ) -> None:
        self._subscriber, self._handle, self._at_most = subscriber, handle, at_most

    async def listen(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """Return what is there, up to so many, and hear what comes at once."""
        # FastStream's own sleeps after every vain wait, deaf for as long again.
        found = await consumer.getmany(timeout_ms=LISTEN_MS, max_records=self._at_most)
        return tuple(chain.from_iterable(found.values()))

    async def take(self, records: tuple[Record, ...]) -> None:
        """Handle messages and acknowledge them later, or let them come again."""
        consumer = self._subscriber.consumer
        if consumer is None or not self._subscriber.running:
            return  # the service stops; they come again
        with self._subscriber.lock:  # a stop waits for its release
            if await self._succeeds(records):
                await LateCommit.around(consumer).handled(records)
                return
            firsts = {partition_of(each): each.offset for each in reversed(records)}
            for place, offset in firsts.items():
                with suppress(IllegalStateError):  # another member's by now
                    consumer.seek(place, offset)

    async def _succeeds(self, records: tuple[Record, ...]) -> bool:
        """Call the handler; on failure wait, survive it whatever it is, and say so."""
        first = records[0]
        # The oldest of each partition; they come again in any order of these.
        oldest = {(each.topic, each.partition): each for each in reversed(records)}
        self.in_work.update((place, each.timestamp) for place, each in oldest.items())
        try:
            await self._handle(records)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise  # the service stops; the message comes again
            error: BaseException = HandlerAborted("cancelled from inside")
        except (SystemExit, KeyboardInterrupt) as stop:
            error = HandlerAborted(repr(stop))
        except Exception as raised:  # noqa: BLE001 - every failure is tried again
            error = raised
        else:
            for place in oldest:
                self.failures.pop(place, None)
                self.in_work.pop(place, None)
            return True
        place = (first.topic, first.partition)
        self.failures[place] += 1
        await pause(first, error, self.failures[place])
        return False


async def pause(record: Record, error: BaseException, attempt: int) -> None:
    """Wait before a message is tried again, longer each time."""
    seconds = min(FIRST_PAUSE * 2 ** min(attempt, 10), LONGEST_PAUSE)
    log.warning(
        "message_failed",
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        attempt=attempt,
        pause_seconds=seconds,
        exc_info=error,
    )
    await asyncio.sleep(seconds)


def partition_of(record: Record) -> TopicPartition:
    """Return where a message stands."""
    return TopicPartition(record.topic, record.partition)


class LateCommit:
    """
    Commits what was handled a little later, for many messages at once.

    A commit is a round trip that the next message would wait for. Each offset is
    named, so a message that is still in work is never committed; a crash repeats
    what was handled within the pause, and that has no second effect.
    """

    of: ClassVar[WeakKeyDictionary[AIOKafkaConsumer, "LateCommit"]] = (
        WeakKeyDictionary()
    )

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._handled: dict[TopicPartition, int] = {}
        self._at_once = False

    @classmethod
    def around(cls, consumer: AIOKafkaConsumer) -> "LateCommit":
        """Return the one that belongs to a consumer."""
        return cls.of.setdefault(consumer, cls(consumer))

    async def handled(self, records: Iterable[Record]) -> None:
        """Note that these messages took effect."""
        for record in records:
            self._handled[partition_of(record)] = record.offset + 1
        if self._at_once:
            await self.commit()

    async def commit(self) -> None:
        """Send what was noted; what another member owns by now is its business."""
        handled, self._handled = self._handled, {}
        if not handled:
            return
        try:
            await self._consumer.commit(handled)
        except (KafkaError, IllegalStateError) as error:
            log.info("commit_missed", error=repr(error))

    @classmethod
    async def commit_all(cls) -> None:
        """Commit for every consumer of this process; none waits for another."""
        waiting = [each for each in cls.of.values() if each._handled]  # noqa: SLF001 - its own
        await asyncio.gather(*(each.commit() for each in waiting))

    @classmethod
    async def hurry(cls, broker: KafkaBroker) -> None:
        """Commit at once from now on: the service stops after the running handlers."""
        for subscriber in subscribers(broker):
            if subscriber.consumer is not None:
                late = cls.around(subscriber.consumer)
                late._at_once = True  # noqa: SLF001 - its own
                await late.commit()

    @classmethod
    async def run(cls) -> None:
        """Commit every so often, for ever."""
        while True:
            await asyncio.sleep(COMMIT_PAUSE)
            await cls.commit_all()


class Broker(KafkaBroker):
    """A broker whose subscribers join their groups side by side."""

    @override
    async def start(self) -> None:
        """
        Connect and start all at once; raises what the first that failed raised.

        FastStream starts one after the other, and each waits until its group is
        complete: one slow group would keep all others deaf.
        """
        await self.connect()
        try:
            async with asyncio.TaskGroup() as all_at_once:
                for subscriber in self.subscribers:
                    all_at_once.create_task(subscriber.start())
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        self.running = True


def make_broker(settings: ServiceSettings) -> KafkaBroker:
    """Return a broker that acknowledges late and never creates a topic."""
    return Broker(
        settings.kafka_bootstrap_servers,
        security=brokers.security(settings),
        # Its producer tells nothing here, and may wait for ever: see `brokers.begin`.
        consumer_only=True,
        allow_auto_create_topics=False,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        graceful_timeout=settings.stop_timeout.total_seconds(),
        logger=None,
    )


def subscriber_options(service: str, topic: str, instance: int) -> dict[str, Any]:
    """Return the measured settings; a group a topic, so that topics do not wait."""
    return {
        "group_id": f"{service}.{topic}",
        "group_instance_id": f"{service}.{topic}-{instance}",
        "auto_offset_reset": "earliest",
        "session_timeout_ms": 6000,
        "heartbeat_interval_ms": 1500,
        "max_poll_interval_ms": 60_000,
        "ack_policy": AckPolicy.NACK_ON_ERROR,
        "batch": True,
    }


def give(subscriber: LogicSubscriber[Any], handle: Handle, *, at_most: int) -> None:
    """Give what a subscriber hears to `handle`, up to so many messages at once."""
    taking = Taking(subscriber, handle, at_most=at_most)
    # What its loop calls: one thing after the other, for as long as it runs.
    subscriber.get_msg = taking.listen  # type: ignore[method-assign]
    subscriber.consume_one = taking.take  # type: ignore[method-assign,assignment]
    subscriber(_unused)  # one without a handler does not listen


async def _unused(_message: KafkaMessage) -> None:
    """Stand for what FastStream would call; `Taking.take` does instead."""


async def answers(broker: KafkaBroker, *, within: float) -> bool:
    """Ask Kafka something by one of the connections that listen."""
    for consumer in (each.consumer for each in subscribers(broker)):
        if consumer is None:
            continue
        try:
            async with asyncio.timeout(within):
                await consumer.topics()
        except (KafkaError, TimeoutError):
            return False
        return True
    return False


def subscribers(broker: KafkaBroker) -> list[LogicSubscriber[Any]]:
    """Return the broker's subscribers as what they are."""
    return cast("list[LogicSubscriber[Any]]", list(broker.subscribers))
