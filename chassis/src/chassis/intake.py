"""From Kafka to use cases; what can never succeed is parked on the way."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeAlias, TypeVar

import structlog

from chassis import consuming, dead_letters, inbox, metrics, progress, tracing
from chassis.consuming import Handle
from chassis.errors import Rejected
from chassis.inbox import Received, Record, UseCase
from chassis.postgres import Connection
from chassis.settings import ServiceSettings
from contracts.event import Event

E = TypeVar("E", bound=Event)

log = structlog.get_logger()

Many: TypeAlias = Callable[[Sequence[Received[E]]], Awaitable[None]]


class Intake(ABC):
    """The subscriptions of a service."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        self.name = name
        self.settings = settings
        self.broker = consuming.make_broker(settings)
        self._in_a_row: dict[str, int] = {}
        self._consume: dict[str, Handle] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction; what it puts into the outbox leaves right after it."""

    def on(self, event_type: type[E], use_case: UseCase[E]) -> None:
        """Give each event once to `use_case`, in a transaction of its own."""

        async def of_one(some: Sequence[Received[E]], connection: Connection) -> None:
            await use_case(some[0], connection)

        self.on_many(event_type, of_one, at_most=1)

    def on_many(
        self,
        event_type: type[E],
        use_case: Callable[[Sequence[Received[E]], Connection], Awaitable[None]],
        *,
        at_most: int,
    ) -> None:
        """
        Give each event once to `use_case`, in a transaction with others that have come.

        Where that fails, each comes again by itself: none shares another's fate.
        """
        topic = event_type.topic()

        async def handle(received: Sequence[Received[E]]) -> None:
            async with self.transaction() as connection:
                new = await inbox.first_of(connection, topic, received)
                if new:
                    await use_case(new, connection)
            self._count(topic, "repeated", len(received) - len(new))

        self._take(event_type, handle, at_most=at_most)

    def watch(
        self, event_type: type[E], handle: Callable[[Received[E]], Awaitable[None]]
    ) -> None:
        """Give each event to `handle`, at least once: repeating it must do no harm."""

        async def of_one(received: Sequence[Received[E]]) -> None:
            await handle(received[0])

        self._take(event_type, of_one, at_most=1)

    def watch_many(
        self, event_type: type[E], handle: Many[E], *, at_most: int = 200
    ) -> None:
        """
        Give events to `handle`, as many as have come by now; else like `watch`.

        They are in the trace of the first; `handle` works on each `within` its own.
        """
        self._take(event_type, handle, at_most=at_most)

    def _take(self, event_type: type[E], handle: Many[E], *, at_most: int) -> None:
        topic = event_type.topic()

        async def consume(records: Sequence[Record]) -> None:
            found = [_read(one, event_type) for one in records]
            good = [one for one in found if isinstance(one, Received)]
            done = await self._work_together(topic, handle, good)
            for record, one in zip(records, found, strict=True):
                try:
                    if isinstance(one, Rejected):
                        raise one
                    if not done:
                        await self._work(topic, handle, [one])
                except Rejected as fate:
                    await self._park(record, fate)
                else:
                    self._in_a_row[topic] = 0
                    self._count(topic, "done")

        self._subscribe(topic, consume, at_most=at_most)

    async def _work_together(
        self, topic: str, handle: Many[E], received: Sequence[Received[E]]
    ) -> bool:
        """Do some at once; False when each is to be done alone, for its own fate."""
        if len(received) < 2:  # noqa: PLR2004 - no company
            return False
        try:
            await self._work(topic, handle, received)
        except Exception as error:  # noqa: BLE001 - who it was meets it alone
            log.info("taken_one_by_one", topic=topic, error=repr(error))
            return False
        return True

    async def _work(
        self, topic: str, handle: Many[E], received: Sequence[Received[E]]
    ) -> None:
        with self._span(topic, received, **_named(received)):
            async with asyncio.timeout(self._limit):
                await handle(received)

    def gather(
        self,
        event_type: type[E],
        use_case: Callable[[list[Received[E]], Connection], Awaitable[None]],
        *,
        at_most: int = 5000,
        once: bool = False,
    ) -> None:
        """
        Give events in batches to `use_case`, each batch in a transaction of its own.

        Repeating one must do no harm, unless each is to come `once`.
        """
        topic = event_type.topic()

        async def handle(records: Sequence[Record]) -> int:
            read: list[Received[E]] = []
            in_a_row = self._in_a_row.get(topic, 0)
            async with self.transaction() as connection:
                for record in records:
                    try:
                        read.append(inbox.read(record, event_type))
                    except Rejected as fate:
                        self._stop_when_too_many(topic, in_a_row, fate)
                        await dead_letters.park(
                            connection, record, fate, service=self.name
                        )
                        in_a_row += 1
                    else:
                        in_a_row = 0
                new = await inbox.first_of(connection, topic, read) if once else read
                with self._span(topic, new):
                    await use_case(new, connection)
            self._in_a_row[topic] = in_a_row
            self._count(topic, "rejected", len(records) - len(read))
            self._count(topic, "repeated", len(read) - len(new))
            return len(new)

        self.gather_raw(event_type, handle, at_most=at_most)

    def gather_raw(
        self,
        event_type: type[Event],
        handle: Callable[[Sequence[Record]], Awaitable[int]],
        *,
        at_most: int = 5000,
    ) -> None:
        """Give batches as they came; `handle` parks, and returns how many it took."""
        topic = event_type.topic()

        async def consume(records: Sequence[Record]) -> None:
            async with asyncio.timeout(self._limit):
                done = await handle(records)
            self._count(topic, "done", done)

        self._subscribe(topic, consume, at_most=at_most)

    @property
    def stuck_topics(self) -> list[str]:
        """Return the topics whose consumer waits because too much was parked."""
        most = self.settings.dead_letters_in_a_row
        return [topic for topic, seen in self._in_a_row.items() if seen >= most]

    def measure_halted(self) -> None:
        """Tell of each consumer whether it waits for a person."""
        stuck = self.stuck_topics
        for subscriber in consuming.subscribers(self.broker):
            topic = subscriber.topic_names[0]
            metrics.HALTED.labels(subscriber.group_id, topic).set(topic in stuck)

    @property
    def _limit(self) -> float:
        return self.settings.handler_timeout.total_seconds()

    async def take_again(self, record: Record) -> None:
        """Give a parked message to its use case once more; it may be parked again."""
        topic = record.topic
        if topic not in self._consume:
            raise LookupError(f"{self.name} does not listen to {topic}")
        async with self._turns[topic]:
            # A message out of its row says nothing about those that come from Kafka.
            before, self._in_a_row[topic] = self._in_a_row.get(topic, 0), 0
            _forget_the_last_message()
            try:
                await self._consume[topic]([record])
            finally:
                self._in_a_row[topic] = before

    def _subscribe(self, topic: str, consume: Handle, *, at_most: int = 1) -> None:
        """Subscribe to batches of `at_most`."""
        options = consuming.subscriber_options(self.name, topic, self.settings.instance)
        listener = progress.Rebalances(options["group_id"])
        subscriber = self.broker.subscriber(topic, **options, listener=listener)
        self._consume[topic], turn = consume, asyncio.Lock()
        self._turns[topic] = turn

        async def counted(records: Sequence[Record]) -> None:
            _forget_the_last_message()
            try:
                async with turn:
                    await consume(records)
            except BaseException:
                self._count(topic, "failed")
                raise

        for result in ("done", "rejected", "failed"):
            self._count(topic, result, 0)  # a rate needs a series before its first one
        consuming.give(subscriber, counted, at_most=at_most)

    def _span(
        self, topic: str, received: Sequence[Received[Any]], **more: str
    ) -> AbstractContextManager[tracing.Span]:
        """Work on what came, in the trace of the first; a batch may have others."""
        about: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.destination.name": topic,
            "messaging.batch.message_count": len(received),
        }
        return tracing.span_of_all(
            f"process {topic}",
            (each.traceparent for each in received),
            kind="consumer",
            attributes={**about, **more},
        )

    async def _park(self, record: Record, fate: Rejected) -> None:
        in_a_row = self._in_a_row.get(record.topic, 0)
        self._stop_when_too_many(record.topic, in_a_row, fate)
        async with self.transaction() as connection:
            await dead_letters.park(connection, record, fate, service=self.name)
        self._in_a_row[record.topic] = in_a_row + 1
        self._count(record.topic, "rejected")

    def _stop_when_too_many(self, topic: str, in_a_row: int, fate: Rejected) -> None:
        """Raise when it looks like our own bug; the message then comes again."""
        most = self.settings.dead_letters_in_a_row
        if in_a_row >= most:
            self._in_a_row[topic] = most
            raise dead_letters.TooManyInARow(topic) from fate

    def _count(self, topic: str, result: str, number: int = 1) -> None:
        metrics.RECORDS.labels(f"{self.name}.{topic}", topic, result).inc(number)


def _named(received: Sequence[Received[Any]]) -> dict[str, str]:
    """Name the event in the log and in the span, where it is one alone."""
    if len(received) > 1:
        return {}
    [one] = received
    structlog.contextvars.bind_contextvars(event_id=one.id)
    return {"event_id": one.id}


def _read(record: Record, event_type: type[E]) -> Received[E] | Rejected:
    try:
        return inbox.read(record, event_type)
    except Rejected as fate:
        return fate


def _forget_the_last_message() -> None:
    """Take what a consumer's task still says of the message before."""
    tracing.current.set(None)
    structlog.contextvars.unbind_contextvars("event_id")
