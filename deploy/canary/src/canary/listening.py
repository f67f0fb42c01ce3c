"""Hearing what forwarding tells of the canary's number, and of no other."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

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
async def listening(brokers: Mapping[str, Any], number: str) -> AsyncIterator[Ear]:
    """Listen from now on to the one partition that the number's events go to."""
    topic = ForwardingApplied.topic()
    consumer = AIOKafkaConsumer(
        topic,
        **brokers,
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        places = consumer.assignment()
        hashed = murmur2(number.encode()) & 0x7FFFFFFF
        mine = TopicPartition(topic, hashed % len(places))
        consumer.pause(*(places - {mine}))
        await consumer.seek_to_end(mine)
        await consumer.position(mine)  # from here on nothing is missed
        yield Ear(consumer, number)
    finally:
        await consumer.stop()
