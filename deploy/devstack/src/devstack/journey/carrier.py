"""Kafka as the world around our services uses it: telling, and hearing."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from chassis.clock import SystemClock, day_in_berlin
from chassis.outbox import headers_of
from contracts.catalogue import EVENTS
from contracts.event import Event, new_id
from contracts.numbers import NumberPorted, NumberProvisioned
from devstack.clients import brokers
from devstack.journey.seeing import PATIENCE, seen
from devstack.rights import AUDITOR, OUTSIDE
from devstack.settings import Settings

E = TypeVar("E", bound=Event)
BY_TOPIC: Final = {event.topic(): event for event in EVENTS}


def today() -> date:
    """Return the day that it is in Germany."""
    return day_in_berlin(SystemClock().now())


class Carrier:
    """The porting system and the inventory, and whoever else tells us on Kafka."""

    def __init__(self, producers: Mapping[str, AIOKafkaProducer]) -> None:
        self._producers = producers

    async def tell(
        self, event: Event, event_id: str | None = None, *, by: str | None = None
    ) -> str:
        """
        Send an event as CloudEvents in binary mode; return once Kafka has it.

        `by`: who tells it beside whom it is told by.
        """
        event_id, source = event_id or new_id(), by or type(event).source
        headers = headers_of(event.topic(), source, event_id, SystemClock().now())
        await self._producers[source].send_and_wait(
            event.topic(),
            event.model_dump_json(by_alias=True).encode(),
            key=event.key.encode(),
            headers=[(name, text.encode()) for name, text in headers.items()],
        )
        return event_id

    async def ports(self, number: str, **said: Any) -> NumberPorted:
        """Port a number or block, today unless said otherwise."""
        event = NumberPorted(number=number, **{"effective_on": today(), **said})
        await self.tell(event)
        return event

    async def provisions(self, number: str, **said: Any) -> NumberProvisioned:
        """Provision a number or block, today unless said otherwise."""
        event = NumberProvisioned(number=number, **{"effective_on": today(), **said})
        await self.tell(event)
        return event


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a topic as it came."""

    event: Event
    headers: dict[str, str]
    at: float


class Ears:
    """Hears every event that anybody tells, and forgets none."""

    def __init__(self) -> None:
        self._heard: defaultdict[str, list[Heard]] = defaultdict(list)

    def all(
        self, kind: type[E], is_it: Callable[[E], object] = lambda _: True
    ) -> list[E]:
        """Return the events of a kind that are it, in the order of their topic."""
        return [
            heard.event
            for heard in self._heard[kind.topic()]
            if isinstance(heard.event, kind) and is_it(heard.event)
        ]

    def envelopes(self, kind: type[Event]) -> list[Heard]:
        """Return the messages of a kind."""
        return list(self._heard[kind.topic()])

    async def hear(
        self,
        expected: str,
        kind: type[E],
        is_it: Callable[[E], object] = lambda _: True,
        *,
        within: float = PATIENCE,
    ) -> E:
        """Return the first event that is it, as soon as there is one."""

        async def look() -> list[E]:
            return self.all(kind, is_it)

        return (await seen(f"{kind.topic()}: {expected}", look, within=within))[0]

    async def listen(self, consumer: AIOKafkaConsumer) -> None:
        """Take in what comes, for ever."""
        async for record in consumer:
            self._take(record)

    def _take(self, record: ConsumerRecord) -> None:
        try:
            headers = {name: value.decode() for name, value in record.headers}
            event = BY_TOPIC[record.topic].model_validate_json(record.value)
        except ValueError:
            return  # no event: services park it, and we go on hearing
        self._heard[record.topic].append(Heard(event, headers, time.monotonic()))


@contextlib.asynccontextmanager
async def carrier(
    settings: Settings, sources: Iterable[str] = OUTSIDE
) -> AsyncIterator[Carrier]:
    """Connect the carrier's systems, each as who it is."""
    async with contextlib.AsyncExitStack() as opened:
        producers = {}
        for source in sources:
            producer = AIOKafkaProducer(**brokers(settings, source), acks="all")
            producers[source] = await opened.enter_async_context(producer)
        yield Carrier(producers)


@contextlib.asynccontextmanager
async def ears(
    settings: Settings, topics: Iterable[str] = BY_TOPIC
) -> AsyncIterator[Ears]:
    """Hear every event that is told from now on."""
    consumer = AIOKafkaConsumer(
        *topics,
        **brokers(settings, AUDITOR),
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    hearing = Ears()
    async with consumer:
        await consumer.seek_to_end()
        listening = asyncio.create_task(hearing.listen(consumer))
        try:
            yield hearing
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
