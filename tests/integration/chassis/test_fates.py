"""The three fates of a message, on real Kafka and PostgreSQL."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from chassis import consuming, health, replaying, watching
from chassis.errors import Unavailable
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.catalogue import dead_letter_topic
from contracts.event import new_id
from support.odd_names import NoText, send_together
from support.tiny_process import Note, keep
from support.tiny_service import Bench, make_topic
from support.waiting import eventually

EPOCH = datetime.fromtimestamp(0, UTC)
GOOD = json.dumps({"box": "a", "number": 7}).encode()
JSON: tuple[str, bytes] = ("content-type", b"application/json")


def value(**fields: Any) -> bytes:
    """Return a note's bytes with other fields."""
    return json.dumps({"box": "a", "number": 7} | fields).encode()


POISON: dict[str, tuple[bytes | None, list[tuple[str, bytes | None]], str]] = {
    "broken JSON": (b'{"box": "a", ', [JSON], "unreadable"),
    "wrong schema": (b'{"box": 1}', [JSON], "invalid"),
    "not an object": (b"[1]", [JSON], "invalid"),
    "not UTF-8": (b'{"box": "\xff\xfe", "number": 1}', [JSON], "unreadable"),
    "no value": (None, [], "empty"),
    "200,000 deep": (b"[" * 200_000, [JSON], "unreadable"),
    "5,000 digits": (
        b'{"box": "a", "number": ' + b"9" * 5000 + b"}",
        [JSON],
        "unreadable",
    ),
    "another type": (GOOD, [("ce_type", b"OrderPlaced")], "wrong_type"),
    "NUL in a text": (value(box="a\x00b"), [JSON], "invalid"),
    "half a surrogate": (b'{"box": "\\ud800", "number": 1}', [], "unreadable"),
    "structured and broken": (
        b'{"data": ',
        [("content-type", b"application/cloudevents+json")],
        "unreadable",
    ),
    "structured, another type": (
        json.dumps({"type": "OrderPlaced", "data": {}}).encode(),
        [("content-type", b"application/cloudevents+json")],
        "wrong_type",
    ),
    "structured, half a surrogate in its id": (
        json.dumps({"id": "\ud800", "data": json.loads(GOOD)}).encode(),
        [("content-type", b"application/cloudevents+json")],
        "unreadable",
    ),
    "structured, 200,000 deep": (
        b'{"data": ' + b"[" * 200_000,
        [("content-type", b"application/cloudevents+json")],
        "unreadable",
    ),
    "a refusal": (value(text="refuse"), [JSON], "refused"),
}
AS_TEXT = rb'{"box": "\ufffd\ufffd", "number": 1}'
HOSTILE: dict[str, list[tuple[str, bytes | None]]] = {
    "null": [("ce_id", None), ("x", None)],
    "not UTF-8": [("ce_id", b"\xff\xfe"), ("content-type", b"\xff")],
    "a megabyte": [("x", b"y" * 1_000_000)],
    "an id of a megabyte": [("ce_id", b"y" * 1_000_000)],
    "an id with NUL": [("ce_id", b"a\x00b")],
    "a time of the first year": [("ce_time", b"0001-01-01T00:00:00+14:00")],
    "no time": [("ce_time", b"yesterday")],
    "reply_to": [("reply_to", b"nowhere!"), ("correlation_id", b"\xff")],
    "no name": [("", b"x")],
    "the same twice": [("ce_id", b"1"), ("ce_id", b"2")],
}


WAYS: list[dict[str, Any]] = [
    {},
    {"batch": True},
    {"many": True},
    {"once": True},
    {"company": True},
]
AT_LEAST_ONCE: list[dict[str, Any]] = [{"batch": True}, {"many": True}]


class TestRejected:
    @pytest.mark.parametrize("ways", [{}, {"company": True}])
    async def test_each_poison_is_parked_once_and_its_neighbours_unharmed(
        self, bench: Bench, ways: dict[str, Any]
    ) -> None:
        for number, (poison, headers, _) in enumerate(POISON.values()):
            await bench.send(number)
            await bench.send_raw(poison, headers=headers)
        await bench.send(len(POISON))

        async with bench.running(**ways):
            await bench.until_numbers(*range(len(POISON) + 1))
            letters = await bench.until_letters(len(POISON))
            await bench.until_outbox_empty()

        parked = [(row["code"], row["value"]) for row in letters]
        assert parked == [(code, poison) for poison, _, code in POISON.values()]
        copies = await bench.messages(dead_letter_topic(bench.topic))
        assert [copy.value for copy in copies] == [
            AS_TEXT if name == "not UTF-8" else poison or b""
            for name, (poison, _, _) in POISON.items()
        ]
        for copy, row in zip(copies, letters, strict=True):
            told = dict(copy.headers)
            assert told["dlq_code"].decode() == row["code"]
            assert told["dlq_reason"]
            # Several services read a topic: whose `dead-letters` has the row?
            assert told["dlq_service"].decode() == f"tiny-{bench.event.__name__}"
            assert told["dlq_topic"].decode() == bench.topic
            assert int(told["dlq_offset"]) == row["offset"]

    async def test_a_repeat_of_the_same_record_is_not_parked_twice(
        self, bench: Bench
    ) -> None:
        await bench.send_raw(b"{")
        async with bench.running():
            await bench.until_letters(1)
            await bench.until_outbox_empty()
        async with bench.running() as service:
            consumer = consuming.subscribers(service.broker)[0].consumer
            assert consumer is not None
            await consumer.seek_to_beginning()
            await bench.send(1)
            await bench.until_numbers(1)
            await bench.until_outbox_empty()

        assert len(await bench.letters()) == 1
        assert len(await bench.messages(dead_letter_topic(bench.topic))) == 1

    @pytest.mark.parametrize("ways", [{"batch": True}, {"many": True}, {"once": True}])
    async def test_batches_park_what_is_bad_and_keep_what_is_good(
        self, bench: Bench, ways: dict[str, Any]
    ) -> None:
        for number, (poison, headers, code) in enumerate(POISON.values()):
            await bench.send(number)
            if code != "refused":  # what a batch refuses is for its use case to say
                await bench.send_raw(poison, headers=headers)

        async with bench.running(**ways):
            await bench.until_numbers(*range(len(POISON)))
            letters = await bench.until_letters(len(POISON) - 1)

        assert [row["code"] for row in letters] == [
            code for _, _, code in POISON.values() if code != "refused"
        ]

    async def test_hostile_headers_harm_nobody(self, bench: Bench) -> None:
        for number, headers in enumerate(HOSTILE.values()):
            await bench.send_raw(value(number=number), headers=headers)

        async with bench.running():
            await bench.until_numbers(*range(len(HOSTILE)))

        assert await bench.letters() == []

    @pytest.mark.parametrize("packed", [None, "gzip"])
    @pytest.mark.parametrize("ways", WAYS)
    async def test_a_header_name_that_is_no_text_harms_nobody(
        self, bench: Bench, ways: dict[str, Any], packed: str | None
    ) -> None:
        await bench.send(1)
        odd = (NoText(), b"x")
        await send_together(
            bench.kafka,
            bench.topic,
            (value(number=2), [("ce_id", b"2")]),
            (value(number=3), [("ce_id", b"3"), odd, ("mü", b"x")]),
            (b"{", [("mü", b"x"), odd]),
            (value(number=4), [odd, ("ce_id", b"3")]),  # a repeat, by its id
            (value(number=5), []),
            packed=packed,
        )
        await bench.send(6)
        kept = [1, 2, 3, 4, 5, 6] if ways in AT_LEAST_ONCE else [1, 2, 3, 5, 6]

        async with bench.running(**ways):
            await bench.until_numbers(*kept)
            await bench.until_outbox_empty()
            [letter] = await bench.until_letters(1)

        assert (letter["code"], letter["value"]) == ("unreadable", b"{")
        again = await replaying.told_since(bench.settings(), "tiny", bench.event, EPOCH)
        assert [note.number for note in again] == [1, 2, 3, 4, 5, 6]
        assert json.loads(letter["headers"]) == [["mü", "x"], ["???", "x"]]

    async def test_hostile_headers_of_a_dead_letter_are_kept_as_text(
        self, bench: Bench
    ) -> None:
        hostile = [
            ("x", b"a\x00b\xff"),
            ("spelt", b"\\u0000"),
            ("quoted", b'"\\'),
            ("", b"x"),
            ("null", None),
        ]
        await bench.send_raw(b"{", headers=hostile)
        await bench.send(1)

        async with bench.running():
            await bench.until_numbers(1)
            await bench.until_outbox_empty()
            [letter] = await bench.until_letters(1)

        assert dict(json.loads(letter["headers"])) == {
            "x": "ab\N{REPLACEMENT CHARACTER}",
            "spelt": "\\u0000",
            "quoted": '"\\',
            "": "x",
            "null": None,
        }

    async def test_a_copy_that_leaves_has_no_number_and_no_secret(
        self, bench: Bench
    ) -> None:
        number, secret = "+493023125042", "k4n4r13n"
        said = {"box": 7, "number": number, "dialled": 493023125042, "token": secret}
        headers = [("x-session", secret.encode()), ("x-from", number.encode())]
        for poison in (json.dumps(said), json.dumps([number, f"to {number} "])[:-1]):
            await bench.send_raw(poison.encode(), headers=headers, key=number.encode())

        async with bench.running():
            letters = await bench.until_letters(2)
            await bench.until_outbox_empty()

        copies = await bench.messages(dead_letter_topic(bench.topic))
        left = str([(copy.key, copy.value, copy.headers) for copy in copies])
        assert number.removeprefix("+49") not in left
        assert secret not in left
        assert b"+4930231*****" in copies[0].value
        assert number.encode() in letters[0]["value"]  # the row stays whole

    async def test_what_no_topic_takes_does_not_stop_the_outbox(
        self, bench: Bench
    ) -> None:
        # Compressed it is small; a copy of it would be larger than Kafka allows.
        bomb = b"{" + b" " * (6 << 20)
        assert len(gzip.compress(bomb)) < 1 << 20
        async with bomber(bench) as producer:
            await producer.send_and_wait(bench.topic, bomb)
        await bench.send_raw(b"{")

        async with bench.running():
            letters = await bench.until_letters(2)
            await bench.until_outbox_empty()

        assert letters[0]["value"] == bomb
        first, second = await bench.messages(dead_letter_topic(bench.topic))
        assert (first.value, second.value) == (b"", b"{")
        assert "dlq_left_out" in dict(first.headers)

    @pytest.mark.parametrize(
        "ways", [{}, {"batch": True}, {"many": True}, {"company": True}]
    )
    async def test_too_many_in_a_row_stop_the_consumer_and_it_is_not_ready(
        self, bench: Bench, ways: dict[str, Any]
    ) -> None:
        for _ in range(3):
            await bench.send_raw(b"{")
        await bench.send(1)
        async with bench.running(dead_letters_in_a_row=5, **ways) as service:
            await bench.until_numbers(1)
            assert (await health.state(service))["consumers"]

            for _ in range(8):
                await bench.send_raw(b"{")

            async def stuck() -> bool:
                return not (await health.state(service))["consumers"]

            await eventually(stuck)
            assert service.stuck_topics == [bench.topic]
        limit = 3 + 5
        assert len(await bench.letters()) <= limit


def bomber(bench: Bench) -> Any:
    """Return a producer that compresses."""
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - for this test alone

    return AIOKafkaProducer(
        bootstrap_servers=bench.kafka, compression_type="gzip", max_request_size=8 << 20
    )


class TestUnavailable:
    @pytest.mark.parametrize("batch", [False, True])
    async def test_what_fails_three_times_succeeds_later_in_order(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, *, batch: bool
    ) -> None:
        monkeypatch.setattr(consuming, "FIRST_PAUSE", 0.005)
        attempts: list[int] = []

        async def fails_at_first(
            received: Received[Note], connection: Connection
        ) -> None:
            await keep(received, connection)
            attempts.append(received.event.number)
            if received.event.number == 2 and attempts.count(2) <= 3:
                raise Unavailable("not now")

        await bench.send(1, 2, 3, 4)
        async with bench.running(fails_at_first, batch=batch):
            await bench.until_numbers(1, 2, 3, 4)

        assert attempts.count(2) == 4
        assert await bench.letters() == []

    async def test_in_company_it_keeps_none_before_it_from_its_effect(
        self, bench: Bench
    ) -> None:
        may_succeed = asyncio.Event()

        async def fails(received: Received[Note], connection: Connection) -> None:
            await keep(received, connection)
            if received.event.number == 3 and not may_succeed.is_set():
                raise RuntimeError("a bug")

        await bench.send(1, 2, 3, 4)
        async with bench.running(fails, company=True):
            await bench.until_numbers(1, 2)
            may_succeed.set()
            await bench.until_numbers(1, 2, 3, 4)

        assert await bench.letters() == []

    async def test_it_waits_longer_each_time(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consuming, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(consuming, "LONGEST_PAUSE", 0.007)
        attempts = 0

        async def fails(received: Received[Note], connection: Connection) -> None:
            nonlocal attempts
            attempts += 1
            if attempts <= 5:
                raise RuntimeError("a bug")
            await keep(received, connection)

        await bench.send(1)
        with capture_logs() as logs:
            async with bench.running(fails):
                await bench.until_numbers(1)

        failures = [line for line in logs if line["event"] == "message_failed"]
        pauses = [line["pause_seconds"] for line in failures]
        assert pauses == [0.002, 0.004, 0.007, 0.007, 0.007]
        assert [line["attempt"] for line in failures] == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize(
        "stop", [asyncio.CancelledError, SystemExit, KeyboardInterrupt, MemoryError]
    )
    async def test_a_stray_stop_does_not_kill_the_consumer(
        self,
        bench: Bench,
        monkeypatch: pytest.MonkeyPatch,
        stop: type[BaseException],
    ) -> None:
        monkeypatch.setattr(consuming, "FIRST_PAUSE", 0.005)
        raised = 0

        async def stops_once(received: Received[Note], connection: Connection) -> None:
            nonlocal raised
            if not raised:
                raised += 1
                raise stop
            await keep(received, connection)

        await bench.send(1, 2)
        async with bench.running(stops_once) as service:
            await bench.until_numbers(1, 2)
            assert watching.dead_consumers(service.broker) == []

    async def test_a_handler_that_hangs_is_ended_and_tried_again(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consuming, "FIRST_PAUSE", 0.005)
        hung = 0

        async def hangs_once(received: Received[Note], connection: Connection) -> None:
            nonlocal hung
            await keep(received, connection)
            hung += 1
            if hung == 1:
                await asyncio.Event().wait()

        await bench.send(1, 2)
        async with bench.running(hangs_once, handler_timeout=0.3):
            await bench.until_numbers(1, 2)


class TestMany:
    async def test_what_waits_comes_together_and_in_order(self, bench: Bench) -> None:
        await bench.send(*range(50))
        transactions = set()

        async def note(received: Received[Note], connection: Connection) -> None:
            transactions.add(await connection.fetchval("SELECT pg_current_xact_id()"))
            await keep(received, connection)

        async with bench.running(note, many=True):
            await bench.until_numbers(*range(50))

        # How many a fetch brings is Kafka's business; one by one it would be 50.
        assert len(transactions) < 50


ONE_BY_ONE_OR_TOGETHER = pytest.mark.parametrize("once", [False, True])


class TestRedelivery:
    @ONE_BY_ONE_OR_TOGETHER
    async def test_has_one_effect(self, bench: Bench, *, once: bool) -> None:
        twice = [("ce_id", new_id().encode())]
        await bench.send_raw(value(number=1), headers=twice)
        await bench.send_raw(value(number=1), headers=twice)
        await bench.send(2)

        async with bench.running(once=once):
            await bench.until_numbers(1, 2)

    async def test_of_a_structured_cloud_event_has_one_effect(
        self, bench: Bench
    ) -> None:
        around = {"id": new_id(), "type": f"de.ecotel.{bench.topic}"}
        twice = json.dumps(around | {"data": {"box": "a", "number": 1}}).encode()
        content = [("content-type", b"application/cloudevents+json; charset=utf-8")]
        await bench.send_raw(twice, headers=content)
        await bench.send_raw(twice, headers=content)
        await bench.send(2)

        async with bench.running():
            await bench.until_numbers(1, 2)

    async def test_of_an_id_that_cannot_be_stored_has_one_effect(
        self, bench: Bench
    ) -> None:
        twice = [("ce_id", b"y" * 100_000)]
        await bench.send_raw(value(number=1), headers=twice)
        await bench.send_raw(value(number=1), headers=twice)
        await bench.send(2)

        async with bench.running():
            await bench.until_numbers(1, 2)

    @ONE_BY_ONE_OR_TOGETHER
    async def test_after_a_lost_commit_has_one_effect(
        self, bench: Bench, *, once: bool
    ) -> None:
        await bench.send(1, 2, 3)
        async with bench.running(once=once) as service:
            await bench.until_numbers(1, 2, 3)
            consumer = consuming.subscribers(service.broker)[0].consumer
            assert consumer is not None
            await consumer.seek_to_beginning()
            await bench.send(4)
            await bench.until_numbers(1, 2, 3, 4)

    async def test_the_same_content_with_another_id_is_another_message(
        self, bench: Bench
    ) -> None:
        await bench.send(1, 1)

        async with bench.running():
            await bench.until_numbers(1, 1)


async def test_nobody_gets_a_reply(bench: Bench) -> None:
    answers = f"{bench.topic}Answers"
    await make_topic(bench.kafka, answers)
    reply = [("reply_to", answers.encode()), ("correlation_id", b"1")]
    await bench.send_raw(GOOD, headers=reply)
    await bench.send_raw(b"{", headers=reply)
    await bench.send(8)

    async with bench.running():
        await bench.until_numbers(7, 8)
        await bench.until_letters(1)
        await bench.until_outbox_empty()

    assert await bench.messages(answers) == []
