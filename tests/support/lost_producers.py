"""Producers as they are found after a start into a cluster that begins or ends."""

from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer

from chassis import brokers


def told_of_nobody(
    monkeypatch: pytest.MonkeyPatch, times: int = 1
) -> list[AIOKafkaProducer]:
    """Let the first ones be told that there are no brokers; return them in time."""
    begin, lost = AIOKafkaProducer.start, list[AIOKafkaProducer]()

    async def start(producer: AIOKafkaProducer) -> None:
        if len(lost) < times:
            lost.append(producer)
            monkeypatch.setattr(producer.client, "bootstrap", _alone(producer))
        await begin(producer)

    monkeypatch.setattr(AIOKafkaProducer, "start", start)
    monkeypatch.setattr(brokers, "START_SECONDS", 2.0)
    return lost


def _alone(producer: AIOKafkaProducer) -> Callable[[], Awaitable[None]]:
    bootstrap, cluster = producer.client.bootstrap, producer.client.cluster

    async def without_brokers() -> None:
        await bootstrap()
        cluster._brokers, cluster._bootstrap_brokers = {}, {}  # noqa: SLF001 - as found

    return without_brokers
