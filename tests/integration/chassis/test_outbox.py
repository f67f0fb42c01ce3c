"""Events leave in order and none is lost, whoever relays them and whatever breaks."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import asyncpg
import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from chassis import outbox, tracing
from chassis.clock import SetClock
from chassis.outbox import Relay
from devstack.ports import free_port
from support.stack import Database
from support.tiny_service import NOON, ROLE, Bench, made_bench, tell, value_of
from support.waiting import eventually

KEYS, WRITERS, CHANGES = 12, 6, 60
SECOND = timedelta(seconds=1)


@pytest.fixture
async def wide(database: Database, kafka: str) -> AsyncIterator[Bench]:
    """A bench whose topic has four partitions."""
    async with made_bench(kafka, database, partitions=4) as made:
        yield made


@asynccontextmanager
async def relaying(
    bench: Bench,
    *listeners: outbox.Listener,
    servers: str | None = None,
    at: datetime = NOON,
) -> AsyncIterator[Relay]:
    """Run a relay, at a time that stands still."""
    relay = Relay(
        bench.database.url(ROLE),
        {"bootstrap_servers": servers or bench.kafka},
        SetClock(at),
    )
    relay.listeners += listeners
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def write(bench: Bench, *, seed: int, relays: list[Relay]) -> None:
    """Change keys as handlers do: a version under the row's lock, and the event."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(CHANGES):
        box = f"box-{dice.randrange(KEYS)}"
        async with bench.pool.acquire() as connection:
            change = connection.transaction()
            await change.start()
            number = await connection.fetchval(
                "UPDATE effect SET number = number + 1 WHERE box = $1 RETURNING number",
                box,
            )
            await tell(bench, box, number, connection)
            if dice.random() < 0.1:
                await change.rollback()
            else:
                await change.commit()
        for relay in relays:
            relay.wake()


async def storm(bench: Bench, *relays: Relay) -> dict[str, int]:
    """Let many writers change keys, and return the last version of each."""
    await bench.pool.executemany(
        "INSERT INTO effect (box, number) VALUES ($1, 0)",
        [(f"box-{number}",) for number in range(KEYS)],
    )
    await asyncio.gather(
        *(write(bench, seed=seed, relays=list(relays)) for seed in range(WRITERS))
    )
    return {box: number for box, number in await bench.effects() if number}


async def told(bench: Bench) -> dict[str, list[int]]:
    """Return the versions that were told of each key, without repeats, in order."""
    seen: set[bytes] = set()
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for message in await bench.messages(bench.topic):
        event_id = dict(message.headers)["ce_id"]
        if event_id not in seen:
            seen.add(event_id)
            event = value_of(message)
            versions[event["box"]].append(event["number"])
    return dict(versions)


def expected(last: dict[str, int]) -> dict[str, list[int]]:
    """Return every version up to the last of each key."""
    return {box: list(range(1, number + 1)) for box, number in last.items()}


class TestRelay:
    async def test_keeps_the_order_of_each_key_and_loses_nothing(
        self, wide: Bench
    ) -> None:
        async with relaying(wide) as relay:
            last = await storm(wide, relay)
            await wide.until_outbox_empty()

        assert await told(wide) == expected(last)

    async def test_of_two_instances_one_works(self, wide: Bench) -> None:
        async with relaying(wide) as one, relaying(wide) as two:
            last = await storm(wide, one, two)
            await wide.until_outbox_empty()

        assert await told(wide) == expected(last)
        sent = await wide.messages(wide.topic)
        assert len(sent) == sum(last.values()), "both sent some"

    async def test_the_second_takes_over_when_the_first_ends(self, wide: Bench) -> None:
        async with relaying(wide) as second:
            async with relaying(wide) as first:
                await storm(wide, first)
            async with wide.pool.acquire() as connection:
                await tell(wide, "late", 1, connection)
            second.wake()
            await wide.until_outbox_empty()

        assert (await told(wide))["late"] == [1]

    async def test_lost_connections_to_postgresql_lose_nothing(
        self, wide: Bench
    ) -> None:
        async def cut() -> None:
            admin = await asyncpg.connect(wide.database.admin_url)
            for _ in range(5):
                await admin.execute(
                    """
                    SELECT pg_terminate_backend(pid)
                      FROM pg_locks
                     WHERE locktype = 'advisory'
                       AND pid <> pg_backend_pid()
                    """
                )
                for _ in range(10):
                    await tell_one(admin)
            await admin.close()

        async def tell_one(_admin: asyncpg.Connection) -> None:
            async with wide.pool.acquire() as connection:
                await tell(wide, "cut", next(counter), connection)

        counter = iter(range(1, 1000))
        async with relaying(wide), relaying(wide):
            last, _ = await asyncio.gather(storm(wide), cut())
            await wide.until_outbox_empty()

        versions = await told(wide)
        assert versions.pop("cut") == list(range(1, 51))
        assert versions == expected(last)

    async def test_waits_for_kafka_and_then_sends(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = f"127.0.0.1:{free_port()}"
        before = interruptions()
        async with relaying(bench, servers=nowhere) as relay:
            async with bench.pool.acquire() as connection:
                await tell(bench, "a", 1, connection)

            async def failed() -> bool:
                return interruptions() > before

            await eventually(failed)
            assert await bench.pool.fetchval("SELECT count(*) FROM outbox") == 1

            there = {"bootstrap_servers": bench.kafka}
            monkeypatch.setattr(relay, "_options", there)
            await bench.until_outbox_empty()

        assert await told(bench) == {"a": [1]}

    async def test_says_how_long_kafka_was_awaited_also_after_a_restart(
        self, bench: Bench
    ) -> None:
        heard: list[tuple[str, timedelta | None]] = []
        listener = partial(_note, heard)
        events = {str(n): bench.event(box="a", number=n) for n in range(2)}
        before = interruptions()

        async with relaying(bench, listener, servers=f"127.0.0.1:{free_port()}"):
            async with bench.pool.acquire() as connection:
                await outbox.add_all(
                    connection, events, at=NOON, awaited={"1": NOON - SECOND}
                )

            async def failed() -> bool:
                return interruptions() > before

            await eventually(failed)
            assert heard == []  # committed is not told
        async with relaying(bench, listener, at=NOON + 90 * SECOND):
            await bench.until_outbox_empty()

            async def all_heard() -> bool:
                return len(heard) == len(events)

            await eventually(all_heard)

        assert heard == [(bench.topic, None), (bench.topic, 91 * SECOND)]

    async def test_what_stays_in_the_outbox_is_not_counted_yet(
        self, bench: Bench
    ) -> None:
        """Kafka has it, the row stays: it is sent again, and must count once."""
        heard: list[tuple[str, timedelta | None]] = []
        admin = await asyncpg.connect(bench.database.admin_url)
        await admin.execute(f"REVOKE DELETE ON {ROLE}.outbox FROM {ROLE}")
        before = interruptions()
        async with relaying(bench, partial(_note, heard)):
            async with bench.pool.acquire() as connection:
                await tell(bench, "a", 1, connection)

            async def came_twice() -> bool:
                return interruptions() > before + 1

            await eventually(came_twice, within=30)
            assert heard == []
            await admin.execute(f"GRANT DELETE ON {ROLE}.outbox TO {ROLE}")
            await admin.close()
            await bench.until_outbox_empty()

        assert len(await bench.messages(bench.topic)) > 1
        assert heard == [(bench.topic, None)]

    async def test_a_large_event_leaves(self, bench: Bench) -> None:
        note = bench.event(box="a", number=1, text="L-4711 " * 300_000)
        async with relaying(bench):
            async with bench.pool.acquire() as connection:
                await outbox.add(connection, note, at=NOON)
            await bench.until_outbox_empty()

        [message] = await bench.messages(bench.topic)
        assert value_of(message)["text"] == note.text

    async def test_a_standby_rests_although_it_is_woken(self, bench: Bench) -> None:
        async with relaying(bench) as first:
            async with bench.pool.acquire() as connection:
                await tell(bench, "a", 1, connection)
            first.wake()
            await bench.until_outbox_empty()
            standby = Counting(
                bench.database.url(ROLE), {"bootstrap_servers": bench.kafka}
            )
            task = asyncio.create_task(standby.run())

            async def waits() -> bool:
                return standby.rests > 0

            await eventually(waits)
            standby.rests = 0
            standby.wake()
            async with bench.pool.acquire() as connection:
                for _ in range(200):  # round trips, in which it could spin
                    await connection.fetchval("SELECT 1")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        assert standby.rests <= 20

    async def test_tells_how_much_waits_and_for_how_long_while_kafka_is_away(
        self, bench: Bench
    ) -> None:
        relay = Relay(
            bench.database.url("forwarding"), {"bootstrap_servers": "127.0.0.1:1"}
        )
        working = asyncio.create_task(relay.run())
        async with bench.pool.acquire() as connection:
            for _ in range(3):
                await outbox.add_raw(
                    connection, bench.topic, key=None, value=b"", headers={}
                )
            await connection.execute(
                "UPDATE outbox SET added_at = now() - interval '1 hour'"
            )
            await relay.measure(connection)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

        assert relay.oldest_seconds > 3590
        assert REGISTRY.get_sample_value("outbox_pending_records") == 3


def _note(
    heard: list[tuple[str, timedelta | None]], topic: str, waited: timedelta | None
) -> None:
    heard.append((topic, waited))


class Counting(Relay):
    """Counts how often it rests."""

    rests = 0

    @override
    async def _rest(self) -> None:
        self.rests += 1
        await super()._rest()


def interruptions() -> float:
    """Return how often a relay of this process had to begin anew."""
    name, labels = "kafka_producer_errors_total", {"topic": "outbox"}
    return REGISTRY.get_sample_value(name, labels) or 0.0


class TestAdd:
    async def test_nothing_is_told_of_a_change_that_is_undone(
        self, bench: Bench
    ) -> None:
        async with relaying(bench):
            async with bench.pool.acquire() as connection:
                change = connection.transaction()
                await change.start()
                await tell(bench, "a", 1, connection)
                await change.rollback()
                await tell(bench, "a", 2, connection)
            await bench.until_outbox_empty()

        assert await told(bench) == {"a": [2]}

    async def test_the_envelope_is_a_cloud_event(self, bench: Bench) -> None:
        tracing.current.set(f"00-{'a' * 32}-{'b' * 16}-01")
        async with relaying(bench):
            async with bench.pool.acquire() as connection:
                note = bench.event(box="a", number=1)
                await outbox.add(connection, note, at=NOON, event_id="E1")
            await bench.until_outbox_empty()
        tracing.current.set(None)

        [message] = await bench.messages(bench.topic)
        headers = {name: value.decode() for name, value in message.headers}
        trace = headers.pop("traceparent")
        assert headers == {
            "ce_specversion": "1.0",
            "ce_id": "E1",
            "ce_type": bench.topic,
            "ce_source": "tests",
            "ce_time": NOON.isoformat(),
            "content-type": "application/json",
        }
        assert message.key == b"a"
        assert trace == f"00-{'a' * 32}-{'b' * 16}-01"
