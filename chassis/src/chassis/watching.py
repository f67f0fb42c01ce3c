"""Do a service's Kafka clients live? One that does not ends the process."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import structlog
from faststream.kafka import KafkaBroker

from chassis.consuming import subscribers

log = structlog.get_logger()

EXIT_DEAD = 70
LOST_SECONDS = 15.0
"""So long a client may know of no broker; a cluster that starts answers so, briefly."""


async def watch(broker: KafkaBroker, is_started: Callable[[], bool]) -> None:
    """Look for ever; whoever starts the process anew is the remedy."""
    loop = asyncio.get_running_loop()
    knew_at = loop.time()
    while True:
        await asyncio.sleep(1)
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
