"""Telling one event by hand, as a system around us that has no connection yet."""

from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from chassis.clock import SystemClock
from chassis.outbox import headers_of
from contracts.catalogue import EVENTS
from contracts.event import Event, new_id
from devstack.clients import brokers
from devstack.errors import StackError
from devstack.rights import OUTSIDE
from devstack.settings import Settings

TOLD: Final = {event.topic(): event for event in EVENTS if event.source in OUTSIDE}
"""What others tell us. Our services alone tell the rest: what they say is so."""


def read(topic: str, text: str) -> Event:
    """Return the event that somebody typed; raises StackError with what is wrong."""
    if topic not in TOLD:
        raise StackError(f"{topic} is not told by hand; these are: {', '.join(TOLD)}")
    try:
        return TOLD[topic].model_validate_json(text)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        said = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong)
        raise StackError(f"{topic}: {'; '.join(said)}") from None


async def tell(settings: Settings, topic: str, text: str) -> str:
    """Tell the event that somebody typed, and return its id once Kafka has it."""
    event, event_id = read(topic, text), new_id()
    told = headers_of(topic, event.source, event_id, SystemClock().now())
    try:
        async with AIOKafkaProducer(
            **brokers(settings, event.source), acks="all"
        ) as producer:
            await producer.send_and_wait(
                topic,
                event.model_dump_json(by_alias=True).encode(),
                key=event.key.encode(),
                headers=[(name, value.encode()) for name, value in told.items()],
            )
    except (KafkaError, OSError) as error:
        raise StackError(f"Kafka does not take it: {error!r}") from error
    return event_id
