"""
A service as a process that may end or stand still between any two of its steps.

What it does is written as generators that yield wherever a real one awaits. Reading
messages is the chassis' own code; transactions are one step that may fail, also after
it was done.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Protocol

from aiokafka import ConsumerRecord

from chassis import inbox
from chassis.clock import SetClock
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.outbox import headers_of
from contracts.event import Event
from support.simulation.bus import PARTITIONS, Bus, Place
from support.simulation.design import Design

Job = Generator[None, None, None]
Told = tuple[str, Event]
"""An event under its id."""
FAILS, FAILS_AFTER = 0.03, 0.02
"""So many transactions fail without effect, and so many after they were committed."""
BATCH = 4


class Core(Protocol):
    """What a service knows and decides, without input or output."""

    def hear(self, received: Received[Event]) -> Iterable[Told]:
        """Take in a fact; return what is told. May raise Rejected."""

    def jobs(self, process: "Process") -> Iterable[Job]:
        """Return what it does beside its messages."""


@dataclass
class Database:
    """What outlives a process."""

    core: Core
    inbox: set[tuple[str, str]] = field(default_factory=set)
    outbox: deque[tuple[int, str, Event]] = field(default_factory=deque)
    parked: dict[tuple[str, int, int], str] = field(default_factory=dict)
    relay: "Process | None" = None
    told: int = 0

    def tell(self, events: Iterable[Told]) -> None:
        """Put events into the outbox."""
        for event_id, event in events:
            self.told += 1
            self.outbox.append((self.told, event_id, event))


@dataclass
class World:
    """What all processes share."""

    rng: Random
    design: Design
    clock: SetClock
    bus: Bus = field(default_factory=Bus)
    is_calm: bool = False
    """No more failures."""

    def chance(self, share: float) -> bool:
        """Tell whether something bad happens now."""
        return not self.is_calm and self.rng.random() < share


class Process:
    """One life of a service."""

    def __init__(
        self, name: str, events: list[type[Event]], database: Database, world: World
    ) -> None:
        self.name, self.database, self.world = name, database, world
        self._generation = world.bus.join(name)
        self._handled: dict[Place, int] = {}
        self.is_frozen = False
        self._jobs: list[Job] = [self._relay(), self._commits()]
        self._jobs += database.core.jobs(self)
        self._jobs += [
            self._consume(event, (event.topic(), number))
            for event in events
            for number in range(PARTITIONS)
        ]

    def step(self) -> None:
        """Do a little of something."""
        next(self.world.rng.choice(self._jobs))

    def end(self) -> None:
        """Leave everything as it is; the database lets go of its locks."""
        for job in self._jobs:
            job.close()
        if self.database.relay is self:
            self.database.relay = None

    def transact(self, do: Callable[[], None]) -> bool:
        """Commit; False when it failed as far as we know."""
        if self.world.chance(FAILS):
            return False
        do()
        return not self.world.chance(FAILS_AFTER)

    # -- messages in ------------------------------------------------------------------

    def _consume(self, event_type: type[Event], place: Place) -> Job:
        bus, design = self.world.bus, self.world.design
        start = 0 if design.reads_from_the_beginning else bus.end(place)
        at = bus.committed.get((self.name, place), start)
        while True:
            record = bus.read(place, at)
            if record is None:
                yield
                continue
            if not design.acknowledges_after_effect:
                self._handled[place] = at + 1
            yield
            done = yield from self._handle(record, event_type)
            if not done and design.repeats_what_failed:
                yield
                continue
            at += 1
            self._handled[place] = at
            yield

    def _handle(
        self, record: ConsumerRecord, event_type: type[Event]
    ) -> Generator[None, None, bool]:
        try:
            received = inbox.read(record, event_type)
        except Rejected as fate:
            yield
            return self._park(record, fate)
        yield
        events: list[Told] = []
        try:
            done = self.transact(lambda: events.extend(self._effect(received)))
        except Rejected as fate:
            return self._park(record, fate)
        if not self.world.design.tells_through_outbox:
            yield
            for event_id, event in events:
                self._send(event_id, event)
        return done

    def _effect(self, received: Received[Event]) -> list[Told]:
        key = received.event.topic(), received.id
        if key in self.database.inbox:
            return []
        events = list(self.database.core.hear(received))
        self.database.inbox.add(key)
        if self.world.design.tells_through_outbox:
            self.database.tell(events)
        return events

    def _park(self, record: ConsumerRecord, fate: Rejected) -> bool:
        if not self.world.design.parks_poison:
            return False
        place = record.topic, record.partition, record.offset
        return self.transact(lambda: self.database.parked.update({place: fate.code}))

    def _commits(self) -> Job:
        """Commit late, for many messages at once."""
        while True:
            handled, self._handled = self._handled, {}
            for place, offset in handled.items():
                self.world.bus.commit(self.name, self._generation, place, offset)
            yield

    # -- messages out -----------------------------------------------------------------

    def _relay(self) -> Job:
        database, design = self.database, self.world.design
        while True:
            if database.relay not in (None, self):
                yield
                continue
            database.relay = self
            rows = list(database.outbox)[:BATCH]
            if rows and not design.relay_deletes_after_sending:
                self._delete(len(rows))
            yield
            for _, event_id, event in rows:
                self._send(event_id, event)
                yield
            if rows and design.relay_deletes_after_sending:
                self.transact(partial(self._delete, len(rows)))
            yield

    def _delete(self, count: int) -> None:
        for _ in range(count):
            self.database.outbox.popleft()

    def _send(self, event_id: str, event: Event) -> None:
        now = self.world.clock.now()
        headers = headers_of(event.topic(), event.source, event_id, now)
        value = event.model_dump_json(by_alias=True).encode()
        encoded = {name: text.encode() for name, text in headers.items()}
        self.world.bus.publish(event.topic(), event.key, value, encoded)
        if self.world.chance(FAILS_AFTER):  # sent, and the answer was lost: again
            self.world.bus.publish(event.topic(), event.key, value, encoded)
