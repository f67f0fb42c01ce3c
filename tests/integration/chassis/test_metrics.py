"""What every service says of itself exists, and moves."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from chassis import metrics, progress, service
from chassis.consuming import Taking
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from devstack.ports import free_port
from support.tiny_service import Bench
from support.waiting import eventually, until_it_listens
from support.wires import forwarded, port_of


def value(name: str, bench: Bench, **labels: str) -> float:
    """Return a metric of the bench's consumer; -1 where it does not exist."""
    group = {
        "group": f"tiny-{bench.topic}.{bench.topic}",
        "topic": bench.topic,
    } | labels
    found = REGISTRY.get_sample_value(name, group)
    return -1.0 if found is None else found


def plain(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(name, labels)
    return -1.0 if found is None else found


async def refuse(_received: Received[Any], _connection: Connection) -> None:
    raise Rejected("no", "never")


async def test_a_consumer_tells_that_kafka_answers_it(bench: Bench) -> None:
    rebalances = "kafka_consumer_rebalances_total"
    group = f"tiny-{bench.topic}.{bench.topic}"
    began = time.time()
    async with bench.running():

        async def polled() -> bool:
            seen = value("kafka_consumer_last_poll_timestamp_seconds", bench)
            return seen >= began - 1

        await eventually(polled, within=20)

        assert plain(rebalances, group=group) >= 1
        assert value("kafka_consumer_halted", bench) == 0


async def test_who_waits_for_kafka_says_since_when(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MEASURE_SECONDS", 0.05)
    last_poll, began = "kafka_consumer_last_poll_timestamp_seconds", time.time()
    port = free_port()
    async with bench.serving(kafka_bootstrap_servers=f"127.0.0.1:{port}") as waiting:

        async def told() -> bool:
            return value(last_poll, bench) >= began - 1

        await eventually(told)
        first, later = value(last_poll, bench), time.time()
        metrics.LOOP_LAG.set(-1)

        async def measured_again() -> bool:
            return plain("event_loop_lag_seconds") >= 0

        await eventually(measured_again)
        assert value(last_poll, bench) == first

        async def heard() -> bool:
            return value(last_poll, bench) >= later

        async with forwarded(port, port_of(bench.kafka)):
            await eventually(heard, within=20)
            await until_it_listens(waiting)
            await bench.until_relaying()


async def test_who_listens_and_has_no_partition_waits_for_nothing() -> None:
    subscriber = SimpleNamespace(group_id="tiny.Idle", consumer=OfTwoInstances())
    broker: Any = SimpleNamespace(subscribers=[subscriber])
    lag = progress.Lag(1000)
    for listens, polled in ((False, 1), (True, -1)):
        await lag.measure(broker, 9000, listens=listens)

        last_poll = "kafka_consumer_last_poll_timestamp_seconds"
        assert plain(last_poll, group="tiny.Idle", topic="Idle") == polled


async def test_the_oldest_message_ages_while_its_handler_works(bench: Bench) -> None:
    let_go = asyncio.Event()

    async def slowly(_received: Received[Any], _connection: Connection) -> None:
        await let_go.wait()

    oldest = "kafka_consumer_oldest_unprocessed_seconds"
    await bench.send(1)
    async with bench.running(slowly):

        async def ages() -> bool:
            return value(oldest, bench) > 2

        await eventually(ages, within=20)
        let_go.set()

        async def young() -> bool:
            return value(oldest, bench) == 0

        await eventually(young, within=20)
        assert value("kafka_consumer_records_total", bench, result="done") == 1


def ages(*looks: tuple[int, int, float]) -> list[float]:
    """Return the age of the oldest message at looks at (position, end, now in ms)."""
    seen = progress.Seen()
    return [now - seen.oldest(position, end, now) for position, end, now in looks]


def test_a_message_that_nobody_fetched_ages_too() -> None:
    assert ages((5, 5, 1000), (5, 8, 2000), (6, 9, 9000), (9, 9, 9500)) == [
        0,
        0,
        7000,
        0,
    ]


def test_who_keeps_up_with_steady_traffic_is_not_behind() -> None:
    looks = [(10 * look, 10 * look + 7, 1000.0 * look) for look in range(600)]

    assert set(ages(*looks)) == {0}


def test_who_falls_behind_more_and_more_is_told_how_much() -> None:
    looks = [(look, 2 * look, 1000.0 * look) for look in range(600)]

    assert ages(*looks)[-1] == 599_000 - 300_000


def test_who_is_behind_for_hours_remembers_no_more_looks_than_it_may() -> None:
    seen = progress.Seen()
    for look in range(5000):
        assert seen.oldest(0, look + 1, 1000.0 * look) == 0

    assert len(seen._ends) == progress.MOST_LOOKS  # noqa: SLF001 - memory is bounded


class OfTwoInstances:
    """As much of a client as the lag is read from; the other instance has the rest."""

    def __init__(self, *partitions: int) -> None:
        self.partitions = partitions

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("Moving", each) for each in self.partitions}

    async def position(self, _place: TopicPartition) -> int:
        return 5

    def highwater(self, _place: TopicPartition) -> int:
        return 8

    def last_poll_timestamp(self, _place: TopicPartition) -> int:
        return 1000


async def test_nobody_speaks_of_partitions_that_another_instance_has() -> None:
    lag, group = progress.Lag(0), "tiny.Moving"
    for mine in ((0, 1), (1,), ()):
        await lag._measure(group, OfTwoInstances(*mine), 2000)  # noqa: SLF001 - needs no broker
        shown = [
            partition
            for partition in ("0", "1")
            if plain(
                "kafka_consumer_lag_records",
                group=group,
                topic="Moving",
                partition=partition,
            )
            == 3
        ]
        polled = plain(
            "kafka_consumer_last_poll_timestamp_seconds", group=group, topic="Moving"
        )

        assert shown == [str(each) for each in mine]
        assert polled == (1 if mine else -1)


async def test_what_another_instance_has_done_is_no_longer_in_work_here() -> None:
    lag, group, place = progress.Lag(0), "tiny.Moving", ("Moving", 0)
    Taking.in_work[place] = 0
    for mine in ((0,), (), (0,)):
        await lag._measure(group, OfTwoInstances(*mine), 2000)  # noqa: SLF001 - needs no broker

    oldest = "kafka_consumer_oldest_unprocessed_seconds"
    assert plain(oldest, group=group, topic="Moving") == 0


async def test_dead_letters_wait_until_they_are_sent_again(bench: Bench) -> None:
    await bench.send(1, 2)
    async with bench.running(refuse, dead_letters_in_a_row=2):
        await bench.until_letters(2)

        async def told() -> bool:
            return plain("kafka_dlq_waiting_records") == 2

        await eventually(told, within=20)
        await bench.send(3)

        async def halted() -> bool:
            failed = value("kafka_consumer_records_total", bench, result="failed")
            return failed >= 1 and value("kafka_consumer_halted", bench) == 1

        await eventually(halted, within=20)
        assert value("kafka_consumer_records_total", bench, result="rejected") == 2


async def test_the_pool_and_the_loop_are_measured(bench: Bench) -> None:
    metrics.POOL.clear()
    async with bench.running():

        async def measured() -> bool:
            return plain("postgres_pool_connections", state="most") == 4

        await eventually(measured, within=20)

    assert plain("event_loop_lag_seconds") >= 0
