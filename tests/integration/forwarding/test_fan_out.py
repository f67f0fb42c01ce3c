"""Hand-made record batches: what a mass flip writes, any Kafka consumer reads."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner, murmur2
from aiokafka.record.default_records import DefaultRecordBatch

from contracts.event import new_id
from forwarding.fan_out import FanOut, Stream
from forwarding.packing import Packer
from forwarding.sheets import sheet_of
from forwarding.splicing import RecordBatch, Shared, shared
from support.lost_producers import told_of_nobody

PARTITIONS = 3
HEADERS = {"ce_specversion": "1.0", "ce_id": "", "ce_type": "ForwardingApplied"}


@pytest.fixture
async def topic(kafka: str) -> AsyncIterator[str]:
    name = f"fan-out-{new_id()[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
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


@pytest.mark.parametrize(
    ("singles_come", "ahead", "waits"),
    [(False, 20_000, False), (False, 15_000, True), (True, 20_000, True)],
)
async def test_a_mass_flip_goes_at_its_readers_pace(
    kafka: str,
    topic: str,
    fan_out: FanOut,
    monkeypatch: pytest.MonkeyPatch,
    *,
    singles_come: bool,
    ahead: int,
    waits: bool,
) -> None:
    asked, sleep = [0.0], asyncio.sleep

    async def no_sleep(seconds: float, result: object = None) -> object:
        asked.append(seconds)
        return await sleep(0, result)

    stream = await fan_out.stream(common(9))
    monkeypatch.setattr("forwarding.fan_out.PACE", 100)
    monkeypatch.setattr("forwarding.fan_out.AHEAD", ahead)
    monkeypatch.setattr("forwarding.fan_out.RECENT", 60.0)
    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    if singles_come:
        with fan_out.right_of_way.taken(by_single=True):
            pass
    await stream.add(lines(stream, [row(at) for at in range(20_000)]))
    await stream.end()
    monkeypatch.undo()
    # A batch of a thousand takes ten seconds at this pace.
    assert (max(asked) > 5) == waits
    assert len(await read(kafka, topic, 20_000)) == 20_000


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
    packer = Packer(common(9))
    packer.add(sheet_of([(f"+4989{at}".encode(), b'{"a":1') for at in range(5)]))
    batch = packer.batch()
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
    batch = RecordBatch(b"packed", 1)
    built = bytearray(batch._build())  # noqa: SLF001
    built[-3] ^= 1
    assert not DefaultRecordBatch(bytes(built)).validate_crc()
