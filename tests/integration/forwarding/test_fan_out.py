"""Hand-made record batches: what a mass flip writes, any Kafka consumer reads."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NotLeaderForPartitionError,
)
from aiokafka.partitioner import DefaultPartitioner, murmur2
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatch

from contracts.event import new_id
from forwarding import straight
from forwarding.fan_out import FanOut, Stream
from forwarding.splicing import RecordBatch, Shared, shared
from forwarding.straight import Straight
from support.lost_producers import told_of_nobody

PARTITIONS = 3
HEADERS = {"ce_specversion": "1.0", "ce_id": "", "ce_type": "ForwardingApplied"}


@pytest.fixture
async def topic(kafka: str) -> AsyncIterator[str]:
    name = f"fan-out-{new_id()[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
        # Answered by the leaders alone: a moment after its birth there are none.
        await consumer.end_offsets([TopicPartition(name, p) for p in range(PARTITIONS)])
    try:
        yield name
    finally:
        await admin.delete_topics([name])
        await admin.close()


@pytest.fixture
async def fan_out(kafka: str, topic: str) -> AsyncIterator[FanOut]:
    fan_out = FanOut({"bootstrap_servers": kafka}, topic)
    yield fan_out
    await fan_out.stop()


def common(seq: int, note: str = "") -> Shared:
    tail = {"in_effect": True, "version": seq, "reason": f"Störung ☎ {note}"}
    return shared(tail, HEADERS | {"traceparent": "ü"}, id_prefix=f"{seq}:")


def row(at: int, filling: str = "") -> tuple[str, int, str]:
    scope = f"+4989999980{at:05}"
    head = json.dumps({"number": scope, "line": f'Ä"\\{filling}'})[:-1]
    return scope, murmur2(scope.encode()) & 0x7FFFFFFF, head


def lines(stream: Stream, rows: Iterable[tuple[str, int, str]]) -> bytes:
    """Return rows as COPY writes them."""
    return b"".join(
        f"{stream.base + hash_ % PARTITIONS}\t{scope}\t{head}\n".encode().replace(
            b"\\", b"\\\\"
        )
        for scope, hash_, head in rows
    )


async def read(kafka: str, topic: str, count: int) -> list[object]:
    places = [TopicPartition(topic, p) for p in range(PARTITIONS)]
    async with AIOKafkaConsumer(bootstrap_servers=kafka, check_crcs=True) as consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning()
        found: list[object] = []
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=5000)).values():
                found += records
        ends = await consumer.end_offsets(places)
        assert sum(ends.values()) == count
    return found


@pytest.mark.parametrize("count", [1, 2, 8, 9, 63, 64, 65, 1000, 8191, 8193, 20_000])
async def test_every_event_is_read_byte_for_byte(
    kafka: str, topic: str, fan_out: FanOut, count: int
) -> None:
    rows, told = [row(at) for at in range(count)], common(7)
    if count <= 1000:
        await fan_out.few(rows, told)
    else:
        stream = await fan_out.stream(told)
        data = lines(stream, rows)
        for at in range(0, len(data), 9973):  # cut anywhere, as a socket does
            await stream.add(data[at : at + 9973])
        await stream.end()
        assert stream.count == count

    sent = {scope: head for scope, _, head in rows}
    default = DefaultPartitioner()
    for record in await read(kafka, topic, count):
        key = record.key.decode()  # type: ignore[attr-defined]
        assert record.value == sent.pop(key).encode() + told.tail  # type: ignore[attr-defined]
        assert dict(record.headers) == {  # type: ignore[attr-defined]
            "ce_id": f"7:{key}".encode(),
            "ce_specversion": b"1.0",
            "ce_type": b"ForwardingApplied",
            "traceparent": "ü".encode(),
        }
        everywhere = list(range(PARTITIONS))
        assert record.partition == default(key.encode(), everywhere, everywhere)  # type: ignore[attr-defined]
        assert json.loads(record.value)["reason"].startswith("Störung ☎")  # type: ignore[attr-defined]
    assert not sent


async def test_values_larger_than_a_batch_arrive(
    kafka: str, topic: str, fan_out: FanOut
) -> None:
    # Not to be compressed away: the size on the wire counts too.
    noise = random.Random(1).randbytes(150_000).hex()  # noqa: S311 - no secret
    rows = [row(at, noise) for at in range(20)]
    stream = await fan_out.stream(common(8, noise[:3000]))
    await stream.add(lines(stream, rows))
    await stream.end()
    assert len(await read(kafka, topic, 20)) == 20


async def test_a_block_is_keyed_by_its_first_number(
    kafka: str, topic: str, fan_out: FanOut
) -> None:
    # Longer and shorter ones between single numbers: all lengths share a batch.
    singles = [row(at) for at in range(3, 30)]
    blocks = [
        (f"{scope}-{scope[:-1]}9", hash_, head)
        for scope, hash_, head in (row(at) for at in range(100, 103))
    ]
    short = ("+49899999-+49899999", 0, '{"number":"+49899999"')
    stream = await fan_out.stream(common(9))
    await stream.add(lines(stream, [*singles[:9], *blocks, short, *singles[9:]]))
    await stream.end()
    rows = [*singles, *blocks, short]
    found = {
        record.key.decode(): record  # type: ignore[attr-defined]
        for record in await read(kafka, topic, len(rows))
    }
    for scope, _, head in rows:
        record = found.pop(scope.partition("-")[0])
        assert record.value == head.encode() + common(9).tail  # type: ignore[attr-defined]
        assert dict(record.headers)["ce_id"] == f"9:{scope}".encode()  # type: ignore[attr-defined]
    assert not found


async def test_other_records_of_the_producer_go_in_between(
    kafka: str, topic: str, fan_out: FanOut
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as other:
        await fan_out.few([row(at) for at in range(3)], common(1))
        await other.send_and_wait(topic, b"plain")
        await fan_out.few([row(at) for at in range(50)], common(2))
    assert len(await read(kafka, topic, 54)) == 54


class TestStraight:
    """A few events alone go past a producer's queue, and through it in any trouble."""

    @pytest.fixture
    def queued(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        """The keys that went through a queue."""
        send, keys = AIOKafkaProducer.send, list[bytes]()

        async def noted(producer: AIOKafkaProducer, *args: Any, **kwargs: Any) -> Any:
            keys.append(kwargs["key"])
            return await send(producer, *args, **kwargs)

        monkeypatch.setattr(AIOKafkaProducer, "send", noted)
        return keys

    async def test_few_wait_for_no_queue(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes]
    ) -> None:
        await fan_out.few([row(at) for at in range(8)], common(1))

        assert len(await read(kafka, topic, 8)) == 8
        assert not queued

    async def test_it_is_what_all_replicas_have(
        self, fan_out: FanOut, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = list[ProduceRequest]()
        send = AIOKafkaClient.send

        async def noted(client: AIOKafkaClient, node: int, request: Any) -> Any:
            if isinstance(request, ProduceRequest):
                asked.append(request)
            return await send(client, node, request)

        await fan_out.few([row(1)], common(1))
        monkeypatch.setattr(AIOKafkaClient, "send", noted)
        await fan_out.few([row(2)], common(1))

        assert {request.required_acks for request in asked} == {-1}

    async def test_of_a_crowd_some_share_requests(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes]
    ) -> None:
        flips = (fan_out.few([row(seq)], common(seq)) for seq in range(1000))

        await asyncio.gather(*flips)

        told = [one.key.decode() for one in await read(kafka, topic, 1000)]  # type: ignore[attr-defined]
        assert sorted(told) == [row(seq)[0] for seq in range(1000)]
        assert 0 < len(queued) < 1000

    @pytest.mark.parametrize("leader", [None, -1, 4711])
    async def test_a_leader_that_is_not_known_is_found_by_the_producer(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes],
        monkeypatch: pytest.MonkeyPatch, leader: int | None,
    ) -> None:  # fmt: skip
        await fan_out.few([row(1)], common(1))
        monkeypatch.setattr(Straight, "_leader", lambda *_: leader)

        await fan_out.few([row(2)], common(1))

        assert queued == [row(2)[0].encode()]
        assert len(await read(kafka, topic, 2)) == 2

    async def test_only_what_a_partition_did_not_take_is_sent_again(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        await fan_out.few([row(1)], common(1))
        send = AIOKafkaClient.send

        async def in_part(client: AIOKafkaClient, node: int, request: Any) -> Any:
            answer = await send(client, node, request)
            if isinstance(request, ProduceRequest) and not queued:
                [(name, [(first, _, *rest), *others])] = answer.topics
                refused = (first, NotLeaderForPartitionError.errno, *rest)
                return SimpleNamespace(topics=[(name, [refused, *others])])
            return answer

        monkeypatch.setattr(AIOKafkaClient, "send", in_part)
        rows = [row(at) for at in range(2, 10)]
        await fan_out.few(rows, common(1))

        # It had taken it, in truth: so everything of this partition is there twice.
        assert len({(murmur2(key) & 0x7FFFFFFF) % PARTITIONS for key in queued}) == 1
        assert len(queued) < len(rows)
        assert len(await read(kafka, topic, 9 + len(queued))) == 9 + len(queued)

    async def test_a_cut_connection_is_the_producers_business(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        await fan_out.few([row(1)], common(1))
        send, uncut = AIOKafkaClient.send, [True]

        async def cut(client: AIOKafkaClient, node: int, request: Any) -> Any:
            if uncut and isinstance(request, ProduceRequest):
                uncut.clear()
                raise KafkaConnectionError("cut")
            return await send(client, node, request)

        monkeypatch.setattr(AIOKafkaClient, "send", cut)
        await fan_out.few([row(2)], common(1))

        assert queued == [row(2)[0].encode()]
        assert len(await read(kafka, topic, 2)) == 2

    async def test_who_gets_no_answer_does_not_wait_for_ever(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        await fan_out.few([row(1)], common(1))
        monkeypatch.setattr(straight, "PATIENCE", 0.1)
        send, silent = AIOKafkaClient.send, [True]

        async def unanswered(client: AIOKafkaClient, node: int, request: Any) -> Any:
            answer = await send(client, node, request)
            if silent and isinstance(request, ProduceRequest):
                silent.clear()
                await asyncio.Event().wait()
            return answer

        monkeypatch.setattr(AIOKafkaClient, "send", unanswered)
        await fan_out.few([row(2)], common(1))

        assert queued == [row(2)[0].encode()]
        told = await read(kafka, topic, 3)  # the event came twice, under one id
        assert len({dict(one.headers)["ce_id"] for one in told}) == 2  # type: ignore[attr-defined]

    async def test_what_is_too_large_for_one_batch_goes_through_the_producer(
        self, kafka: str, topic: str, fan_out: FanOut, queued: list[bytes]
    ) -> None:
        same = next(at for at in range(1, 99) if row(at)[1] % 3 == row(0)[1] % 3)
        rows = [row(0, "x" * 300_000), row(same, "x" * 300_000)]

        await fan_out.few(rows, common(1))

        assert len(queued) == 2
        assert len(await read(kafka, topic, 2)) == 2


async def test_a_thousand_small_flips_at_once_wait_for_each_other(
    kafka: str, topic: str, fan_out: FanOut
) -> None:
    flips = (
        fan_out.few([row(at) for at in range(10)], common(seq)) for seq in range(1000)
    )

    await asyncio.gather(*flips)

    told = [json.loads(one.value) for one in await read(kafka, topic, 10_000)]  # type: ignore[attr-defined]
    of_one = [one["version"] for one in told if one["number"] == row(3)[0]]
    assert of_one == sorted(of_one)


async def test_after_renewal_it_tells_on(
    kafka: str, topic: str, fan_out: FanOut
) -> None:
    await fan_out.few([row(at) for at in range(20)], common(1))
    await fan_out.renew()
    await fan_out.few([row(at) for at in range(20)], common(1))
    assert len(await read(kafka, topic, 40)) == 40


async def test_a_producer_that_was_told_of_no_broker_is_replaced(
    kafka: str, topic: str, fan_out: FanOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = told_of_nobody(monkeypatch)
    staying = asyncio.create_task(fan_out.stay_connected())
    try:
        async with asyncio.timeout(30):
            with pytest.raises(KafkaError):
                await fan_out.few([row(1)], common(1))
            await fan_out.few([row(1)], common(1))
    finally:
        staying.cancel()
    assert len(lost) == 1
    assert len(await read(kafka, topic, 1)) == 1


def test_a_batch_that_is_sent_again_under_a_new_number_is_whole() -> None:
    records = [b"\x10\0\0" + bytes([at * 2]) + b"\x02k\x02v\0" for at in range(5)]
    batch = RecordBatch(b"".join(records), 5)
    batch._set_producer_state(17, 0, 100)  # noqa: SLF001 - as the producer does
    first = bytes(batch._build())  # noqa: SLF001
    batch._set_producer_state(18, 1, 5)  # noqa: SLF001
    again = bytes(batch._build())  # noqa: SLF001
    for built, sequence in ((first, 100), (again, 5)):
        read_back = DefaultRecordBatch(built)
        assert read_back.validate_crc()
        assert read_back.base_sequence == sequence
        assert [r.offset for r in read_back] == [0, 1, 2, 3, 4]
    assert batch.record_count() == 5


def test_a_record_that_was_changed_on_its_way_is_noticed() -> None:
    batch = RecordBatch(b"\x10\0\0\0\x02k\x02v\0", 1)
    built = bytearray(batch._build())  # noqa: SLF001
    built[-3] ^= 1
    assert not DefaultRecordBatch(bytes(built)).validate_crc()
