"""
Events leave a service through its outbox table.

They are written in the transaction that changes the state, and a relay sends
them afterwards: a change and its event stand or fall together. Exactly one
relay of a service works at a time, in order of id: two would break the order,
and a cursor over ids would lose events that commit late.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis import brokers, metrics, tracing
from chassis.clock import Clock, SystemClock
from chassis.postgres import TRANSIENT, Connection
from contracts.event import Event, new_id

log = structlog.get_logger()

BATCH = 500
LARGEST_REQUEST = 4 << 20
STOP_SECONDS = 5
_INSERT = """
    INSERT INTO outbox (topic, key, value, headers, awaited_since)
         VALUES ($1, $2, $3, $4, $5)
"""
Listener = Callable[[str, timedelta | None], None]
"""Hears the topic of each event that Kafka took, and how long that was awaited."""
IDLE_POLL = 0.05
"""Seconds between looks for what another instance committed."""


def headers_of(
    event_type: str, source: str, event_id: str, time: datetime
) -> dict[str, str]:
    """Return the CloudEvents attributes as Kafka headers (binary mode)."""
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_type": event_type,
        "ce_source": source,
        "ce_time": time.isoformat(),
        "content-type": "application/json",
    }


async def add(
    connection: Connection, event: Event, *, at: datetime, event_id: str | None = None
) -> str:
    """Queue `event` for Kafka, if and only if the transaction commits."""
    event_id = event_id or new_id()
    await connection.execute(_INSERT, *_row(event, event_id, at))
    return event_id


async def add_all(
    connection: Connection,
    events: Mapping[str, Event],
    *,
    at: datetime,
    traces: Mapping[str, str] | None = None,
    awaited: Mapping[str, datetime] | None = None,
) -> None:
    """
    Queue many events by their ids, in their order and in one round trip.

    `traces` names the traceparent of those that belong to another trace than the
    work under way; `awaited` since when Kafka should have those that are timed.
    """
    rows = [
        _row(
            event,
            event_id,
            at,
            traceparent=(traces or {}).get(event_id),
            since=(awaited or {}).get(event_id),
        )
        for event_id, event in events.items()
    ]
    await connection.executemany(_INSERT, rows)


async def add_raw(
    connection: Connection,
    topic: str,
    *,
    key: bytes | None,
    value: bytes,
    headers: Mapping[str, str],
) -> None:
    """Queue a message as it is: a dead letter, or one that is sent again."""
    await connection.execute(_INSERT, topic, key, value, json.dumps(headers), None)


def _row(
    event: Event,
    event_id: str,
    at: datetime,
    *,
    traceparent: str | None = None,
    since: datetime | None = None,
) -> tuple[str, bytes, bytes, str, datetime | None]:
    headers = headers_of(event.topic(), type(event).source, event_id, at)
    headers["traceparent"] = traceparent or tracing.here()
    value = event.model_dump_json(by_alias=True).encode()
    return event.topic(), event.key.encode(), value, json.dumps(headers), since


class Relay:
    """Sends what the outbox holds, in order, until it is cancelled."""

    def __init__(
        self,
        database_url: str,
        options: Mapping[str, Any],
        clock: Clock | None = None,
    ) -> None:
        self._url = database_url
        self._options = options
        self._clock = clock or SystemClock()
        self.listeners: list[Listener] = []
        self._wake = asyncio.Event()
        self.oldest_seconds = 0.0

    def wake(self) -> None:
        """Say that something was committed, so that it leaves at once."""
        self._wake.set()

    async def run(self) -> None:
        """Relay for ever; a lost server or a stuck producer starts it anew."""
        while True:
            try:
                await self._relay()
            except (*TRANSIENT, asyncpg.PostgresError, KafkaError) as error:
                log.warning("outbox_relay_interrupted", error=repr(error))
                metrics.PRODUCER_ERRORS.labels("outbox").inc()
                await asyncio.sleep(0.5)

    async def measure(self, connection: Connection) -> None:
        """Look at what waits, also where the relay itself cannot: Kafka is away."""
        # By the clock that stamped the rows: ours may be wrong.
        row = await connection.fetchrow(
            """
            SELECT count(*) AS pending,
                   extract(epoch FROM clock_timestamp() - min(added_at))::float8 AS age
              FROM outbox
            """
        )
        pending, age = (row["pending"], row["age"] or 0.0) if row else (0, 0.0)
        self.oldest_seconds = max(0.0, age)
        metrics.OUTBOX_PENDING.set(pending)
        metrics.OUTBOX_OLDEST.set(self.oldest_seconds)

    async def _relay(self) -> None:
        connection = await asyncpg.connect(self._url, command_timeout=30)
        try:
            # A rebuilt producer is the remedy for one stuck on a sequence number.
            async with self._producing() as producer:
                await self._hold_lock(connection)
                while True:
                    self._wake.clear()
                    if not await self._send_batch(connection, producer):
                        await self._rest()
        finally:
            connection.terminate()

    @asynccontextmanager
    async def _producing(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            **self._options,
            enable_idempotence=True,
            acks="all",
            max_request_size=LARGEST_REQUEST,
            compression_type="lz4",  # an outage may name 100,000 lines
        )
        try:
            await brokers.begin(producer)
            yield producer
        finally:
            # What it did not send stays in the outbox; it may wait for ever for Kafka.
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await producer.stop()

    async def _hold_lock(self, connection: asyncpg.Connection) -> None:
        lock = "SELECT pg_try_advisory_lock(hashtext(current_schema()), 1)"
        while not await connection.fetchval(lock):
            self._wake.clear()
            await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_POLL):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _send_batch(
        self, connection: asyncpg.Connection, producer: AIOKafkaProducer
    ) -> int:
        rows = await connection.fetch(
            """
            SELECT id, topic, key, value, headers, awaited_since
              FROM outbox
             ORDER BY id
             LIMIT $1
            """,
            BATCH,
        )
        if rows:
            # Handed over in order; the idempotent producer keeps it per partition.
            sent = [
                await producer.send(
                    row["topic"],
                    value=row["value"],
                    key=row["key"],
                    headers=_encoded(json.loads(row["headers"])),
                )
                for row in rows
            ]
            async with asyncio.timeout(90):
                await asyncio.gather(*sent)
            taken_at = self._clock.now()
            await connection.execute(
                "DELETE FROM outbox WHERE id = ANY($1::bigint[])",
                [row["id"] for row in rows],
            )
            # Not before: a row that stays is sent again, and would count twice.
            for row in rows:
                self._say(row["topic"], row["awaited_since"], taken_at)
        return len(rows)

    def _say(self, topic: str, since: datetime | None, taken_at: datetime) -> None:
        waited = max(taken_at - since, timedelta()) if since else None
        for listener in self.listeners:
            listener(topic, waited)


def _encoded(headers: Mapping[str, str]) -> Iterable[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in headers.items()]
