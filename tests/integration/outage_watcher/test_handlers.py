"""Records of Kafka as they may come, down to effect or dead letter."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from chassis import dead_letters
from chassis.postgres import Connection, Pool, Transaction
from outage_watcher.handlers import Inlet
from outage_watcher.usecases import Watcher
from support.outbox import queued
from support.records import record
from support.watching import NOON

DOWN: dict[str, Any] = {
    "source": "probe",
    "alarm_id": "a",
    "lines": ["L1"],
    "state": "down",
    "confirmed": True,
}
OTHER = DOWN | {"alarm_id": "b", "lines": ["L2"]}
DOWNTIME = {"type": "DowntimeStarted", "timestamp": 1795431600}
DOWNTIME |= {"downtime": {"host_name": "line-\x003", "service_name": ""}}


@pytest.fixture
def inlet(watcher: Watcher, transaction: Transaction) -> Inlet:
    return Inlet(watcher, transaction)


async def outcome(pool: Pool) -> dict[str, int]:
    topics = [each["topic"] for each in await queued(pool, "OutageDetected")]
    return {
        "told": len(topics),
        "parked": await pool.fetchval("SELECT count(*) FROM dead_letter"),
    }


async def test_a_bare_signal_without_headers(inlet: Inlet, pool: Pool) -> None:
    assert await inlet.on_signals([record(DOWN)]) == 1

    assert await outcome(pool) == {"told": 1, "parked": 0}


async def test_a_list(inlet: Inlet, pool: Pool) -> None:
    assert await inlet.on_signals([record([DOWN, OTHER])]) == 2

    assert await outcome(pool) == {"told": 2, "parked": 0}


@pytest.mark.parametrize("written", ["content__type", "Content__Type"])
@pytest.mark.parametrize(
    "carried",
    [{"data": [DOWN]}, {"data_base64": b64encode(json.dumps(DOWN).encode()).decode()}],
)
async def test_a_structured_cloud_event(
    inlet: Inlet, pool: Pool, carried: dict[str, Any], written: str
) -> None:
    headers = {written: "application/cloudevents+json"}
    await inlet.on_signals([record({"id": "1"} | carried, **headers)])

    assert await outcome(pool) == {"told": 1, "parked": 0}


async def test_what_kafka_connect_wraps(inlet: Inlet, pool: Pool) -> None:
    await inlet.on_signals([record({"schema": {"type": "struct"}, "payload": DOWN})])

    assert await outcome(pool) == {"told": 1, "parked": 0}


async def test_a_null_state_of_kafka_connect_is_not_known_and_no_event(
    inlet: Inlet, pool: Pool
) -> None:
    unknown = {"schema": None, "payload": DOWN | {"state": None}}
    await inlet.on_signals([record(DOWN), record(unknown)])

    assert await outcome(pool) == {"told": 1, "parked": 0}
    assert await pool.fetchval("SELECT unknown_at FROM evidence") == NOON


async def test_a_message_that_comes_twice_counts_once(inlet: Inlet, pool: Pool) -> None:
    twice = record([DOWN, DOWN], ce_id="one")
    assert await inlet.on_signals([twice]) == 1
    assert await inlet.on_signals([twice]) == 0

    assert await outcome(pool) == {"told": 1, "parked": 0}


async def test_of_a_backlog_what_was_taken_stays_when_the_rest_is_not(
    watcher: Watcher, transaction: Transaction, pool: Pool
) -> None:
    """Or one that takes longer than a handler may would be begun for ever."""
    turns = 0

    @asynccontextmanager
    async def breaks_at_the_third() -> AsyncIterator[Connection]:
        nonlocal turns
        turns += 1
        if turns == 3:
            raise TimeoutError
        async with transaction() as connection:
            yield connection

    backlog = [
        record([DOWN | {"alarm_id": f"{at}{n}", "lines": [f"L{at}{n}"]} for n in "ab"])
        for at in range(4)
    ]
    backlog.insert(2, record(7))
    inlet = Inlet(watcher, breaks_at_the_third, at_once=2)
    with pytest.raises(TimeoutError):
        await inlet.on_signals(backlog)
    assert await outcome(pool) == {"told": 4, "parked": 0}

    assert await inlet.on_signals(backlog) == 4
    assert await outcome(pool) == {"told": 8, "parked": 1}
    assert turns == 3 + 2  # and what was taken is not even read again


async def test_what_two_systems_tell_under_one_id_are_two_messages(
    inlet: Inlet, pool: Pool
) -> None:
    """Each counts from one, and CloudEvents allow it."""
    one = record(DOWN, ce_id="1", ce_source="/nms/core")
    other = record(OTHER, ce_id="1", ce_source="/nms/access")

    assert await inlet.on_signals([one, other]) == 2
    assert await outcome(pool) == {"told": 2, "parked": 0}


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (None, {}, "empty"),
        (b"{", {}, "unreadable"),
        (b"\xff", {}, "unreadable"),
        (b"\x1e", {}, "unreadable"),  # separates texts of a stream, and here nothing
        (b"[" * 50_000, {}, "unreadable"),
        ({"data": 1}, {"content__type": "application/cloudevents+json"}, "invalid"),
        ([1], {"content__type": "application/cloudevents+json"}, "unreadable"),
        ({}, {}, "invalid"),
        ({"schema": {}, "payload": None}, {}, "invalid"),
        ({"schema": {}, "payload": DOWN | {"state": 0}}, {}, "invalid"),
        (7, {}, "invalid"),
        (DOWN | {"lines": []}, {}, "no_place"),
        (DOWN | {"note": "a\x00b"}, {}, "invalid"),
        (DOWN | {"occurred_at": "NaN"}, {}, "invalid"),
        (DOWNTIME, {}, "invalid"),
        (DOWN, {"ce_type": "OutageDetected"}, "wrong_type"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_message_is_parked_and_harms_no_other(
    inlet: Inlet, pool: Pool, body: object, headers: dict[str, str], code: str
) -> None:
    bad = record(body, **headers)
    await inlet.on_signals([bad, record(OTHER)])

    assert await outcome(pool) == {"told": 1, "parked": 1}
    letter = await pool.fetchrow("SELECT * FROM dead_letter")
    assert letter is not None
    assert (letter["code"], letter["value"]) == (code, bad.value)
    copied = await pool.fetchval("SELECT headers FROM outbox WHERE topic LIKE '%.dlq'")
    assert json.loads(copied)["dlq_service"] == "outage-watcher"


class TestBadElement:
    BAD: dict[str, Any] = DOWN | {"state": "perhaps"}

    async def test_is_parked_alone_with_its_place_in_the_list(
        self, inlet: Inlet, pool: Pool
    ) -> None:
        await inlet.on_signals([record([DOWN, self.BAD, OTHER, 7])])

        assert await outcome(pool) == {"told": 2, "parked": 1}
        letter = await pool.fetchrow("SELECT value, reason FROM dead_letter")
        assert letter is not None
        assert json.loads(letter["value"]) == [self.BAD, 7]
        assert "[1] state" in letter["reason"]
        assert "[3] A signal" in letter["reason"]

    async def test_takes_effect_when_it_is_repaired_and_sent_again(
        self, inlet: Inlet, pool: Pool
    ) -> None:
        await inlet.on_signals([record([DOWN, self.BAD, 7], ce_id="list")])
        async with pool.acquire() as connection:
            letter = await connection.fetchval("SELECT id FROM dead_letter")
            await dead_letters.ask_again(connection, [letter], at=NOON)
            [(_, again)] = await dead_letters.asked_for(connection, limit=9)

        repaired = json.loads(again.value or b"")
        repaired[0] |= {"state": "down", "alarm_id": "b", "lines": ["L2"]}
        again = replace(again, value=json.dumps(repaired).encode())
        assert await inlet.on_signals([again]) == 1

        async with pool.acquire() as connection:
            await dead_letters.taken(connection, letter, at=NOON)
            [told] = await connection.fetch("SELECT * FROM dead_letter")
        assert await outcome(pool) == {"told": 2, "parked": 1}
        assert json.loads(told["value"]) == [7]
        assert told["resent_at"] is None
