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
from dataclasses import replace
from itertools import chain
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy, BaseMiddleware
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


class HandlerAborted(Exception):
    """A handler was cancelled or tried to exit; its message is tried again."""


class Guard(BaseMiddleware):
    """Waits before a failed message is tried again, and survives every exception."""

    failures: ClassVar[Counter[Place]] = Counter()
    """Attempts in a row."""
    in_work: ClassVar[dict[Place, int]] = {}
    """When Kafka took the message that is being handled, in ms."""

    @override
    async def consume_scope(
        self, call_next: Callable[[Any], Awaitable[Any]], msg: Any
    ) -> Any:
        """Call the handler; on failure wait, then let the message come again."""
        record = first_record(msg)
        place = (record.topic, record.partition)
        self.in_work[place] = record.timestamp
        try:
            result = await call_next(msg)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise  # the service stops; the message comes again
            error: Exception = HandlerAborted("cancelled from inside")
        except (SystemExit, KeyboardInterrupt) as stop:
            error = HandlerAborted(repr(stop))
        except Exception as raised:  # noqa: BLE001 - every failure is tried again
            error = raised
        else:
            self.failures.pop(place, None)
            self.in_work.pop(place, None)
            return result
        self.failures[place] += 1
        await self._pause(record, error, self.failures[place])
        raise error

    @staticmethod
    async def _pause(record: Record, error: Exception, attempt: int) -> None:
        pause = min(FIRST_PAUSE * 2 ** min(attempt, 10), LONGEST_PAUSE)
        log.warning(
            "message_failed",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempt=attempt,
            pause_seconds=pause,
            exc_info=error,
        )
        await asyncio.sleep(pause)


def first_record(message: KafkaMessage) -> Record:
    """Return the (first) raw record of a message or batch."""
    raw = message.raw_message
    return raw[0] if isinstance(raw, tuple) else raw


async def safe_parser(message: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """Parse without raising: a header that is no text would skip the message."""
    if isinstance(message, tuple):
        records: tuple[Record, ...] = message
        # Of a batch we read the raw records only: parsing one is enough for FastStream.
        parsed = await original((_without_headers(records[0]),))
    else:
        records = (message,)
        parsed = await original(_without_headers(message))
    parsed.raw_message = message
    parsed.consumer = _Acknowledger(parsed.consumer, records)
    return parsed


def _without_headers(record: Record) -> Record:
    return replace(record, headers=())


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
            place = TopicPartition(record.topic, record.partition)
            self._handled[place] = record.offset + 1
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


class _Acknowledger:
    """What FastStream commits through: this message, later; a seek at once."""

    def __init__(self, consumer: AIOKafkaConsumer, records: Sequence[Record]) -> None:
        self._consumer, self._records = consumer, records

    async def commit(self) -> None:
        await LateCommit.around(self._consumer).handled(self._records)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._consumer.seek(partition, offset)


async def raw_decoder(message: Any) -> Any:
    """Hand on the message as it is; `chassis.inbox` reads its bytes."""
    return message


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
        middlewares=(Guard,),
        apply_types=False,  # handlers take the message itself; no casting on the way
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
        "no_reply": True,
        "parser": safe_parser,
        "decoder": raw_decoder,
    }


def listen_without_pause(subscriber: LogicSubscriber[Any], *, at_most: int) -> None:
    """Let a subscriber of batches take what is there, and hear what comes at once."""

    async def what_came(consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        found = await consumer.getmany(timeout_ms=LISTEN_MS, max_records=at_most)
        return tuple(chain.from_iterable(found.values()))

    # FastStream's own sleeps after every vain wait, deaf for as long again.
    subscriber.get_msg = what_came  # type: ignore[method-assign]


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
