"""How consumers get on: how far behind they are, and how often they start anew."""

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from faststream.kafka import KafkaBroker
from typing_extensions import override

from chassis import metrics
from chassis.consuming import Guard, Place, subscribers


class Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Counts how often a consumer is given partitions anew."""

    def __init__(self, group: str) -> None:
        self._counter = metrics.REBALANCES.labels(group)

    @override
    def on_partitions_revoked(self, revoked: object) -> None:
        """Do nothing: what was in work comes again to the new owner."""

    @override
    def on_partitions_assigned(self, assigned: object) -> None:
        """Count."""
        self._counter.inc()


class Lag:
    """How far behind the consumers of a process are, in messages and in seconds."""

    def __init__(self) -> None:
        self._behind_since: dict[Place, float] = {}

    async def measure(self, broker: KafkaBroker, now_ms: float) -> None:
        """Set the gauges of every consumer."""
        for subscriber in subscribers(broker):
            if subscriber.consumer is not None:
                group = str(subscriber.group_id)
                await self._measure(group, subscriber.consumer, now_ms)

    async def _measure(
        self, group: str, consumer: AIOKafkaConsumer, now_ms: float
    ) -> None:
        waiting, polls, topic = [now_ms], [], group.partition(".")[2]
        for place in consumer.assignment():
            behind = (consumer.highwater(place) or 0) - await consumer.position(place)
            metrics.LAG.labels(group, topic, str(place.partition)).set(max(0, behind))
            waiting.append(self._oldest((place.topic, place.partition), behind, now_ms))
            if polled := consumer.last_poll_timestamp(place):
                polls.append(polled)
        metrics.OLDEST.labels(group, topic).set((now_ms - min(waiting)) / 1000)
        if polls:
            metrics.POLLED.labels(group, topic).set(min(polls) / 1000)

    def _oldest(self, place: Place, behind: int, now_ms: float) -> float:
        """
        Return when Kafka took the oldest message that is not handled yet.

        Of what nobody has fetched yet only its existence is known: it is as old as
        the first look that saw it, at least.
        """
        in_work = Guard.in_work.get(place)
        if behind <= 0:
            self._behind_since.pop(place, None)
            return now_ms if in_work is None else float(in_work)
        since = self._behind_since.setdefault(place, now_ms)
        return since if in_work is None else min(since, in_work)
