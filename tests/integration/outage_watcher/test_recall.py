"""A restored database is behind what readers were told, and catches up."""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from chassis.clock import SystemClock
from chassis.outbox import headers_of
from contracts.event import new_id
from contracts.operations import MaintenanceAnnounced
from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.store import WindowStore
from outage_watcher.usecases.recalling import Told, recall, recall_windows
from support.stack import Database
from support.watched import Watched, heard
from support.watching import NOON, at

LOST = "an outage that only readers know"
WORK = "work that only readers know"


def detected(outage_id: str, version: int, *lines: str) -> OutageDetected:
    return OutageDetected(
        outage_id=outage_id,
        version=version,
        lines=lines,
        occurred_at=NOON,
        detected_at=NOON,
        reported_by="probe",
    )


def cleared(outage_id: str, version: int, **said: Any) -> OutageCleared:
    return OutageCleared(
        outage_id=outage_id, version=version, cleared_at=at(60), **said
    )


async def recalled(watched: Watched, *told: Told, standing: bool = False) -> list[str]:
    now = watched.clock.now()
    async with watched.transaction() as connection:
        changed = await recall(told, connection, standing=standing, at=now)
    return [each.id for each in changed]


async def test_a_failure_after_what_was_over_is_an_outage_of_its_own(
    watched: Watched,
) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    (before,) = await watched.outages()
    watched.clock.move(timedelta(minutes=5))

    await recalled(watched, cleared(before["outage_id"], 2))
    again = heard("down", "L1", at=watched.clock.now(), confirmed=True)
    await watched.hears(again)

    after = (await watched.outages())[-1]
    assert (after["topic"], after["lines"]) == ("OutageDetected", ["L1"])
    assert after["outage_id"] != before["outage_id"]


async def test_what_a_person_ended_does_not_come_back_by_its_repeat(
    watched: Watched,
) -> None:
    down = heard("down", "L1", confirmed=True)
    await watched.hears(down)
    (before,) = await watched.outages()

    await recalled(watched, cleared(before["outage_id"], 2, reason="operator"))
    await watched.hears(down)

    assert await watched.told() == [("OutageDetected", 1)]


async def test_an_outage_that_only_readers_know_stands_until_a_person_ends_it(
    watched: Watched,
) -> None:
    told = detected(LOST, 3, "L2")
    assert await recalled(watched, told) == []
    assert await recalled(watched, told, standing=True) == [LOST]
    assert await recalled(watched, told, standing=True) == []
    await watched.hears(heard("down", "L2", confirmed=True))
    watched.clock.move(timedelta(minutes=5))
    await watched.hears(heard("up", "L2", at=watched.clock.now(), confirmed=True))
    await watched.waits(3600)
    assert await watched.told() == []

    await watched.commands("clear", LOST)
    (over,) = await watched.outages()
    assert (over["topic"], over["outage_id"]) == ("OutageCleared", LOST)
    assert over["version"] == 4


async def test_what_is_told_next_is_newer_than_what_was_told(watched: Watched) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    (before,) = await watched.outages()

    await recalled(watched, detected(before["outage_id"], 5, "L1"))
    await watched.commands("clear", before["outage_id"])

    assert (await watched.told())[-1] == ("OutageCleared", 6)


async def test_a_place_that_only_readers_know_stands_with_the_others(
    watched: Watched,
) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    (before,) = await watched.outages()
    told = detected(before["outage_id"], 5, "L1", "L2")

    assert await recalled(watched, told)  # its version
    assert await recalled(watched, told, standing=True)  # and its places
    watched.clock.move(timedelta(minutes=5))
    await watched.hears(heard("up", "L1", at=watched.clock.now(), confirmed=True))
    await watched.waits(3600)

    assert "OutageCleared" not in [topic for topic, _ in await watched.told()]
    assert "L2" in (await watched.outages())[-1]["lines"]


async def test_what_the_database_knows_is_as_it_was(watched: Watched) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    (before,) = await watched.outages()
    await watched.commands("clear", before["outage_id"])

    told = (
        detected(before["outage_id"], 1, "L1"),
        cleared(before["outage_id"], 2),
        cleared("over, and never known", 2),
    )
    assert await recalled(watched, *told, standing=True) == []


def work(version: int, state: str, **said: Any) -> MaintenanceAnnounced:
    plain = {"window_id": WORK, "element": "N1", "announced_at": at(-60)}
    times = {"starts_at": at(3600), "ends_at": at(7200)}
    return MaintenanceAnnounced.model_validate(
        plain | times | {"version": version, "state": state} | said
    )


async def replanned(
    watched: Watched, *told: MaintenanceAnnounced, standing: bool = False
) -> list[str]:
    now = watched.clock.now()
    async with watched.transaction() as connection:
        changed = await recall_windows(told, connection, standing=standing, at=now)
    return [each.id for each in changed]


async def planned_work(watched: Watched) -> str:
    await watched.commands("plan", element="N1", starts_at=at(3600), ends_at=at(7200))
    async with watched.transaction() as connection:
        (window,) = await WindowStore(connection).to_come()
    return window.id


async def test_work_that_was_cancelled_since_the_back_up_diverts_nobody(
    watched: Watched,
) -> None:
    window = await planned_work(watched)

    told = work(2, "cancelled", window_id=window)
    assert await replanned(watched, told, work(1, "planned", window_id=window))
    await watched.waits(4000)

    assert await watched.told() == []


async def test_work_that_was_put_off_since_the_back_up_begins_then(
    watched: Watched,
) -> None:
    window = await planned_work(watched)

    later = {"starts_at": at(5000), "ends_at": at(9000)}
    assert await replanned(watched, work(2, "planned", window_id=window, **later))
    await watched.waits(4000)
    assert await watched.told() == []
    await watched.waits(1001)

    assert await watched.places() == ["detected N1"]


async def test_work_that_runs_and_was_cancelled_since_the_back_up_ends(
    watched: Watched,
) -> None:
    window = await planned_work(watched)
    await watched.waits(4000)
    assert await watched.places() == ["detected N1"]

    told = work(3, "cancelled", window_id=window, announced_at=at(3900))
    assert await replanned(watched, told)
    await watched.waits(1)
    await watched.waits(900)  # it was seen to be up for as long as any place

    assert await watched.places() == ["detected N1", "cleared N1"]


async def test_work_that_only_readers_know_is_taken_up_with_what_stands(
    watched: Watched,
) -> None:
    over = {"window_id": "over by now", "ends_at": at(-1), "starts_at": at(-9)}
    told = (work(3, "planned"), work(2, "cancelled", window_id="called off"))
    assert await replanned(watched, *told) == []
    news = await replanned(watched, *told, work(1, "running", **over), standing=True)
    assert news == [WORK]
    assert await replanned(watched, *told, standing=True) == []
    await watched.waits(3601)

    assert await watched.places() == ["detected N1"]
    async with watched.transaction() as connection:
        running = await WindowStore(connection).one(WORK)
    assert running is not None
    assert (running.phase, running.version) == ("running", 4)


async def test_the_command_reads_what_was_told(
    database: Database, empty_kafka: str
) -> None:
    since = SystemClock().now()
    async with AIOKafkaProducer(bootstrap_servers=empty_kafka) as producer:
        for event in (detected(LOST, 1, "L2"), detected("another", 1, "L3")):
            await send(producer, event)
        await send(producer, cleared("another", 2))
        ends = {"starts_at": since, "ends_at": since + timedelta(hours=1)}
        await send(producer, work(1, "planned", **ends))

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "outage_watcher"),
        *("recall", "--standing", "--since", since.isoformat()),
        env=os.environ
        | {"OUTAGE_WATCHER_DATABASE_URL": database.url("outage_watcher")}
        | {"KAFKA_BOOTSTRAP_SERVERS": empty_kafka},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()

    assert said.decode().splitlines() == [
        "0 outages are over: readers know it.",
        f"{LOST} stands until somebody clears it: L2",
        "Planned work that is as it was told again: 1",
    ]


async def send(producer: AIOKafkaProducer, event: Told | MaintenanceAnnounced) -> None:
    now = SystemClock().now()
    headers = headers_of(event.topic(), event.source, new_id(), now)
    await producer.send_and_wait(
        event.topic(),
        event.model_dump_json(by_alias=True).encode(),
        key=event.key.encode(),
        headers=[(name, text.encode()) for name, text in headers.items()],
    )
