"""How consumers get on: how far behind they are, and how often they start anew."""

from collections import defaultdict, deque

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from faststream.kafka import KafkaBroker
from typing_extensions import override

from chassis import metrics
from chassis.consuming import Place, Taking, subscribers

MOST_LOOKS = 1000


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

    def __init__(self, began_ms: float) -> None:
        self._began = began_ms
        self._seen: defaultdict[Place, Seen] = defaultdict(Seen)
        self._shown: dict[str, set[int]] = {}

    async def measure(
        self, broker: KafkaBroker, now_ms: float, *, listens: bool
    ) -> None:
        """Set the gauges of every consumer; `listens`: each is in its group by now."""
        for subscriber in subscribers(broker):
            group, consumer = str(subscriber.group_id), subscriber.consumer
            if consumer is not None and (listens or consumer.assignment()):
                await self._measure(group, consumer, now_ms)
            else:
                # Else nobody would be told of one that waits for Kafka from its start.
                topic = group.partition(".")[2]
                metrics.POLLED.labels(group, topic).set(self._began / 1000)

    async def _measure(
        self, group: str, consumer: AIOKafkaConsumer, now_ms: float
    ) -> None:
        waiting, polls, topic = [now_ms], [], group.partition(".")[2]
        mine = consumer.assignment()
        self._forget(group, topic, {place.partition for place in mine})
        for place in mine:
            position = await consumer.position(place)
            end = max(position, consumer.highwater(place) or 0)
            metrics.LAG.labels(group, topic, str(place.partition)).set(end - position)
            seen = self._seen[place.topic, place.partition]
            in_work = Taking.in_work.get((place.topic, place.partition), now_ms)
            waiting += [seen.oldest(position, end, now_ms), in_work]
            if polled := consumer.last_poll_timestamp(place):
                polls.append(polled)
        metrics.OLDEST.labels(group, topic).set((now_ms - min(waiting)) / 1000)
        if polls:
            metrics.POLLED.labels(group, topic).set(min(polls) / 1000)
        elif not mine:
            metrics.POLLED.remove(group, topic)

    def _forget(self, group: str, topic: str, mine: set[int]) -> None:
        """Say nothing of partitions that another instance has by now."""
        gone = self._shown.get(group, set()) - mine
        self._shown[group] = mine
        for partition in gone:
            metrics.LAG.remove(group, topic, str(partition))
            self._seen.pop((topic, partition), None)
            # Whoever has it now handles it; it may come back to us with nothing new.
            Taking.in_work.pop((topic, partition), None)


class Seen:
    """
    Where a partition ended at each look, to tell the age of what nobody has fetched.

    Of such a message only its existence is known: it is as old as the first look that
    saw it, at least. Who is behind at every look may still keep up.
    """

    def __init__(self) -> None:
        self._ends: deque[tuple[int, float]] = deque()

    def oldest(self, position: int, end: int, now_ms: float) -> float:
        """Return when the message at `position` was first seen; now if it is none."""
        while self._ends and self._ends[0][0] <= position:
            self._ends.popleft()
        news = end > (self._ends[-1][0] if self._ends else position)
        if news and len(self._ends) < MOST_LOOKS:
            self._ends.append((end, now_ms))
        return self._ends[0][1] if self._ends else now_ms
