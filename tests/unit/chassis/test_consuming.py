"""The settings that were measured to lose nothing, as the broker really uses them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from aiokafka import ConsumerRecord
from faststream import AckPolicy
from pydantic import SecretStr

from chassis import consuming, watching
from chassis.inbox import Received
from chassis.postgres import Connection
from chassis.service import Service
from chassis.settings import ServiceSettings
from contracts.orders import OrderPlaced


async def nothing(received: object, connection: Connection) -> None:
    """Do nothing."""


@pytest.fixture(params=["on", "on_many", "watch", "watch_many", "gather"])
def service(request: pytest.FixtureRequest) -> Service:
    """A service that subscribes in one of the ways there are."""
    settings = ServiceSettings(
        database_url=SecretStr("postgresql://x@127.0.0.1/x"), instance=3
    )
    made = Service("tiny", settings)

    async def watched(received: Received[OrderPlaced]) -> None:
        assert received.id

    async def watched_together(received: Sequence[Received[OrderPlaced]]) -> None:
        assert received

    if request.param == "on":
        made.on(OrderPlaced, nothing)
    elif request.param == "on_many":
        made.on_many(OrderPlaced, nothing, at_most=20)
    elif request.param == "watch":
        made.watch(OrderPlaced, watched)
    elif request.param == "watch_many":
        made.watch_many(OrderPlaced, watched_together)
    else:
        made.gather(OrderPlaced, nothing)
    return made


SUBSCRIBER: dict[str, Any] = {
    # Without these, messages are lost:
    "ack_policy": AckPolicy.NACK_ON_ERROR,  # else what failed or crashed is gone
    "enable_auto_commit": False,  # else what is in work is committed
    "auto_offset_reset": "earliest",  # else what came before the first start is gone
    # Without these, a restart takes 10 s to come back, and a hang is never noticed:
    "group_id": "tiny.OrderPlaced",
    "group_instance_id": "tiny.OrderPlaced-3",
    "session_timeout_ms": 6000,
    "heartbeat_interval_ms": 1500,
    "max_poll_interval_ms": 60_000,
}
BROKER: dict[str, Any] = {
    "consumer_only": True,  # else it has a producer of its own that may hold up a start
    "allow_auto_create_topics": False,  # else a typing error becomes a topic
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "graceful_timeout": 15.0,  # None would mean: do not wait at all
}


def effective(service: Service) -> dict[str, Any]:
    """Return what FastStream made of our options."""
    [subscriber] = consuming.subscribers(service.broker)
    made: Any = subscriber
    return dict(made._connection_args) | {  # noqa: SLF001 - what really reaches Kafka
        "ack_policy": made.ack_policy,
        "group_id": made.group_id,
    }


@pytest.mark.parametrize("setting", SUBSCRIBER)
def test_a_subscriber_has(service: Service, setting: str) -> None:
    assert effective(service)[setting] == SUBSCRIBER[setting]


@pytest.mark.parametrize("setting", BROKER)
def test_the_broker_has(service: Service, setting: str) -> None:
    made: Any = service.broker
    config = made.config.configs[0]
    have = made._connection_kwargs | {  # noqa: SLF001 - what really reaches Kafka
        "consumer_only": config.consumer_only,
        "allow_auto_create_topics": config.allow_auto_create_topics,
        "ack_policy": config.ack_policy,
        "graceful_timeout": config.graceful_timeout,
    }

    assert have[setting] == BROKER[setting]


def test_no_measured_option_is_left_out_of_the_table() -> None:
    given = consuming.subscriber_options("tiny", "OrderPlaced", 3)

    assert given.keys() <= SUBSCRIBER.keys() | {"batch"}


def test_one_worker_a_partition_and_topics_do_not_wait_for_each_other(
    service: Service,
) -> None:
    [subscriber] = consuming.subscribers(service.broker)
    made: Any = subscriber

    assert not hasattr(made, "max_workers") or made.max_workers == 1
    assert made.topic_names == ["OrderPlaced"]


def test_a_service_that_is_not_started_has_no_living_consumer(
    service: Service,
) -> None:
    assert watching.dead_consumers(service.broker) == ["tiny.OrderPlaced"]


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 0.2), (2, 0.4), (5, 3.2), (6, 5.0), (1000, 5.0)]
)
async def test_a_failed_message_waits_before_it_comes_again(
    monkeypatch: pytest.MonkeyPatch, attempt: int, seconds: float
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    record = ConsumerRecord("T", 0, 7, 0, 0, None, None, None, 0, 0, ())
    await consuming.pause(record, RuntimeError(), attempt)

    assert waited == [seconds]


class Consumer:
    """As much of a client as messages are given back to and acknowledged at."""

    def seek(self, _place: object, _offset: int) -> None:
        """Let it come again."""


async def test_what_succeeded_in_another_order_is_in_work_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its age would grow for ever, and page: Kafka gives partitions in any order."""
    monkeypatch.setattr(consuming, "FIRST_PAUSE", 0)
    # All consumers of a process share them, also those that other tests had.
    monkeypatch.setattr(consuming.Taking, "in_work", {})
    monkeypatch.setattr(consuming.Taking, "failures", Counter())
    monkeypatch.setattr(consuming.LateCommit, "of", WeakKeyDictionary())
    attempts = 0

    async def fails_once(_records: Sequence[object]) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise TimeoutError

    one, other = (
        ConsumerRecord("T", n, 7, n, 0, None, None, None, 0, 0, ()) for n in (1, 2)
    )
    reading: Any = SimpleNamespace(
        consumer=Consumer(), running=True, lock=nullcontext()
    )
    taking = consuming.Taking(reading, fails_once, at_most=9)

    await taking.take((one, other))
    assert taking.in_work == {("T", 1): 1, ("T", 2): 2}
    await taking.take((other, one))

    assert taking.in_work == {}
    assert not taking.failures
