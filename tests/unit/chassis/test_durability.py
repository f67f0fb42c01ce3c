"""
What makes an acknowledgement durable: producers, the database, topics, the relay.

`tests/nightly/test_setting_mutants.py` breaks each of these, and sees it noticed.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from chassis import consuming, outbox, postgres
from chassis.outbox import Relay
from devstack.settings import ROOT, Settings
from devstack.topics import read_topics
from forwarding import fan_out
from forwarding.fan_out import FanOut

NOTHING_LOST: Mapping[str, Any] = {
    "acks": "all",  # else a broker that dies takes what it acknowledged along
    "enable_idempotence": True,  # else a retry writes twice, and out of order
}
EARLY = {"transactional_id", "max_in_flight_requests_per_connection", "retries"}
"""What would change how often or in which order a producer sends."""


class Made(Exception):
    """Enough is known: what was to be made is not needed."""


class Recorder:
    """Notes how something is made, and makes nothing."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}

    def __call__(self, *args: Any, **options: Any) -> Any:
        del args
        self.options = options
        raise Made


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


async def test_the_relays_producer_loses_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AIOKafkaProducer", recorder)
    relay = Relay("", {})

    with suppress(Made):
        async with relay._producing():  # noqa: SLF001 - how it is made
            pass

    assert recorder.options.items() >= NOTHING_LOST.items()
    assert not EARLY & recorder.options.keys()


class Rows:
    """A connection with one row in the outbox, which notes what is done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def fetch(self, _query: str, *_: Any) -> list[Mapping[str, Any]]:
        row = {"id": 1, "topic": "T", "key": b"k", "value": b"v", "headers": "{}"}
        return [row]

    async def execute(self, query: str, *_: Any) -> None:
        self.done.append(query.split(maxsplit=1)[0])


async def test_the_outbox_keeps_what_kafka_has_not_acknowledged() -> None:
    rows, answer = Rows(), asyncio.get_running_loop().create_future()

    class Producer:
        async def send(self, *_: Any, **__: Any) -> asyncio.Future[None]:
            return answer

    relay: Any = Relay("", {})
    sending = asyncio.create_task(relay._send_batch(rows, Producer()))  # noqa: SLF001 - one step of it
    for _ in range(10):
        await asyncio.sleep(0)
    assert rows.done == []
    assert not sending.done()

    answer.set_result(None)
    assert await sending == 1
    assert rows.done == ["DELETE"]


async def test_the_producers_of_mass_flips_lose_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "AIOKafkaProducer", recorder)

    with suppress(Made):
        await FanOut({}, "ForwardingApplied").stay_connected()

    assert recorder.options.items() >= NOTHING_LOST.items()
    assert not EARLY & recorder.options.keys()


async def test_a_commit_is_on_disk_before_it_is_acknowledged(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncpg, "create_pool", recorder)

    with suppress(Made):
        await postgres.connect_pool("", name="x", size=2)

    told = recorder.options["server_settings"]
    assert told.keys() == {
        *("application_name", "jit", "idle_in_transaction_session_timeout"),
    }, "a setting such as synchronous_commit decides what a commit is worth"
    assert recorder.options["command_timeout"] == 30
    assert Settings.from_env({}).fsync


@pytest.mark.parametrize("topic", read_topics(), ids=lambda topic: topic.name)
def test_a_topic_forgets_by_time_alone(topic: Any) -> None:
    by_time = {"retention.ms", "segment.ms", "max.message.bytes"}
    assert topic.config.keys() <= by_time, (
        "compaction or a size limit takes away what was not read"
    )


def test_a_broker_takes_only_topics_that_exist_and_syncs_as_it_does_by_itself() -> None:
    template = ROOT / "deploy/devstack/infra/server.properties"
    lines = template.read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line)

    assert told["auto.create.topics.enable"] == "false"
    assert not {"log.flush.interval.messages", "unclean.leader.election.enable"} & (
        told.keys()
    )


def test_topics_of_a_cluster_outlive_a_broker() -> None:
    file = ROOT / "deploy/kubernetes/base/generated/topics.yaml"
    text = file.read_text(encoding="utf-8")

    assert text.count("replicas: 3") == text.count("min.insync.replicas: 2") > 0


async def test_an_offset_is_committed_by_its_number_after_the_effect() -> None:
    committed: list[Any] = []

    class Consumer:
        async def commit(self, offsets: Any) -> None:
            committed.append(dict(offsets))

    class Record:
        topic, partition, offset = "OrderPlaced", 1, 41

    late: Any = consuming.LateCommit(Consumer())
    await late.commit()
    assert committed == []
    await late.handled([Record()])
    await late.commit()
    await late.commit()

    assert [list(each.values()) for each in committed] == [[42]]


@pytest.mark.parametrize(
    "error",
    [
        *(asyncpg.DiskFullError, asyncpg.OutOfMemoryError),
        *(asyncpg.TooManyConnectionsError, asyncpg.AdminShutdownError),
        *(asyncpg.ConnectionDoesNotExistError, asyncpg.DeadlockDetectedError),
        *(ConnectionResetError, TimeoutError),
    ],
)
def test_what_passes_by_itself_is_waited_for(error: type[Exception]) -> None:
    assert issubclass(error, postgres.TRANSIENT)


@pytest.mark.parametrize(
    "error", [asyncpg.UniqueViolationError, asyncpg.UndefinedTableError, ValueError]
)
def test_what_is_wrong_for_good_is_not(error: type[Exception]) -> None:
    assert not issubclass(error, postgres.TRANSIENT)
