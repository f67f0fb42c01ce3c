"""
The shortest way to Kafka for a few events: one request, sent at once.

A producer has a queue, and a task that empties it, so that many share a request. One
flip alone would wait for both. What goes wrong here is left to the producer, which
knows how to wait and to ask again; readers may then meet an event twice, under one id.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from forwarding.splicing import Shared, key_of

AT_ONCE = 4
"""So many requests may be on the way: in a storm those who share one are sooner."""
LARGEST = 512 * 1024
"""Bytes of a batch."""
PATIENCE = 5.0
"""Seconds until somebody else shall try."""
_ALL = -1
"""Replicas that must have it."""
_NONE = -1

Row = tuple[str, int, str]
"""Scope, hash and head of an event."""


class Straight:
    """Sends events by the connection that a producer's client has open already."""

    def __init__(self, client: AIOKafkaClient, topic: str, partitions: int) -> None:
        self._client, self._topic, self._partitions = client, topic, partitions
        self._on_the_way = 0

    async def tell(self, rows: Sequence[Row], common: Shared) -> Sequence[Row]:
        """Tell some scopes; return those that Kafka may not have."""
        if self._on_the_way >= AT_ONCE:
            return rows
        self._on_the_way += 1
        try:
            async with asyncio.timeout(PATIENCE):
                had = await self._send(self._batches(rows, common))
        except (KafkaError, TimeoutError):
            return rows
        finally:
            self._on_the_way -= 1
        return [row for row in rows if self._partition(row) not in had]

    def _partition(self, row: Row) -> int:
        _scope, hash_, _head = row
        return hash_ % self._partitions

    def _batches(self, rows: Sequence[Row], common: Shared) -> Mapping[int, bytes]:
        rows_of = defaultdict[int, list[Row]](list)
        for row in rows:
            rows_of[self._partition(row)].append(row)
        return {partition: _batch(some, common) for partition, some in rows_of.items()}

    async def _send(self, batches: Mapping[int, bytes]) -> Collection[int]:
        """Return the partitions that took theirs."""
        leaders = {self._leader(partition) for partition in batches}
        if len(leaders) > 1 or not all(batches.values()):
            return ()
        told = [(self._topic, [*batches.items()])]
        request = ProduceRequest(None, _ALL, int(PATIENCE * 1000), told)
        answer = await self._client.send(leaders.pop(), request)
        [(_topic, parts)] = answer.topics
        return {partition for partition, code, *_ in parts if not code}

    def _leader(self, partition: int) -> int:
        place = TopicPartition(self._topic, partition)
        leader: int | None = self._client.cluster.leader_for_partition(place)
        return _NONE if leader is None else leader


def _batch(rows: Sequence[Row], common: Shared) -> bytes:
    """Return a record batch, or nothing where it would be too large for one."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0, producer_id=_NONE,
        producer_epoch=_NONE, base_sequence=_NONE, batch_size=LARGEST,
    )  # fmt: skip
    for offset, (scope, _hash, head) in enumerate(rows):
        name, value = scope.encode(), head.encode() + common.tail
        headers = [*common.headers, ("ce_id", common.id_prefix + name)]
        if builder.append(offset, None, key_of(name), value, headers) is None:
            return b""
    return bytes(builder.build())
