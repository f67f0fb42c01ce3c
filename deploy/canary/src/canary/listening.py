"""Hearing what forwarding tells of the canary's number, and of no other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.partitioner import murmur2

from contracts.forwardings import ForwardingApplied


class Ear:
    """Waits for the number's ForwardingApplied; skips others by their key alone."""

    def __init__(self, consumer: AIOKafkaConsumer, number: str) -> None:
        self._consumer = consumer
        self._key = number.encode()

    async def applied(self, *, in_effect: bool) -> None:
        """Return once the switch acknowledged it; wait for ever otherwise."""
        async for record in self._consumer:
            if record.key == self._key:
                told = json.loads(record.value)
                if told["in_effect"] is in_effect:
                    return


@asynccontextmanager
async def listening(servers: str, number: str) -> AsyncIterator[Ear]:
    """Listen from now on to the one partition that the number's events go to."""
    topic = ForwardingApplied.topic()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, enable_auto_commit=False, fetch_max_wait_ms=100
    )
    await consumer.start()
    try:
        partitions = await _partitions(consumer, topic)
        hashed = murmur2(number.encode()) & 0x7FFFFFFF
        place = TopicPartition(topic, hashed % partitions)
        consumer.assign([place])
        await consumer.seek_to_end(place)
        await consumer.position(place)
        yield Ear(consumer, number)
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> int:
    while not (found := consumer.partitions_for_topic(topic)):
        await consumer.topics()  # asks the brokers
        await asyncio.sleep(0.1)
    return len(found)
