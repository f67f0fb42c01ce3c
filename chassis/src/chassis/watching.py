"""Do a service's Kafka clients live? One that does not ends the process."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from faststream.kafka import KafkaBroker

from chassis.consuming import subscribers
from chassis.postgres import TRANSIENT, Reserved

log = structlog.get_logger()

EXIT_DEAD = 70
LOST_SECONDS = 15.0
"""So long a client may know of no broker; a cluster that starts answers so, briefly."""
TAKEN_TIMES, TAKEN_EVERY = 3, 5.0
"""So often, and so fast, no place is lost by silence: a session lasts for 6 seconds."""
PATIENT_TIMES = 9
"""So often who holds the lock of the number lets its place be taken."""
NUMBER_LOCK = """
    SELECT pg_try_advisory_lock(hashtext(current_schema()), 1000 + $1::int) AS is_ours
"""
NEWCOMER_SECONDS = 60.0
TWICE = (
    "Another process of this service has the same <SERVICE>_INSTANCE, and each takes "
    "the other's place in Kafka's groups. Give each its own number."
)


async def watch(
    broker: KafkaBroker, is_started: Callable[[], bool], number: "Number"
) -> None:
    """Look for ever; whoever starts the process anew is the remedy."""
    loop = asyncio.get_running_loop()
    knew_at = loop.time()
    places = Places(number)
    while True:
        await asyncio.sleep(1)
        places.guard(broker, loop.time())
        # Both also while it starts: it would wait for such a client, and look alive.
        if ended := ended_clients(broker):
            log.critical("kafka_client_ended", clients=ended)
            os._exit(EXIT_DEAD)
        if not (lost := lost_clients(broker)):
            knew_at = loop.time()
        elif loop.time() - knew_at > LOST_SECONDS:
            log.critical("kafka_client_lost", clients=lost)
            os._exit(EXIT_DEAD)
        # While the service stops, its consumers end one by one as they should.
        if is_started() and (dead := dead_consumers(broker)):
            log.critical("consumer_dead", groups=dead)
            os._exit(EXIT_DEAD)


class Number:
    """The number of an instance: of two that come with it, one holds its lock."""

    is_ours = False

    def __init__(self, instance: int, reserved: Callable[[], Reserved]) -> None:
        self._instance = instance
        self._reserved = reserved

    async def hold(self) -> None:
        """Ask for the lock again and again: it goes with the connection."""
        while True:
            with suppress(*TRANSIENT):
                [held] = await self._reserved().fetch(NUMBER_LOCK, self._instance)
                self.is_ours = held["is_ours"]
            await asyncio.sleep(1)


class Places:
    """
    Notices that somebody else has our number, and takes our places in the groups.

    Kafka gives a member that is there under a number to whoever comes with it, and
    forgets who had it. He comes again, so two would put each other out for ever. Who
    came last ends; who was there before stays, and says what is wrong. Of two that came
    together, who holds the lock of the number waits until the other is gone.
    """

    def __init__(self, number: "Number") -> None:
        self._number = number
        self._members: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        """Of each client, as whom Kafka knows it; it gives each new place a name."""
        self._taken: WeakKeyDictionary[Any, deque[float]] = WeakKeyDictionary()
        """When each had to take its place anew."""
        self._came_at: float | None = None
        self._said_at = float("-inf")

    def guard(self, broker: KafkaBroker, now: float) -> None:
        """Look who we are; ends the process where it came last under this number."""
        contested = self.contested(broker, now)
        if not contested or self._came_at is None:
            return
        said = {"members": contested, "hint": TWICE}
        if now - self._came_at < NEWCOMER_SECONDS:
            log.critical("instance_used_twice", **said)
            os._exit(EXIT_DEAD)
        if now - self._said_at > NEWCOMER_SECONDS:
            self._said_at = now
            log.error("instance_used_twice", **said)

    def contested(self, broker: KafkaBroker, now: float) -> list[str]:
        """Return what of us lost its place so often that it was no silence of ours."""
        found = []
        times = PATIENT_TIMES if self._number.is_ours else TAKEN_TIMES
        for consumer in (each.consumer for each in subscribers(broker)):
            if consumer is None or not (member := _member(consumer)):
                continue
            if self._came_at is None:
                self._came_at = now
            taken = self._taken.setdefault(consumer, deque(maxlen=PATIENT_TIMES))
            if self._members.get(consumer, member) != member:
                taken.append(now)
            self._members[consumer] = member
            within = (times - 1) * TAKEN_EVERY
            if len(taken) >= times and now - taken[-times] < within:
                found.append(str(consumer._group_instance_id))  # noqa: SLF001 - the same
        return found


def _member(consumer: Any) -> str:
    """Return as whom Kafka knows a client; one that still connects has no name."""
    coordinator = consumer._coordinator  # noqa: SLF001 - no public way to ask
    return coordinator.member_id if coordinator else ""


def dead_consumers(broker: KafkaBroker) -> list[str]:
    """Return the groups whose consumer no longer runs."""
    return [
        str(subscriber.group_id)
        for subscriber in subscribers(broker)
        if not subscriber.running
        or not subscriber.tasks
        or all(task.done() for task in subscriber.tasks)
    ]


def lost_clients(broker: KafkaBroker) -> list[str]:
    """
    Return the clients that know of no broker, by their group.

    One that began while the cluster itself did was told of none, and has nobody to ask
    again once that connection is gone: it waits for ever, and looks alive.
    """
    return [
        str(subscriber.group_id)
        for subscriber in subscribers(broker)
        if subscriber.consumer is not None and not _brokers(subscriber.consumer)
    ]


def ended_clients(broker: KafkaBroker) -> dict[str, str]:
    """
    Return the clients of which a part has ended by itself, by their group, and why.

    What a client knows of the cluster, its place in the group and what it reads are
    kept by a task each. An error that aiokafka does not expect ends one (uvloop has one
    of its own for writing where the other side hung up a moment ago), and no other task
    notices: it waits for what never comes, and looks alive.
    """
    return {
        str(subscriber.group_id): why
        for subscriber in subscribers(broker)
        if subscriber.consumer is not None and (why := _ended(subscriber.consumer))
    }


def _ended(consumer: Any) -> str | None:
    """Return which part of a client has ended, and by what."""
    if consumer._closed:  # noqa: SLF001 - no public way to ask
        return None
    parts = (
        (consumer._client, "_sync_task"),  # noqa: SLF001 - the same
        (consumer._coordinator, "_coordination_task"),  # noqa: SLF001 - the same
        (consumer._fetcher, "_fetch_task"),  # noqa: SLF001 - the same
    )
    for part, name in parts:
        task: asyncio.Task[None] | None = getattr(part, name, None)
        if task is not None and task.done():
            error = None if task.cancelled() else task.exception()
            return f"{name.strip('_')}: {error!r}"
    return None


def _brokers(client: Any) -> Any:
    return client._client.cluster.brokers()  # noqa: SLF001 - no public way to ask
