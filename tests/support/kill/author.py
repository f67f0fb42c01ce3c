"""Writes a story from a seed: the same seed gives the same story."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from random import Random

from contracts.number_range import NumberRange
from support.kill.monitors import NOC, SOURCES, Monitors
from support.kill.story import (
    HUB,
    Cancelled,
    Moved,
    Ordered,
    Poisoned,
    Rule,
    Step,
    Story,
    Wished,
)

CUSTOMERS, RANGES, LINES, NODES = 60, 300, 40, 8
VOICES = 5
HUBS = [f"+4930231250{n:02}" for n in range(10)]
POISON_TOPICS = (
    "NetworkSignal",
    "NumberPorted",
    "NumberProvisioned",
    "ForwardingRequested",
    "OutageDetected",
)
JSON_TOLD = (("content-type", b"application/json"),)
REPLY = (("reply_to", b"OutageDetected"), ("correlation_id", b"x" * 5000))
Headers = tuple[tuple[str, bytes | None], ...]
POISON: dict[str, tuple[bytes | None, Headers]] = {
    "no value": (None, ()),
    "empty": (b"", ()),
    "broken JSON": (b"{", ()),
    "broken JSON that is told to be JSON": (b'{"number": ', JSON_TOLD),
    "200,000 brackets deep": (b"[" * 200_000, ()),
    "no UTF-8": (b"\xff\xfe", ()),
    "a number of 5,000 digits": (b'{"number": ' + b"9" * 5000 + b"}", ()),
    "no object": (b"17", ()),
    "another shape": (b'{"number": 1}', ()),
    "a header without a value": (b"{", (("ce_id", None), ("ce_time", None))),
    "a header that is no text": (b"{", (("ce_time", b"\xff\xfe\x00"),)),
    "a header that asks for an answer elsewhere": (b"{", REPLY),
}


@dataclass(slots=True)
class Customer:
    """What the author knows of one."""

    number: str
    ranges: list[NumberRange] = field(default_factory=list)
    rules: dict[NumberRange, Rule | None] = field(default_factory=dict)
    running: set[NumberRange] = field(default_factory=set)
    broken: set[NumberRange] = field(default_factory=set)
    """Blocks of which single numbers went their own way."""
    lines: dict[NumberRange, str] = field(default_factory=dict)
    has_option: bool = True


def _voice(step: Step) -> str:
    """Name who tells it: a source speaks of several alarms at once."""
    source, alarm = getattr(step, "source", ""), getattr(step, "alarm", "")
    return source if source == NOC else f"{source} {int(alarm[1:]) % VOICES}"


class Author:
    """Draws when what is told, then writes each fact from what was told before."""

    def __init__(self, seed: int, events: int) -> None:
        self._rng = Random(seed)  # noqa: S311 - a story, no secret
        self._n = count(1)
        self._story = Story(seed)
        self._slots: list[tuple[float, int, Callable[[float], object]]] = []
        self._elements = {
            f"L-{n:02}": (f"AN-{n % NODES + 1}", f"AGG-{n % 2 + 1}")
            for n in range(LINES)
        } | {"L-H1": ("AN-1", "AGG-1"), "L-H2": ("AN-4", "AGG-2")}
        self._customers = [Customer(f"K-{n:04}") for n in range(1, CUSTOMERS + 1)]
        self._events = events
        self._monitors = Monitors(self._rng, sorted(self._elements), NODES)

    def write(self) -> Story:
        """Return the story."""
        self._plan_orders()
        self._plan_changes()
        early = 60 + RANGES + 80
        poison = self._events // 50
        left = max(200, self._events - early - poison)
        for _ in range(left * 45 // 100):
            self._plan(0.12, 1.0, self._wish)
        for _ in range(left * 48 // 100):
            self._plan(0.1, 1.0, self._signal)
        for _ in range(poison):
            self._plan(0.05, 0.95, self._poison)
        for at, _, write in sorted(self._slots, key=lambda slot: slot[:2]):
            write(at)
        self._shuffle_signals()
        return self._story

    def _plan(self, begin: float, end: float, write: Callable[[float], object]) -> None:
        at = self._rng.uniform(begin, end)
        self._slots.append((at, len(self._slots), write))

    def _tell(self, actor: str, step: Step) -> None:
        self._story.actors.setdefault(actor, []).append(step)

    # -- orders and numbers -------------------------------------------------------

    def _plan_orders(self) -> None:
        for index, customer in enumerate(self._customers):
            customer.has_option = index % 10 != 3
            self._order(0.0, customer.number, option=customer.has_option)
            if not customer.has_option:
                self._plan(0.2, 0.4, partial(self._add_option, customer))
        self._order(0.0, HUB)
        for index, number in enumerate(HUBS):
            line = "L-H1" if index % 2 else "L-H2"
            self._arrive(0.0, HUB, NumberRange.single(number), line)
        for index in range(RANGES):
            owner = self._customers[index % CUSTOMERS]
            size = self._rng.choice((1, 1, 1, 10, 100))
            numbers = NumberRange.starting(f"+4922147{index:03}00", size=size)
            self._plan(0.01, 0.12, partial(self._first, owner, numbers))

    def _order(
        self, at: float, customer: str, *, option: bool = True, add: bool = False
    ) -> None:
        step = Ordered(
            n=next(self._n), at=at, customer=customer, option=option, extends=add
        )
        self._tell(customer, step)

    def _add_option(self, customer: Customer, at: float) -> None:
        customer.has_option = True
        self._order(at, customer.number, add=True)

    def _first(self, owner: Customer, numbers: NumberRange, at: float) -> None:
        line = f"L-{self._rng.randrange(LINES):02}"
        owner.ranges.append(numbers)
        self._arrive(at, owner.number, numbers, line)
        owner.lines[numbers] = line

    def _arrive(
        self,
        at: float,
        customer: str,
        numbers: NumberRange,
        line: str,
        *,
        ported: bool = True,
        actor: str | None = None,
    ) -> None:
        step = Moved(
            n=next(self._n),
            at=at,
            customer=customer,
            numbers=numbers,
            line=line,
            elements=self._elements[line],
            ported=ported,
        )
        self._tell(actor or customer, step)

    def _plan_changes(self) -> None:
        for _ in range(25):
            self._plan(0.4, 0.95, self._leave)
        for _ in range(12):
            self._plan(0.3, 0.8, self._hand_over)
        for _ in range(20):
            self._plan(0.25, 0.95, self._move)
        for _ in range(8):
            self._plan(0.25, 0.95, self._reconnect)
        for customer in self._rng.sample(self._customers[4::2], 5):
            self._plan(0.6, 0.95, partial(self._cancel, customer))

    def _someone(self) -> Customer | None:
        alive = [c for c in self._customers if c.ranges and c.has_option]
        return self._rng.choice(alive) if alive else None

    def _part(self, customer: Customer, numbers: NumberRange) -> NumberRange | None:
        """Choose what leaves: the number, the whole block, or one number of it."""
        if numbers.is_single or (
            numbers not in customer.broken and self._rng.random() < 0.3
        ):
            return numbers
        inside = f"+{int(numbers.first[1:]) + self._rng.choice((3, 5, 7))}"
        one = NumberRange.single(inside)
        return None if one in customer.broken else one

    def _leave(self, at: float, *, handover: bool = False) -> NumberRange | None:
        if not (customer := self._someone()):
            return None
        numbers = self._rng.choice(customer.ranges)
        part = self._part(customer, numbers)
        if part is None or (handover and numbers in customer.running):
            return None
        line = customer.lines[numbers]
        step = Moved(
            n=next(self._n),
            at=at,
            customer=customer.number,
            numbers=part,
            line=line,
            elements=self._elements[line],
            out=True,
            handover=handover,
        )
        self._tell(customer.number, step)
        if part == numbers:
            customer.ranges.remove(numbers)
        else:
            customer.broken |= {numbers, part}
        return part

    def _hand_over(self, at: float) -> None:
        part = self._leave(at, handover=True)
        giver = self._story.steps[-1]
        if part is None or not isinstance(giver, Moved):
            return
        if not part.is_single:
            return  # the next owner of a whole block is a story of its own
        later = [
            c for c in self._customers if c.number > giver.customer and c.has_option
        ]
        if not later:
            return
        owner = self._rng.choice(later)
        line = f"L-{self._rng.randrange(LINES):02}"
        self._arrive(at, owner.number, part, line, actor=giver.customer)
        owner.ranges.append(part)
        owner.lines[part] = line

    def _move(self, at: float) -> None:
        customer = self._someone()
        if not customer:
            return
        numbers = self._rng.choice(customer.ranges)
        if numbers in customer.broken:
            return
        line = f"L-{self._rng.randrange(LINES):02}"
        customer.lines[numbers] = line
        self._arrive(at, customer.number, numbers, line, ported=False)

    def _reconnect(self, at: float) -> None:
        customer = self._someone()
        if not customer:
            return
        numbers = self._rng.choice(customer.ranges)
        if numbers in customer.broken:
            return
        line, node = customer.lines[numbers], self._rng.randrange(NODES) + 1
        self._elements[line] = (f"AN-{node}", f"AGG-{node % 2 + 1}")
        self._arrive(at, customer.number, numbers, line, ported=False)

    def _cancel(self, customer: Customer, at: float) -> None:
        customer.has_option = False
        step = Cancelled(n=next(self._n), at=at, customer=customer.number)
        self._tell(customer.number, step)

    # -- wishes -------------------------------------------------------------------

    def _wish(self, at: float) -> None:
        if not (customer := self._someone()):
            return
        around = self._rng.choice(customer.ranges)
        numbers = around
        if not around.is_single and self._rng.random() < 0.4:
            inside = f"+{int(around.first[1:]) + self._rng.choice((0, 3, 5, 7))}"
            numbers = NumberRange.single(inside)
            if numbers in customer.broken:
                return
        step = self._wished(customer, numbers, around)
        if step:
            self._tell(customer.number, replace(step, n=next(self._n), at=at))

    def _wished(
        self, customer: Customer, numbers: NumberRange, around: NumberRange
    ) -> Wished | None:
        own = customer.rules.get(numbers)
        rule = own or customer.rules.get(around)
        chance = self._rng.random()
        blank = Wished(n=0, at=0, customer=customer.number, numbers=numbers, verb="set")
        if numbers in customer.running and chance < 0.4:
            customer.running.discard(numbers)
            return replace(blank, verb="stop")
        may_run = not any(numbers.contains(one.first) for one in customer.broken)
        if chance < 0.15 and rule and rule.enabled and may_run:
            if numbers in customer.running:
                return None
            customer.running.add(numbers)
            return replace(blank, verb="start")
        if chance < 0.25 and own:
            customer.rules[numbers] = None
            return replace(blank, verb="remove")
        new = self._rule(numbers)
        if new == own:
            return None
        customer.rules[numbers] = new
        return replace(blank, rule=new)

    def _rule(self, numbers: NumberRange) -> Rule:
        draw = self._rng
        enabled, planned = draw.random() < 0.8, draw.random() < 0.7
        if not numbers.is_single and draw.random() < 0.3:
            target = f"+49302312{draw.choice((51, 52, 53))}00"
            return Rule(enabled, target, keep_extension=True, planned=planned)
        mobile = f"+4915228817{draw.randrange(100, 160)}"
        if draw.random() < 0.15:
            return Rule(enabled, draw.choice(HUBS), fallback=mobile, planned=planned)
        return Rule(enabled, mobile, planned=planned)

    # -- signals and poison ---------------------------------------------------------

    def _signal(self, at: float) -> None:
        for step in self._monitors.speak(at):
            self._tell(_voice(step), replace(step, n=next(self._n)))

    def _shuffle_signals(self) -> None:
        """Let some signals arrive after a newer one."""
        voices = [n for n in self._story.actors if n.startswith(SOURCES)]
        for told in map(self._story.actors.__getitem__, voices):
            for i in range(len(told) - 1):
                if self._rng.random() < 0.08:
                    told[i], told[i + 1] = told[i + 1], told[i]

    def _poison(self, at: float) -> None:
        kind = self._rng.choice(list(POISON))
        value, headers = POISON[kind]
        step = Poisoned(
            n=next(self._n),
            at=at,
            topic=self._rng.choice(POISON_TOPICS),
            kind=kind,
            value=value,
            headers=headers,
        )
        self._tell("poison", step)
