"""Three services without input or output: their real domains, and facts in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.inbox import Received
from contracts.event import Event, derived_id
from contracts.number_range import NumberRange
from contracts.numbers import LineConnected, NumberEvent, NumberPorted
from contracts.orders import OrderCancelled, OrderPlaced
from contracts.signals import NetworkSignal
from outage_watcher.domain.outage import State
from provisioning.domain.lines import Line
from provisioning.domain.numbers import Movement
from provisioning.domain.orders import Order
from provisioning.usecases.telling import _option_event
from support.provisioning import Books
from support.simulation.process import Job, Process, Told
from support.watching import NOON, Network, held

RECOVERY = timedelta(seconds=5)


@dataclass
class Provisioning:
    """Orders, movements and lines; the domain says what is told."""

    now: datetime
    books: Books = field(init=False)
    lines: dict[str, Line] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = Books(self.now)

    def hear(self, received: Received[Event]) -> Iterable[Told]:
        """Take in an order or a movement."""
        known = len(self.books.told)
        match received.event:
            case OrderPlaced() as placed:
                self.books.take(_order(placed))
            case OrderCancelled() as cancelled:
                at = cancelled.cancelled_at
                self.books.take((cancelled.order_id, cancelled.customer_number, at))
            case NumberEvent() as told:
                movement = _movement(told, received.time, self.now)
                self.books.take(movement)
                yield from self._connect(movement)
        for change in self.books.told[known:]:
            event = _option_event(change)
            key = change.numbers.first, change.numbers.last, change.version
            yield derived_id(event.topic(), *key), event

    def _connect(self, by: Movement) -> Iterator[Told]:
        if by.direction == "out":
            return
        before = self.lines.get(by.line)
        line = before.named_again(by) if before else Line.first_named(by)
        self.lines[by.line] = line
        if before is None or line.version > before.version:
            yield (
                derived_id("LineConnected", line.line, line.version),
                LineConnected(
                    line=line.line,
                    customer_number=line.customer_number,
                    elements=line.elements,
                    version=line.version,
                ),
            )

    def jobs(self, process: Process) -> Iterable[Job]:
        """It does nothing beside its messages."""
        del process
        return ()


def _order(placed: OrderPlaced) -> Order:
    return Order(
        placed.order_id,
        placed.customer_number,
        placed.product,
        placed.option,
        placed.extends_order_id,
        placed.channel,
        placed.placed_at,
    )


def _movement(told: NumberEvent, at: datetime, now: datetime) -> Movement:
    return Movement(
        0,
        NumberRange(told.number, told.last or told.number),
        told.direction if isinstance(told, NumberPorted) else "in",
        isinstance(told, NumberPorted),
        told.customer_number,
        told.order_id,
        told.line,
        told.elements,
        told.extension,
        told.effective_on,
        at,
        now,
    )


@dataclass
class Watcher:
    """Signals in, outages out; deadlines fire when its timer looks."""

    network: Network = field(
        default_factory=lambda: Network(held(down=timedelta(0), up=RECOVERY))
    )

    def hear(self, received: Received[Event]) -> Iterable[Told]:
        """Take in a signal."""
        said = received.event
        assert isinstance(said, NetworkSignal)
        assert said.occurred_at
        known = len(self.network.events)
        self.network.hears(
            said.state,
            *said.lines,
            source=said.reported_by,
            alarm=said.alarm_id,
            occurred=(said.occurred_at - NOON).total_seconds(),
            confirmed=True,
            element=said.element,
        )
        return self._new(known)

    def _new(self, known: int) -> list[Told]:
        return [
            (derived_id(event.outage_id, event.version), event)
            for event in self.network.events[known:]
        ]

    def jobs(self, process: Process) -> Iterable[Job]:
        """Let it look at its deadlines."""

        def timer() -> Job:
            while True:
                process.transact(lambda: self._pass_time(process))
                yield

        return [timer()]

    def _pass_time(self, process: Process) -> None:
        known = len(self.network.events)
        late = process.world.clock.now() - self.network.now
        if late > timedelta(0):
            self.network.waits(late.total_seconds())
        process.database.tell(self._new(known))

    @property
    def is_waiting(self) -> bool:
        """Tell whether an outage will move by itself."""
        return any(
            each.due_at and each.state is not State.OVER for each in self.network.open
        )
