"""A service starts patiently, stops gracefully, and survives being killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from typing_extensions import override

from chassis import consuming, health, watching
from chassis.inbox import Received
from chassis.postgres import Connection, Reserved, connect_pool
from devstack.ports import free_port
from support.lost_producers import told_of_nobody
from support.stack import Database
from support.tiny_process import Note, keep, make_service, note_type
from support.tiny_service import Bench, made_bench, make_topic
from support.waiting import eventually, until_it_listens
from support.wires import forwarded, port_of

KILLS, EACH = 10, 30


class Member(ConsumerRebalanceListener):  # type: ignore[misc] # untyped
    """A member of a group that everybody who joins has to wait for."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    @override
    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Take its time over what it is to give back."""
        if revoked:
            self.asked.set()
            await self.may_answer.wait()

    @override
    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Do nothing with it."""


@asynccontextmanager
async def holding_up(kafka: str, group: str, topic: str) -> AsyncIterator[Member]:
    """Be in a group, and hold up who comes next."""
    member = Member()
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=group,
        heartbeat_interval_ms=200,
        session_timeout_ms=60_000,  # longer than the test waits for anything
    ) as consumer:
        consumer.subscribe([topic], listener=member)
        await eventually(lambda: asyncio.sleep(0, consumer.assignment()))
        try:
            yield member
        finally:
            member.may_answer.set()


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which the process would have ended; it goes on."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


async def until_it_ends(ended: list[int]) -> None:
    """Wait until the process would have ended."""
    await eventually(lambda: asyncio.sleep(0, ended))


class TestStop:
    async def test_finishes_the_running_handler_and_nothing_comes_again(
        self, bench: Bench
    ) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()
        calls: list[int] = []

        async def waits(received: Received[Note], connection: Connection) -> None:
            calls.append(received.event.number)
            began.set()
            await may_end.wait()
            await keep(received, connection)

        await bench.send(1, 2)
        async with bench.running(waits) as service:
            await began.wait()
            asyncio.get_running_loop().call_later(0.1, may_end.set)

            async def stopping() -> bool:
                return not service.started

            released = asyncio.create_task(eventually(stopping))
        await released
        done = await bench.numbers()
        assert done[:1] == [1]
        assert await bench.committed() == len(done)

        async with bench.running(waits):
            await bench.until_numbers(1, 2)
        assert calls == [1, 2]

    async def test_a_handler_of_some_seconds_is_not_cut_off_by_the_watchdog(
        self, bench: Bench, ended: list[int]
    ) -> None:
        began, looked = asyncio.Event(), asyncio.Event()

        async def waits(received: Received[Note], connection: Connection) -> None:
            began.set()
            await looked.wait()
            await keep(received, connection)

        await bench.send(1)
        async with bench.running(waits):
            await began.wait()
            # The watchdog looks once a second; the handler outlives two looks.
            asyncio.get_running_loop().call_later(2.2, looked.set)

        assert await bench.numbers() == [1]
        assert ended == []

    async def test_what_takes_too_long_is_undone_and_comes_again(
        self, bench: Bench
    ) -> None:
        began = asyncio.Event()

        async def hangs(received: Received[Note], connection: Connection) -> None:
            await keep(received, connection)
            began.set()
            await asyncio.Event().wait()

        await bench.send(1)
        async with bench.running(hangs, stop_timeout=0.2):
            await began.wait()
        assert await bench.numbers() == []

        async with bench.running():
            await bench.until_numbers(1)

    async def test_a_stopped_service_is_not_ready(self, bench: Bench) -> None:
        async with bench.running() as service:
            assert all((await health.state(service)).values())

        state = await health.state(service)
        assert not any(state[name] for name in ("started", "database", "kafka"))


class TestStart:
    async def test_reads_what_was_told_before_it_ever_ran(self, bench: Bench) -> None:
        await bench.send(1, 2, 3)

        async with bench.running():
            await bench.until_numbers(1, 2, 3)

    async def test_reads_on_where_it_stopped(self, bench: Bench) -> None:
        await bench.send(1)
        async with bench.running():
            await bench.until_numbers(1)
        await bench.send(2)

        async with bench.running():
            await bench.until_numbers(1, 2)

    async def test_waits_for_a_database_that_is_not_there_yet(
        self, bench: Bench
    ) -> None:
        url = bench.database.url("forwarding")
        place = url.rsplit("@", 1)[1].split("/")[0]
        port = free_port()
        away = url.replace(place, f"127.0.0.1:{port}")

        async with (
            forwarded(port, port_of(place), after=0.3),
            bench.running(database_url=away),
        ):
            await bench.send(1)
            await bench.until_numbers(1)

    async def test_serves_while_kafka_is_away_and_listens_when_it_comes(
        self, bench: Bench
    ) -> None:
        await bench.send(1)
        port = free_port()
        async with bench.serving(
            kafka_bootstrap_servers=f"127.0.0.1:{port}"
        ) as service:
            assert await health.state(service) == {
                "started": False,
                "database": True,
                "kafka": False,
                "consumers": False,
                "outbox": True,
            }
            async with forwarded(port, port_of(bench.kafka)):
                await bench.until_numbers(1)
                await until_it_listens(service)
                assert all((await health.state(service)).values())
                await bench.until_relaying()

    async def test_joins_all_groups_at_once_so_that_none_waits_for_another(
        self, bench: Bench
    ) -> None:
        name = f"tiny-{bench.event.__name__}"
        others = [note_type(f"{bench.topic}{n}") for n in (1, 2)]
        service = make_service(bench.settings(), bench.event)
        async with AsyncExitStack() as stack:
            members = []
            for topic in (each.topic() for each in others):
                await make_topic(bench.kafka, topic)
                member = holding_up(bench.kafka, f"{name}.{topic}", topic)
                members.append(await stack.enter_async_context(member))
            for each in others:
                service.on(each, keep)
            async with service.lifespan():
                for member in members:
                    await asyncio.wait_for(member.asked.wait(), 20)
                await bench.send(1)
                await bench.until_numbers(1)
                assert not service.started

                for member in members:
                    member.may_answer.set()
                await until_it_listens(service)

    async def test_waits_when_the_database_goes_away_again_while_it_opens(
        self, bench: Bench
    ) -> None:
        service = make_service(bench.settings(), bench.event)
        tries: list[int] = []

        async def opening() -> None:
            tries.append(1)
            if len(tries) == 1:
                raise asyncpg.DiskFullError("could not extend file")

        service.opens_with(opening)
        async with service.lifespan():
            await until_it_listens(service)
        assert len(tries) == 2

    async def test_no_watchdog_barks_at_what_has_not_begun(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, ended: list[int]
    ) -> None:
        monkeypatch.setattr(watching, "LOST_SECONDS", 0.1)
        away = f"127.0.0.1:{free_port()}"
        with structlog.testing.capture_logs() as told:

            async def tried_often() -> bool:
                tries = [one for one in told if one["event"] == "waiting_for_server"]
                return len(tries) >= 5

            async with bench.serving(kafka_bootstrap_servers=away):
                await eventually(tried_often)
        assert ended == []

    async def test_stops_also_while_it_still_waits_for_kafka(
        self, bench: Bench
    ) -> None:
        async with asyncio.timeout(10):
            away = f"127.0.0.1:{free_port()}"
            async with bench.serving(kafka_bootstrap_servers=away) as service:
                assert not service.started
        assert not any(subscriber.running for subscriber in service.broker.subscribers)

    async def test_a_dead_consumer_ends_the_process(
        self, bench: Bench, ended: list[int]
    ) -> None:
        async with bench.running() as service:
            for task in consuming.subscribers(service.broker)[0].tasks:
                task.cancel()
            await until_it_ends(ended)
            assert ended[0] == 70

    async def test_a_start_that_failed_half_way_leaves_nothing_behind(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin, tries = AIOKafkaConsumer.start, []

        async def fails_at_first(consumer: AIOKafkaConsumer) -> None:
            tries.append(consumer)
            if len(tries) == 1:
                raise KafkaConnectionError("the broker went away meanwhile")
            await begin(consumer)

        monkeypatch.setattr(AIOKafkaConsumer, "start", fails_at_first)
        await bench.send(1)
        async with bench.running() as service:
            await bench.until_numbers(1)
            first, second = tries
            assert first._closed  # noqa: SLF001 - no public way to ask
            assert not second._closed  # noqa: SLF001
            assert not watching.lost_clients(service.broker)
            assert (await health.state(service))["kafka"]

    async def test_a_client_that_knows_no_broker_ends_the_process(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, ended: list[int]
    ) -> None:
        monkeypatch.setattr(watching, "LOST_SECONDS", 1.0)
        async with bench.running() as service:
            await bench.send(1)
            await bench.until_numbers(1)
            assert not watching.lost_clients(service.broker)
            client: Any = consuming.subscribers(service.broker)[0].consumer
            cluster = client._client.cluster  # noqa: SLF001 - as it is found after faults
            monkeypatch.setattr(cluster, "brokers", set)
            await until_it_ends(ended)
            monkeypatch.undo()
        assert ended[0] == 70

    @pytest.mark.parametrize(
        ("part", "task"),
        [
            ("_client", "_sync_task"),
            ("_coordinator", "_coordination_task"),
            ("_fetcher", "_fetch_task"),
        ],
    )
    async def test_a_client_of_which_a_part_ended_ends_the_process(
        self, bench: Bench, ended: list[int], part: str, task: str
    ) -> None:
        async with bench.running() as service:
            await bench.send(1)
            await bench.until_numbers(1)
            assert not watching.ended_clients(service.broker)
            client: Any = consuming.subscribers(service.broker)[0].consumer
            getattr(getattr(client, part), task).cancel()
            await until_it_ends(ended)
        assert ended[0] == 70

    async def test_a_client_that_wrote_where_kafka_just_hung_up_ends_the_process(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, ended: list[int]
    ) -> None:
        update, waits = AIOKafkaClient._metadata_update, asyncio.Event()  # noqa: SLF001 - breaks what is inside

        async def hung_up(client: AIOKafkaClient, cluster: Any, topics: Any) -> Any:
            if topics and not waits.is_set():
                waits.set()
                raise RuntimeError("the handler is closed")  # as uvloop says it
            return await update(client, cluster, topics)

        monkeypatch.setattr(AIOKafkaClient, "_metadata_update", hung_up)
        async with bench.serving() as service:
            await waits.wait()
            await until_it_ends(ended)
            assert not service.started
            [why] = watching.ended_clients(service.broker).values()
        assert ended[0] == 70
        assert "RuntimeError('the handler is closed')" in why

    async def test_a_relay_whose_producer_was_told_of_no_broker_takes_another(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lost = told_of_nobody(monkeypatch)
        async with bench.running() as service:  # until it relays
            assert service.started
        assert [producer._closed for producer in lost] == [True]  # noqa: SLF001 - no public way to ask

    async def test_a_client_that_knows_no_broker_ends_the_process_while_it_starts(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, ended: list[int]
    ) -> None:
        monkeypatch.setattr(watching, "LOST_SECONDS", 1.0)
        starting = asyncio.Event()

        async def never_starts(_consumer: AIOKafkaConsumer) -> None:
            starting.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(AIOKafkaConsumer, "start", never_starts)
        async with bench.serving() as service:
            await starting.wait()
            [subscriber] = consuming.subscribers(service.broker)
            consumer: Any = subscriber.consumer
            cluster = consumer._client.cluster  # noqa: SLF001 - as found
            monkeypatch.setattr(cluster, "brokers", set)
            await until_it_ends(ended)
            assert not service.started
        assert ended[0] == 70

    async def test_a_background_job_that_ends_ends_the_process(
        self, bench: Bench, ended: list[int]
    ) -> None:
        service = make_service(bench.settings(), bench.event)
        service.runs(fails)
        async with service.lifespan():
            await until_it_ends(ended)
            await bench.until_relaying()
            await until_it_listens(service)  # else its start is broken off half way

        assert ended[0] == 70

    async def test_a_background_job_that_fails_while_all_closes_ends_nothing(
        self, bench: Bench, ended: list[int]
    ) -> None:
        closed, failed = asyncio.Event(), asyncio.Event()

        async def works_with_what_is_closed() -> None:
            await closed.wait()
            failed.set()
            await fails()

        async def closes() -> None:
            closed.set()
            await failed.wait()

        service = make_service(bench.settings(), bench.event)
        service.runs(works_with_what_is_closed)
        service.closes_with(closes)
        async with service.lifespan():
            await until_it_listens(service)

        assert ended == []


async def fails() -> None:
    """Do what a job with a bug does."""
    raise RuntimeError("a bug")


@pytest.fixture
async def wide(database: Database, kafka: str) -> AsyncIterator[Bench]:
    """A bench whose topic has two partitions."""
    async with made_bench(kafka, database, partitions=2) as made:
        yield made


def start(bench: Bench) -> subprocess.Popen[bytes]:
    """Start the tiny service as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "support.tiny_process"],
        env=bench.environment
        | {"TINY_PORT": str(free_port()), "TINY_NAME": f"tiny-{bench.topic}"},
        stdout=subprocess.DEVNULL,
    )


async def until_kept(
    bench: Bench, process: subprocess.Popen[bytes], wanted: int
) -> None:
    """Wait until the process kept so many notes."""

    async def far_enough() -> bool:
        assert process.poll() is None
        return len(await bench.numbers()) >= wanted

    await eventually(far_enough, within=30)


@pytest.mark.parametrize(
    ("instead", "error"),
    [
        ({"port": free_port}, "ConnectionRefusedError"),
        ({"password": lambda: "another"}, "InvalidPasswordError"),
        ({"path": lambda: "/nowhere"}, "InvalidCatalogNameError"),
    ],
    ids=["away", "lets nobody in", "has no such database"],
)
async def test_a_start_that_waits_for_its_database_says_why_and_ends_when_told(
    bench: Bench, instead: Mapping[str, Callable[[], str | int]], error: str
) -> None:
    url = urlsplit(bench.environment["TINY_DATABASE_URL"])
    said = {"password": url.password, "port": url.port, "path": url.path}
    said |= {name: make() for name, make in instead.items()}
    place = f"{url.username}:{said['password']}@{url.hostname}:{said['port']}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.tiny_process"),
        env=bench.environment
        | {
            "TINY_PORT": str(free_port()),
            "TINY_DATABASE_URL": f"postgresql://{place}{said['path']}",
        },
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(30):
            while b"waiting_for_server" not in (
                line := await process.stdout.readline()
            ):
                assert line, "it ended by itself"
        assert error.encode() in line
        process.terminate()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_kill_minus_9_in_a_loop_loses_nothing(wide: Bench) -> None:
    sent = 0
    for round_ in range(KILLS + 1):
        for _ in range(EACH):
            sent += 1
            await wide.send(sent, box=f"box-{sent % 4}")
        before = len(await wide.numbers())
        wanted = sent if round_ == KILLS else before + 5 + round_
        process = await asyncio.to_thread(start, wide)
        try:
            await until_kept(wide, process, wanted)
        finally:
            process.send_signal(signal.SIGTERM if round_ == KILLS else signal.SIGKILL)
            code = await asyncio.to_thread(process.wait, 20)
    assert code in {0, -signal.SIGTERM}

    kept = await wide.effects()
    assert sorted(number for _, number in kept) == list(range(1, sent + 1))
    for box in {box for box, _ in kept}:
        numbers = [number for of, number in kept if of == box]
        assert numbers == sorted(numbers)
    assert await wide.committed() == sent


async def test_of_two_with_one_instance_number_one_says_so_and_ends(
    bench: Bench,
) -> None:
    """They would put each other out of their group for ever, and both look alive."""
    both = [await spoken(bench) for _ in range(2)]
    heard = [asyncio.create_task(said(each)) for each in both]
    try:
        async with asyncio.timeout(60):
            await asyncio.wait(heard, return_when=asyncio.FIRST_COMPLETED)
        await bench.send(1)
        await bench.until_numbers(1)  # by the other
        [ended] = [each for each in both if each.returncode is not None]
    finally:
        for process in both:
            if process.returncode is None:
                process.kill()
    last = [json.loads((await each)[-1]) for each in heard]
    words = last[both.index(ended)]

    assert ended.returncode == watching.EXIT_DEAD
    assert (words["event"], words["level"]) == ("instance_used_twice", "critical")
    assert "_INSTANCE" in words["hint"]


async def test_one_of_two_holds_the_lock_of_their_number_until_it_is_gone(
    bench: Bench,
) -> None:
    async with AsyncExitStack() as stack:
        first, second, another = [
            await stack.enter_async_context(holding(bench, instance))
            for instance in (0, 0, 1)
        ]
        await eventually(lambda: asyncio.sleep(0, another[0].is_ours))
        both = [number for number, _ in (first, second)]
        await eventually(lambda: asyncio.sleep(0, any(each.is_ours for each in both)))
        assert [each.is_ours for each in both].count(True) == 1

        (_, goes), (stays, _) = sorted(
            (first, second), key=lambda each: not each[0].is_ours
        )
        await goes.aclose()
        await eventually(lambda: asyncio.sleep(0, stays.is_ours))


@asynccontextmanager
async def holding(
    bench: Bench, instance: int
) -> AsyncIterator[tuple[watching.Number, AsyncExitStack]]:
    """Hold the lock of a number as a process does; the stack ends that process."""
    pool = await connect_pool(bench.database.url("forwarding"), name="t", size=2)
    reserved = Reserved(pool)
    number = watching.Number(instance, lambda: reserved)
    task = asyncio.create_task(number.hold())
    async with AsyncExitStack() as process:
        process.push_async_callback(pool.close)
        process.push_async_callback(reserved.close)
        process.callback(task.cancel)
        yield number, process
    await asyncio.wait([task])


async def spoken(bench: Bench) -> asyncio.subprocess.Process:
    """Start the tiny service as a process of its own whose log is read."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.tiny_process"),
        env=bench.environment
        | {"TINY_PORT": str(free_port()), "TINY_NAME": f"tiny-{bench.topic}"},
        stdout=subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process) -> list[bytes]:
    """Return what a process logs, when it has ended."""
    assert process.stdout
    lines = [line async for line in process.stdout]
    await process.wait()
    return lines
