"""A service put together: broker, database, relay, health, metrics and a clean end."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaMessage
from prometheus_client import make_asgi_app
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from chassis import (
    consuming,
    dead_letters,
    health,
    inbox,
    metrics,
    postgres,
    tracing,
)
from chassis.clock import Clock, SystemClock
from chassis.errors import Rejected
from chassis.inbox import Received, Record, UseCase
from chassis.outbox import Relay
from chassis.postgres import Connection, Pool, transaction
from chassis.settings import ServiceSettings
from contracts.event import Event

E = TypeVar("E", bound=Event)
T = TypeVar("T")
Job = Callable[[], Awaitable[None]]

log = structlog.get_logger()

EXIT_DEAD_CONSUMER = 70


class Service:
    """What a service is made of; `app.py` of each service fills it."""

    pool: Pool

    def __init__(
        self, name: str, settings: ServiceSettings, *, clock: Clock | None = None
    ) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock or SystemClock()
        self.broker = consuming.make_broker(settings)
        self.relay = Relay(
            settings.database_url.get_secret_value(),
            settings.kafka_bootstrap_servers,
            self.clock,
        )
        self.started = False
        self.checks: list[health.Check] = []
        self._jobs: list[Job] = [
            self.relay.run,
            consuming.LateCommit.run,
            self._watch,
            self._measure,
            self._tidy,
        ]
        self._opening: list[Job] = []
        self._closing: list[Job] = []
        self._wakes: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._in_a_row: dict[str, int] = {}

    # -- what a service is told ------------------------------------------------

    def on(self, event_type: type[E], use_case: UseCase[E]) -> None:
        """Give each event once to `use_case`, in a transaction of its own."""

        async def handle(received: Received[E]) -> None:
            async with self.transaction() as connection:
                if not await inbox.first_time(
                    connection, event_type.topic(), received.id
                ):
                    self._count(event_type.topic(), "repeated")
                    return
                await use_case(received, connection)

        self.watch(event_type, handle)

    def watch(
        self, event_type: type[E], handle: Callable[[Received[E]], Awaitable[None]]
    ) -> None:
        """Give each event to `handle`, at least once: repeating it must do no harm."""
        topic = event_type.topic()

        async def consume(message: KafkaMessage) -> None:
            record = consuming.first_record(message)
            try:
                received = inbox.read(record, event_type)
                tracing.current.set(received.traceparent)
                structlog.contextvars.bind_contextvars(event_id=received.id)
                async with asyncio.timeout(self._limit):
                    await handle(received)
            except Rejected as fate:
                await self._park(record, fate)
            else:
                self._in_a_row[topic] = 0
                self._count(topic, "done")

        self._subscribe(topic, consume)

    def gather(
        self,
        event_type: type[E],
        use_case: Callable[[list[Received[E]], Connection], Awaitable[None]],
        *,
        at_most: int = 5000,
    ) -> None:
        """Give events in batches to `use_case`: repeating one must do no harm."""

        async def handle(records: Sequence[Record]) -> int:
            read: list[Received[E]] = []
            async with self.transaction() as connection:
                for record in records:
                    try:
                        read.append(inbox.read(record, event_type))
                    except Rejected as fate:
                        await dead_letters.park(connection, record, fate)
                await use_case(read, connection)
            return len(read)

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

        async def consume(message: KafkaMessage) -> None:
            records = message.raw_message
            async with asyncio.timeout(self._limit):
                done = await handle(records)
            self._count(topic, "done", done)

        self._subscribe(
            topic, consume, batch=True, max_records=at_most, batch_timeout_ms=20
        )

    def opens_with(self, job: Job) -> None:
        """Run `job` once at start, when the database answers, before any message."""
        self._opening.append(job)

    def closes_with(self, job: Job) -> None:
        """Run `job` at the end, after the last message and before the pool closes."""
        self._closing.append(job)

    def runs(self, job: Job) -> None:
        """Keep `job` running beside the consumers; its end is the service's end."""
        self._jobs.append(job)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction; what it puts into the outbox leaves right after it."""
        async with transaction(self.pool) as connection:
            yield connection
        self.relay.wake()
        for wake in self._wakes:
            wake()

    def after_commit(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every transaction of the service."""
        self._wakes.append(wake)

    def app(self, routes: Sequence[BaseRoute] = ()) -> Starlette:
        """Return the service as one ASGI application."""
        return Starlette(
            routes=[
                *health.routes(self),
                Mount("/metrics", make_asgi_app()),
                *routes,
            ],
            lifespan=lambda _app: self.lifespan(),
        )

    # -- its life --------------------------------------------------------------

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Open, run and close everything, in the order that loses nothing."""
        metrics.BUILD.labels(
            self.name, "0.1.0", os.environ.get("SOURCE_REVISION", "unknown")
        ).set(1)
        self.pool = await self.patiently(self._connect)
        for job in self._opening:
            await job()
        await self.patiently(self.broker.start)
        self._tasks = [asyncio.create_task(self._keep(job)) for job in self._jobs]
        self.started = True
        log.info("service_started", port=self.settings.port)
        try:
            yield
        finally:
            self.started = False
            await consuming.LateCommit.commit_all()
            await self.broker.stop()
            for job in self._closing:
                await job()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self.pool.close()
            log.info("service_stopped")

    async def _connect(self) -> Pool:
        return await postgres.connect_pool(
            self.settings.database_url.get_secret_value(),
            name=self.name,
            size=self.settings.pool_size,
        )

    async def patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        """Do a step of the start; wait for a server that is not there yet."""
        pause = 0.2
        while True:
            try:
                return await step()
            except (*postgres.TRANSIENT, KafkaError) as error:
                log.warning("waiting_for_server", error=repr(error), pause=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _keep(self, job: Job) -> None:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except BaseException:
            log.exception("background_job_ended")
        # A service whose relay or timer is gone looks alive and does nothing.
        os._exit(EXIT_DEAD_CONSUMER)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1)
            # A service that stops has consumers that ended, and still tells its last.
            if self.started and (dead := consuming.dead_consumers(self.broker)):
                log.critical("consumer_dead", groups=dead)
                os._exit(EXIT_DEAD_CONSUMER)

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(5)
            now_ms = self.clock.now().timestamp() * 1000
            with suppress(KafkaError, OSError, TimeoutError):
                await consuming.measure_lag(self.broker, now_ms)

    async def _tidy(self) -> None:
        while True:
            with suppress(*postgres.TRANSIENT):
                async with self.transaction() as connection:
                    await self._forget(connection)
            await asyncio.sleep(3600)

    async def _forget(self, connection: Connection) -> None:
        now = self.clock.now()
        await dead_letters.forget(
            connection, before=now, kept=self.settings.dead_letter_retention
        )
        await connection.execute(
            "DELETE FROM inbox WHERE received_at < $1",
            now - self.settings.inbox_retention,
        )

    # -- messages --------------------------------------------------------------

    @property
    def _limit(self) -> float:
        return self.settings.handler_timeout.total_seconds()

    def _subscribe(
        self,
        topic: str,
        consume: Callable[[KafkaMessage], Awaitable[None]],
        **more: Any,
    ) -> None:
        options = consuming.subscriber_options(self.name, topic, self.settings.instance)
        self.broker.subscriber(topic, **options, **more)(consume)

    async def _park(self, record: Record, fate: Rejected) -> None:
        seen = self._in_a_row.get(record.topic, 0)
        if seen >= self.settings.dead_letters_in_a_row:
            raise dead_letters.TooManyInARow(record.topic) from fate
        async with self.transaction() as connection:
            await dead_letters.park(connection, record, fate)
        self._in_a_row[record.topic] = seen + 1
        self._count(record.topic, "rejected")

    def _count(self, topic: str, result: str, number: int = 1) -> None:
        metrics.RECORDS.labels(f"{self.name}.{topic}", topic, result).inc(number)

    @property
    def stuck_topics(self) -> list[str]:
        """Return the topics whose consumer waits because too much was parked."""
        most = self.settings.dead_letters_in_a_row
        return [topic for topic, seen in self._in_a_row.items() if seen >= most]
