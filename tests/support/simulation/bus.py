"""Kafka in memory: partitions, offsets, generations of a group; nothing waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zlib import crc32

from aiokafka import ConsumerRecord

PARTITIONS = 3

Place = tuple[str, int]
"""A topic and one of its partitions."""
Headers = Mapping[str, bytes | None]


@dataclass(slots=True)
class Bus:
    """All topics, what each service committed, and who may commit."""

    records: dict[Place, list[ConsumerRecord]] = field(default_factory=dict)
    committed: dict[tuple[str, Place], int] = field(default_factory=dict)
    generation: dict[str, int] = field(default_factory=dict)

    def publish(
        self, topic: str, key: str, value: bytes | None, headers: Headers
    ) -> ConsumerRecord:
        """Append a message to the partition of its key."""
        place = topic, crc32(key.encode()) % PARTITIONS
        told = self.records.setdefault(place, [])
        record = ConsumerRecord(
            *(*place, len(told), 1_795_000_000_000, 0, key.encode(), value, None),
            *(len(key), len(value or b""), tuple(headers.items())),
        )
        told.append(record)
        return record

    def read(self, place: Place, offset: int) -> ConsumerRecord | None:
        """Return the message at an offset, when there is one by now."""
        told = self.records.get(place, [])
        return told[offset] if offset < len(told) else None

    def end(self, place: Place) -> int:
        """Return the offset that the next message will have."""
        return len(self.records.get(place, []))

    def join(self, service: str) -> int:
        """Take the partitions of a service over; whoever had them may not commit."""
        self.generation[service] = self.generation.get(service, 0) + 1
        return self.generation[service]

    def commit(self, service: str, generation: int, place: Place, offset: int) -> bool:
        """Note what was handled; False for a member that was thrown out meanwhile."""
        if generation != self.generation[service]:
            return False
        self.committed[service, place] = offset
        return True

    def lag(self, service: str, topics: list[str]) -> int:
        """Return how many messages a service has not committed."""
        places = [(topic, number) for topic in topics for number in range(PARTITIONS)]
        return sum(
            self.end(place) - self.committed.get((service, place), 0)
            for place in places
        )
