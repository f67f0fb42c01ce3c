"""
Outages sent to one forwarding, and what is told of them, timed.

A flip is timed from just before the outage is handed to Kafka until its first and its
last ForwardingApplied are read; every number must be there. The reader works on the
same processors and is inside every time, so read ratios, not absolutes.
"""

import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from devstack.bench import rules
from devstack.clients import brokers
from devstack.rights import DEPLOYER
from devstack.settings import Settings

APPLIED = "ForwardingApplied"
NOON = "2026-11-23T12:00:00Z"
DEADLINE = 120.0


class Bench:
    """Sends outages and reads what is told of them."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer, self._consumer = producer, consumer
        self._serial = int(time.time()) * 1000

    @classmethod
    @asynccontextmanager
    async def on(cls, settings: Settings) -> AsyncIterator["Bench"]:
        """Connect to the servers of a stack."""
        servers = brokers(settings, DEPLOYER)
        async with (
            AIOKafkaProducer(**servers) as producer,
            AIOKafkaConsumer(
                **servers,
                max_partition_fetch_bytes=8 << 20,
                fetch_max_bytes=64 << 20,
            ) as consumer,
        ):
            parts = await producer.partitions_for(APPLIED)
            places = [TopicPartition(APPLIED, part) for part in sorted(parts)]
            consumer.assign(places)
            await consumer.seek_to_end(*places)
            yield cls(producer, consumer)

    def new_id(self) -> str:
        """Return an id for an outage."""
        self._serial += 1
        return f"o-{self._serial}"

    async def send(self, outage: str, place: str, *, over: bool) -> None:
        """Tell that an outage is there, or over."""
        event: dict[str, Any] = {"outage_id": outage, "element": place}
        event |= (
            {"version": 2, "cleared_at": NOON}
            if over
            else {"occurred_at": NOON, "detected_at": NOON}
        )
        topic = "OutageCleared" if over else "OutageDetected"
        await self._producer.send(
            topic, json.dumps(event).encode(), key=outage.encode()
        )

    async def read(self) -> list[bytes]:
        """Return the values that came; empty after a moment without any."""
        found = await self._consumer.getmany(timeout_ms=20)
        return [record.value for records in found.values() for record in records]

    async def flip(
        self, outage: str, place: str, size: int, *, over: bool
    ) -> tuple[float, float]:
        """Time one flip to its first and last result; every number must be there."""
        began = time.perf_counter()
        await self.send(outage, place, over=over)
        first, numbers = 0.0, set[str]()
        while len(numbers) < size:
            values = [one for one in await self.read() if outage.encode() in one]
            at = time.perf_counter() - began
            first = first or (at if values else 0.0)
            numbers.update(_number(value) for value in values)
            if at > DEADLINE:
                message = f"{len(numbers)} of {size} results after {DEADLINE} s"
                raise TimeoutError(message)
        return first, time.perf_counter() - began

    async def singles(self, per_second: float, crowd: int = 0) -> list[float]:
        """Time outages of one number each, while one of `crowd` numbers is told."""
        mass, sent, took = self.new_id(), dict[str, float](), list[float]()
        left = crowd
        if crowd:
            await self.send(mass, f"E{crowd}", over=False)
        begin, index = time.perf_counter(), 0
        while len(took) < rules.SINGLES or left > 0:
            now = time.perf_counter()
            if index < rules.SINGLES and now >= begin + index / per_second:
                outage = self.new_id()
                sent[outage] = now
                await self.send(outage, f"S-A{index}", over=False)
                index += 1
            for value in await self._quickly(begin + index / per_second):
                if mass.encode() in value:
                    left -= 1
                elif (outage := json.loads(value)["outage_id"]) in sent:
                    took.append(time.perf_counter() - sent[outage])
        await self._take_back(mass if crowd else None, sent, crowd)
        return sorted(took)

    async def _quickly(self, due: float) -> list[bytes]:
        wait = max(1, min(20, int((due - time.perf_counter()) * 1000)))
        found = await self._consumer.getmany(timeout_ms=wait)
        return [record.value for records in found.values() for record in records]

    async def _take_back(
        self, mass: str | None, sent: Iterable[str], crowd: int
    ) -> None:
        for index, outage in enumerate(sent):
            await self.send(outage, f"S-A{index}", over=True)
        if mass:
            await self.send(mass, f"E{crowd}", over=True)
        left = rules.SINGLES + crowd
        while left > 0:
            left -= len(await self.read())


def _number(value: bytes) -> str:
    start = value.index(b'"number":"') + 10
    return value[start : value.index(b'"', start)].decode()
