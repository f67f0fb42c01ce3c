"""A bench to watch the tiny service on: a topic, a table, and what became of all."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis import outbox
from chassis.outbox import headers_of
from chassis.postgres import Connection
from chassis.service import Service
from chassis.settings import ServiceSettings
from contracts.catalogue import dead_letter_topic
from contracts.event import new_id
from devstack.database import connection
from devstack.topics import Topic, deploy_topics
from support.stack import Database, unique_group
from support.tiny_process import Note, UseCase, keep, make_service, note_type
from support.waiting import eventually, until_it_listens

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROLE = "forwarding"
"""Any service's schema will do: all have the chassis' tables."""

Headers = Sequence[tuple[str, bytes | None]]


@dataclass
class Bench:
    """A topic, a database and what becomes of the messages."""

    kafka: str
    database: Database
    event: type[Note]
    producer: AIOKafkaProducer
    pool: asyncpg.Pool
    partitions: int

    @property
    def topic(self) -> str:
        """Return the bench's own topic."""
        return self.event.topic()

    def settings(self, **changes: Any) -> ServiceSettings:
        """Return settings of a service on this bench."""
        return ServiceSettings.model_validate(
            {
                "database_url": self.database.url(ROLE),
                "kafka_bootstrap_servers": self.kafka,
                "pool_size": 4,
            }
            | changes
        )

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a process that runs this module."""
        return os.environ | {
            "TINY_DATABASE_URL": self.database.url(ROLE),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "TINY_TOPIC": self.topic,
            "PYTHONPATH": os.pathsep.join(
                [
                    str(Path(__file__).parents[1]),
                    *os.environ.get("PYTHONPATH", "").split(os.pathsep),
                ]
            ),
        }

    @asynccontextmanager
    async def running(
        self,
        use_case: UseCase = keep,
        *,
        batch: bool = False,
        many: bool = False,
        once: bool = False,
        company: bool = False,
        **settings: Any,
    ) -> AsyncIterator[Service]:
        """Run the tiny service in this process, and let it listen first."""
        async with self.serving(
            use_case,
            batch=batch,
            many=many,
            once=once,
            company=company,
            **settings,
        ) as service:
            await until_it_listens(service)
            yield service
            await self.until_relaying()

    @asynccontextmanager
    async def serving(
        self,
        use_case: UseCase = keep,
        *,
        batch: bool = False,
        many: bool = False,
        once: bool = False,
        company: bool = False,
        **settings: Any,
    ) -> AsyncIterator[Service]:
        """Run the tiny service, which may not hear of Kafka yet."""
        service = make_service(
            self.settings(**settings),
            self.event,
            use_case=use_case,
            batch=batch,
            many=many,
            once=once,
            company=company,
        )
        async with service.lifespan():
            yield service

    # -- what goes in ------------------------------------------------------------

    async def send(self, *numbers: int, box: str = "a", **more: Any) -> None:
        """Send notes in this order, each with an id of its own."""
        for number in numbers:
            note = self.event(box=box, number=number, **more)
            headers = headers_of(self.topic, "tests", new_id(), NOON)
            await self.send_raw(
                note.model_dump_json().encode(),
                key=box.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )

    async def send_raw(
        self,
        value: bytes | None,
        *,
        headers: Headers = (),
        key: bytes | None = b"a",
        topic: str | None = None,
    ) -> None:
        """Send whatever it is."""
        await self.producer.send_and_wait(
            topic or self.topic, value, key=key, headers=list(headers)
        )

    # -- what comes of it --------------------------------------------------------

    async def effects(self) -> list[tuple[str, int]]:
        """Return what took effect, in order."""
        rows = await self.pool.fetch("SELECT box, number FROM effect ORDER BY id")
        return [(row["box"], row["number"]) for row in rows]

    async def numbers(self) -> list[int]:
        """Return the numbers that took effect, in order."""
        return [number for _, number in await self.effects()]

    async def until_numbers(self, *numbers: int, within: float = 20) -> None:
        """Wait until exactly these took effect, in this order."""

        async def there() -> bool:
            return len(await self.numbers()) >= len(numbers)

        await eventually(there, within=within)
        assert await self.numbers() == list(numbers)

    async def letters(self) -> list[asyncpg.Record]:
        """Return the dead letters."""
        return await self.pool.fetch("SELECT * FROM dead_letter ORDER BY id")

    async def until_letters(self, count: int) -> list[asyncpg.Record]:
        """Wait until so many messages are parked."""

        async def there() -> bool:
            return len(await self.letters()) >= count

        await eventually(there, within=20)
        return await self.letters()

    async def until_outbox_empty(self) -> None:
        """Wait until everything left for Kafka."""

        async def empty() -> bool:
            return not await self.pool.fetchval("SELECT count(*) FROM outbox")

        await eventually(empty, within=20)

    async def until_relaying(self) -> None:
        """Wait until a relay works: one that ends while it connects leaves a socket."""

        async def locked() -> bool:
            return bool(
                await self.pool.fetchval(
                    """
                    SELECT true
                      FROM pg_locks
                      JOIN pg_database ON pg_database.oid = pg_locks.database
                     WHERE locktype = 'advisory' AND granted
                       AND datname = current_database() AND objid = 1
                    """
                )
            )

        await eventually(locked)

    async def messages(self, topic: str) -> list[Any]:
        """Return every record of a topic, partition by partition."""
        count = self.partitions if topic == self.topic else 1
        places = [TopicPartition(topic, number) for number in range(count)]
        async with AIOKafkaConsumer(
            bootstrap_servers=self.kafka,
            group_id=unique_group(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        ) as consumer:
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            found = []
            for place in places:
                while await consumer.position(place) < ends[place]:
                    found.append(await consumer.getone(place))
        return found

    async def committed(self) -> int:
        """Return how many messages the tiny service's group has behind it."""
        group = f"tiny-{self.topic}.{self.topic}"
        async with AIOKafkaConsumer(
            bootstrap_servers=self.kafka, group_id=group, enable_auto_commit=False
        ) as consumer:
            places = [
                TopicPartition(self.topic, number) for number in range(self.partitions)
            ]
            return sum([await consumer.committed(place) or 0 for place in places])


async def make_topic(kafka: str, name: str, *, partitions: int = 1) -> None:
    """Create a topic and its dead-letter topic, as large as ours."""
    await deploy_topics(
        kafka,
        [
            Topic(name, partitions, {"max.message.bytes": "1048576"}),
            Topic(dead_letter_topic(name), 1, {"max.message.bytes": "2097152"}),
        ],
    )


@asynccontextmanager
async def made_bench(
    kafka: str, database: Database, *, partitions: int = 1
) -> AsyncIterator[Bench]:
    """Make a topic and a table of effects; table and connections go at the end."""
    event = note_type("Note" + unique_group().replace("-", "").replace("_", ""))
    await make_topic(kafka, event.topic(), partitions=partitions)
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute(
        f"""
        SET ROLE {ROLE}_owner;
        SET search_path = {ROLE};
        CREATE TABLE effect (
            id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            box    text    NOT NULL,
            number integer NOT NULL
        );
        """
    )
    await admin.close()
    async with (
        asyncpg.create_pool(database.url(ROLE), min_size=1, max_size=4) as pool,
        AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=8 << 20) as producer,
    ):
        yield Bench(kafka, database, event, producer, pool, partitions)
    # Without it the database is as new, and the next test can have it.
    with suppress(asyncpg.PostgresError, OSError):
        async with connection(database.admin_url) as db:
            await db.execute(f"SET lock_timeout = '1s'; DROP TABLE {ROLE}.effect")


async def tell(bench: Bench, box: str, number: int, connection: Connection) -> None:
    """Queue a note in the transaction of somebody's change."""
    event = bench.event(box=box, number=number)
    await outbox.add(connection, event, at=NOON)


def value_of(message: Any) -> dict[str, Any]:
    """Return the JSON of a message."""
    return dict(json.loads(message.value))
