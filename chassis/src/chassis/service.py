"""A service put together: broker, database, relay, health, metrics and a clean end."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import structlog
from aiokafka.errors import KafkaError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route
from typing_extensions import override

from chassis import (
    brokers,
    consuming,
    dead_letters,
    health,
    metrics,
    postgres,
    progress,
    retention,
    seals,
    watching,
)
from chassis.clock import Clock, SystemClock
from chassis.intake import Intake
from chassis.outbox import Listener, Relay
from chassis.postgres import Connection, Greeting, Pool, Reserved, transaction
from chassis.requests import Measured, refuse
from chassis.retrying import Retrier
from chassis.settings import ServiceSettings

T = TypeVar("T")
Job = Callable[[], Awaitable[None]]

log = structlog.get_logger()

VERSION = "0.1.0"
MEASURE_SECONDS = 2.5
ABANDON_SECONDS = 5.0


class Service(Intake):
    """What a service is made of; `app.py` of each service fills it."""

    pool: Pool
    reserved: Reserved
    """For a look at the database that must not wait for those who work."""

    def __init__(
        self, name: str, settings: ServiceSettings, *, clock: Clock | None = None
    ) -> None:
        super().__init__(name, settings)
        self.clock = clock or SystemClock()
        self.relay = Relay(
            settings.database_url.get_secret_value(),
            brokers.client_options(settings),
            self.clock,
        )
        self.started = False
        """Whether it listens to Kafka; it serves HTTP as soon as it has a database."""
        self.checks: list[health.Check] = []
        number = watching.Number(settings.instance, lambda: self.reserved)
        self._jobs: list[Job] = [
            lambda: watching.watch(self.broker, lambda: self.started, number),
            number.hold,
            self.relay.run,
            consuming.LateCommit.run,
            self._measure,
            self._tidy,
            Retrier(lambda: self.pool, self.take_again, self.clock).run,
        ]
        self._greet: Greeting | None = None
        self._opening: list[Job] = []
        self._closing: list[Job] = []
        self.settling: list[Job] = []
        self.kept: list[retention.Kept] = [*retention.COMMON]
        self._wakes: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stops = False

    # -- what it does beside its messages -----------------------------------------

    def greets_with(self, greet: Greeting) -> None:
        """Do this with each new connection of the pool, before anybody has it."""
        self._greet = greet

    def opens_with(self, job: Job) -> None:
        """
        Run `job` at start, when the database answers, before any message.

        Once, unless the database goes away again meanwhile: then from its beginning.
        """
        self._opening.append(job)

    def closes_with(self, job: Job) -> None:
        """Run `job` at the end, after the last message and before the pool closes."""
        self._closing.append(job)

    def settles_with(self, job: Job) -> None:
        """Run `job` at the end of a replay: what must be so when the service starts."""
        self.settling.append(job)

    def keeps(self, *tables: retention.Kept) -> None:
        """Name what the service stores and for how long: old rows are deleted."""
        self.kept += tables

    def runs(self, job: Job) -> None:
        """Keep `job` running beside the consumers; its end is the service's end."""
        self._jobs.append(job)

    @override
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

    def after_telling(self, listener: Listener) -> None:
        """Call `listener` for each event of the outbox that Kafka acknowledged."""
        self.relay.listeners.append(listener)

    def app(self, routes: Sequence[BaseRoute] = ()) -> Starlette:
        """Return the service as one ASGI application."""
        app = Starlette(
            routes=[
                *health.routes(self),
                Route("/metrics", metrics.show),
                *routes,
            ],
            middleware=[Middleware(Measured)],
            exception_handlers={HTTPException: refuse},
            lifespan=lambda _app: self.lifespan(),
        )
        app.state.service = self
        return app

    # -- its life --------------------------------------------------------------

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """
        Open, run and close everything, in the order that loses nothing.

        It serves once the database answers, and listens once Kafka does: who only looks
        something up, or has a fact to leave in the outbox, does not wait for Kafka.
        """
        metrics.BUILD.labels(
            self.name, VERSION, os.environ.get("SOURCE_REVISION", "unknown")
        ).set(1)
        async with self.opened():
            self._tasks = [asyncio.create_task(self._keep(job)) for job in self._jobs]
            listening = asyncio.create_task(self._keep(self._listen))
            try:
                yield
            finally:
                self.started = False
                # First: a start that is under way would undo the stop.
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await consuming.LateCommit.hurry(self.broker)
                await self.broker.stop()
        log.info("service_stopped")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Be put together with a database, and neither listen nor do anything else."""
        self.pool = await self.patiently(self._connect)
        self.reserved = Reserved(self.pool)
        for job in self._opening:
            await self.patiently(job)
        try:
            yield
        finally:
            self._stops = True
            for job in self._closing:
                await job()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self.reserved.close()
                    await self.pool.close()

    async def _connect(self) -> Pool:
        return await postgres.connect_pool(
            self.settings.database_url.get_secret_value(),
            name=self.name,
            size=self.settings.pool_size,
            greet=self._greet,
        )

    async def _listen(self) -> None:
        """Listen for ever, from the moment in which Kafka answers."""
        await self.patiently(self._subscribe_all)
        self.started = True
        log.info("service_started", port=self.settings.port)
        await asyncio.Event().wait()

    async def _subscribe_all(self) -> None:
        # FastStream leaves clients open that found nobody: ours asks before.
        await brokers.meet(self.settings)
        try:
            await self.broker.start()
        except BaseException:
            # Consumers that half started would stay open: the next try makes others.
            with suppress(TimeoutError, ExceptionGroup):
                async with asyncio.timeout(ABANDON_SECONDS):
                    await self.broker.stop()
            raise

    async def patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        """Do a step of the start; wait for a server that is not there yet."""
        pause = 0.2
        while True:
            try:
                return await step()
            except (*postgres.TRANSIENT, *postgres.NOT_YET, KafkaError) as error:
                log.warning("waiting_for_server", error=repr(error), pause=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _keep(self, job: Job) -> None:
        try:
            await job()
        except asyncio.CancelledError:
            raise
        except BaseException:
            if self._stops:
                return  # what it works with may be closed already
            log.exception("background_job_ended")
        # A service whose relay or timer is gone looks alive and does nothing.
        os._exit(watching.EXIT_DEAD)

    async def _measure(self) -> None:
        lag, loop = progress.Lag(self._now_ms()), asyncio.get_running_loop()
        while True:
            due = loop.time() + MEASURE_SECONDS
            await asyncio.sleep(MEASURE_SECONDS)
            metrics.LOOP_LAG.set(max(0.0, loop.time() - due))
            self.measure_halted()
            self._measure_pool()
            with suppress(KafkaError, OSError, TimeoutError):
                await lag.measure(self.broker, self._now_ms(), listens=self.started)
            with suppress(*postgres.TRANSIENT):
                async with self.pool.acquire(timeout=5) as connection:
                    await self.relay.measure(connection)
                    await dead_letters.measure(connection)

    def _now_ms(self) -> float:
        return self.clock.now().timestamp() * 1000

    def _measure_pool(self) -> None:
        size, idle = self.pool.get_size(), self.pool.get_idle_size()
        for state, number in (
            ("busy", size - idle),
            ("idle", idle),
            ("most", self.pool.get_max_size()),
        ):
            metrics.POOL.labels(state).set(number)

    async def _tidy(self) -> None:
        while True:
            with suppress(*postgres.TRANSIENT):
                await self.forget_what_is_old()
            await asyncio.sleep(3600)

    async def forget_what_is_old(self) -> dict[str, int]:
        """Delete what no table keeps any longer; returns how many rows of which."""
        now, gone = self.clock.now(), dict[str, int]()
        for kept in self.kept:
            async with self.transaction() as connection:
                if count := await retention.forget(
                    connection, kept, self.settings, now
                ):
                    gone[kept.table] = count
        if gone:
            log.info("old_rows_deleted", **gone)
        async with self.transaction() as connection:
            await seals.log_head(connection)
        return gone
