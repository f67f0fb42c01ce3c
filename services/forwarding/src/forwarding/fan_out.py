"""
Telling a flip to Kafka: one ForwardingApplied a number, fast for one and for a million.

Two lanes: what few numbers hear goes past the batches of mass flips.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis import brokers
from forwarding.packing import MOST_RECORDS, Packer
from forwarding.sheets import Sheet, sheets_of
from forwarding.splicing import RecordBatch, Shared, key_of

FIRST_RECORDS = 64
"""The first batch of a partition is small, so that the first customers know soon."""
GIVEN_SECONDS = 0.005
"""Longest that one batch of a mass flip waits for single ones."""
PACE = 300_000
"""
Events a second of mass flips, about what a reader takes in.

What is sent sooner stands in the log before what others are told. And a reader that
has far more before it than it can handle gets slower: it holds what no cache does,
and librdkafka, once it holds too much, fetches nothing for a second.
"""
AHEAD = 60_000
"""So many events may be ahead of that pace while no single flips come."""
RECENT = 0.1
"""Seconds after a single flip in which another is expected."""
FEW = 8
"""Up to so many records go one by one, past the batches of mass flips."""


class RightOfWay:
    """Lets mass flips wait a moment while few numbers hear of theirs."""

    def __init__(self) -> None:
        self._under_way = 0
        self._free = asyncio.Event()
        self._free.set()
        self._single_at = self._given_at = -RECENT
        self._unread = 0.0
        """Events that a reader has before it at that pace."""

    @contextmanager
    def taken(self, *, by_single: bool = False) -> Iterator[None]:
        """Go first for as long as this lasts."""
        if by_single:
            self._single_at = monotonic()
        self._under_way += 1
        self._free.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._free.set()

    async def given(self, events: int) -> None:
        """
        Let readers and others come first after so many events were handed over.

        But not for ever: a mass flip must end in a storm.
        """
        now = monotonic()
        read = (now - self._given_at) * PACE
        self._unread = max(0.0, self._unread - read) + events
        self._given_at = now
        is_alone = now - self._single_at > RECENT
        await asyncio.sleep((self._unread - (AHEAD if is_alone else 0)) / PACE)
        if not self._free.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVEN_SECONDS):
                    await self._free.wait()


class Lane:
    """
    A producer whose partitions take batches from many flips in the order they come.

    aiokafka lets everybody who waits for a partition try again at each batch, and gives
    up after some 200 tries whatever the time: a thousand outages at once would fail.
    """

    def __init__(self, producer: AIOKafkaProducer, topic: str, partitions: int) -> None:
        self.producer, self.topic, self.partitions = producer, topic, partitions
        self._turns = [asyncio.Lock() for _ in range(partitions)]

    async def send(self, batch: RecordBatch, partition: int) -> asyncio.Future[Any]:
        """Hand a batch over when it is its turn; return what Kafka will say to it."""
        async with self._turns[partition]:
            sent: asyncio.Future[Any] = await self.producer.send_batch(
                batch, self.topic, partition=partition
            )
            return sent


class Lanes(NamedTuple):
    """The two ways to the topic."""

    mass: Lane
    single: Lane


class FanOut:
    """
    Sends flips to one topic; single ones do not wait for mass flips.

    What the switch has to do for a flip does not wait for Kafka: it connects when
    there is something to tell, or before that as soon as Kafka answers.
    """

    def __init__(self, options: Mapping[str, Any], topic: str) -> None:
        self._topic = topic
        self._options = options
        self._connecting = asyncio.Lock()
        self._lanes: Lanes | None = None
        self.right_of_way = RightOfWay()

    async def stay_connected(self) -> None:
        """Connect as soon as Kafka answers, so that no first flip has to wait."""
        while True:
            await self.partitions()
            await asyncio.sleep(1)

    async def _connected(self) -> Lanes:
        """Connect, unless it is; raises a Kafka error while the brokers are away."""
        if self._lanes is None:
            async with self._connecting:
                self._lanes = self._lanes or await self._new_lanes()
        return self._lanes

    async def _new_lanes(self) -> Lanes:
        mass = await self._lane()
        try:
            return Lanes(mass, await self._lane())
        except BaseException:
            await mass.producer.stop()
            raise

    async def _lane(self) -> Lane:
        producer = AIOKafkaProducer(
            **self._options, acks="all", enable_idempotence=True
        )
        try:
            await brokers.begin(producer)
            partitions = len(await producer.partitions_for(self._topic))
        except BaseException:
            await producer.stop()
            raise
        return Lane(producer, self._topic, partitions)

    async def renew(self) -> None:
        """Take new producers: the remedy for one that is stuck on a sequence number."""
        if self._connecting.locked() or self._lanes is None:
            return  # somebody is at it, or the next who tells something will be
        async with self._connecting:
            old, self._lanes = self._lanes, await self._new_lanes()
            await _end(old)

    async def stop(self) -> None:
        """Send what waits and disconnect."""
        if self._lanes is not None:
            await _end(self._lanes)

    async def partitions(self) -> int:
        """Return how many the topic has, as soon as Kafka answers."""
        while True:
            with suppress(KafkaError):
                return (await self._connected()).mass.partitions
            await asyncio.sleep(1)

    async def few(self, rows: Sequence[tuple[str, int, str]], common: Shared) -> None:
        """Tell some scopes (scope, hash, head); returns when Kafka has them."""
        lane = (await self._connected()).single
        if len(rows) > FEW:
            stream = Stream(lane, common, RightOfWay())
            base, partitions = stream.base, stream.partitions
            lines = [
                f"{base + hash_ % partitions}\t{scope}\t{head}\n"
                for scope, hash_, head in rows
            ]
            await stream.add("".join(lines).replace("\\", "\\\\").encode())
            await stream.end()
            return
        sent = [
            await lane.producer.send(
                self._topic,
                key=key_of(scope.encode()),
                value=head.encode() + common.tail,
                partition=hash_ % lane.partitions,
                headers=[*common.headers, ("ce_id", common.id_prefix + scope.encode())],
            )
            for scope, hash_, head in rows
        ]
        await asyncio.gather(*sent)

    async def stream(self, common: Shared) -> "Stream":
        """Begin a mass flip; raises a Kafka error while the brokers are away."""
        return Stream((await self._connected()).mass, common, self.right_of_way)


async def _end(lanes: Lanes) -> None:
    ends = (lane.producer.stop() for lane in lanes)
    await asyncio.gather(*ends, return_exceptions=True)


class Stream:
    """The events of one mass flip on their way, a batch a partition at a time."""

    def __init__(self, lane: Lane, common: Shared, way: RightOfWay) -> None:
        self._lane, self._way, self._common = lane, way, common
        self.partitions = partitions = lane.partitions
        self.base = 10 ** len(str(partitions))
        """Lines name a partition by this plus its number: all labels have one width."""
        self._queues: list[list[bytes]] = [[] for _ in range(partitions)]
        self._puts = {
            str(self.base + number).encode(): queue.append
            for number, queue in enumerate(self._queues)
        }
        self._limits = [FIRST_RECORDS] * partitions
        self._packers = [Packer(common) for _ in range(partitions)]
        self._waiting: list[Awaitable[Any]] = []
        self._rest = b""
        self.count = 0

    async def add(self, data: bytes) -> None:
        """
        Add lines `base + partition TAB scope TAB head`, as COPY writes them.

        A line may be cut: its rest comes with the next data. Single flips go in
        between, also where a lot comes at once.
        """
        data = self._rest + data
        lines = data.split(b"\n")
        self._rest = lines.pop()
        if b"\\" in data:
            lines = [line.replace(b"\\\\", b"\\") for line in lines]
        width, puts = len(str(self.base)), self._puts
        for line in lines:
            puts[line[:width]](line)
        for partition, queue in enumerate(self._queues):
            if len(queue) >= self._limits[partition]:
                self._limits[partition] = MOST_RECORDS
                await self._add_lines(partition)
                await self._hand_over(partition)

    async def _add_lines(self, partition: int) -> None:
        fields = b"\t".join(self._queues[partition]).split(b"\t")
        self._queues[partition].clear()
        rows = list(zip(fields[1::3], fields[2::3], strict=True))
        for sheet in sheets_of(rows):
            await self.add_sheet(sheet, partition)

    async def add_sheet(self, sheet: Sheet, partition: int) -> None:
        """Add all rows of a sheet."""
        if not self._packers[partition].takes(sheet):
            await self._hand_over(partition)
        self._packers[partition].add(sheet)
        self.count += sheet.count

    async def _hand_over(self, partition: int) -> None:
        packer = self._packers[partition]
        self._packers[partition] = Packer(self._common)
        if packer.count:
            sent = await self._lane.send(packer.batch(), partition)
            self._waiting.append(sent)
            await self._way.given(packer.count)

    async def end(self) -> None:
        """Send the rest and return when Kafka has acknowledged all."""
        for partition in range(self.partitions):
            await self._add_lines(partition)
            await self._hand_over(partition)
        await asyncio.gather(*self._waiting)
