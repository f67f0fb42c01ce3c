"""The whole system in one thread, by one seed: the same seed does the same again."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from chassis.clock import SetClock
from chassis.outbox import headers_of
from contracts.event import Event, derived_id
from contracts.forwardings import ForwardingRequested, RuleSetting
from contracts.listeners import LISTENERS
from contracts.numbers import NumberPorted, NumberProvisioned
from contracts.orders import OrderCancelled, OrderPlaced
from contracts.signals import NetworkSignal
from simulated_switch.domain import Switch as SwitchCore
from support.kill.author import POISON
from support.kill.model import Model
from support.kill.story import (
    Cancelled,
    Moved,
    Ordered,
    Signalled,
    Step,
    Wished,
)
from support.simulation.design import Design
from support.simulation.forwarding import Forwarding
from support.simulation.process import Core, Database, Process, World
from support.simulation.services import Provisioning, Watcher
from support.simulation.story import Writer
from support.watching import NOON

CRASH, FREEZE, THAW, END = 0.012, 0.012, 0.012, 0.05
MOST_STEPS = 60_000
TIME_A_STEP = timedelta(milliseconds=40)
HEARD: dict[str, list[type[Event]]] = {
    name: list(LISTENERS[name]) for name in ("provisioning", "forwarding")
}
POISON_SHARE, TWICE_SHARE = 0.08, 0.1


class Violated(AssertionError):
    """The promise was not kept; the seed plays the same again."""


@dataclass
class NastySwitch:
    """The simulated switch; some answers are lost, with or without the effect."""

    world: World
    core: SwitchCore = field(default_factory=lambda: SwitchCore("boot"))
    newest: dict[str, int] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)

    def apply(self, key: str, version: int, value: object) -> str | None:
        """Do it, perhaps, and say what came of it, perhaps."""
        if self.world.chance(0.1):
            return None
        if not self.world.design.switch_compares_versions:
            version = self.newest.get(key, 0) + 1
        result = self.core.apply({"key": key, "version": version, "value": value})
        if result.result == "ok":
            self.newest[key] = max(version, self.newest.get(key, 0))
        return None if self.world.chance(0.1) else result.result


@dataclass
class Service:
    """A service, with the process that is alive and perhaps one that sleeps."""

    name: str
    events: list[type[Event]]
    database: Database
    process: Process | None = None
    asleep: list[Process] = field(default_factory=list)


class Simulation:
    """One run."""

    def __init__(self, seed: int, design: Design | None = None) -> None:
        self.seed = seed
        rng = Random(seed)  # noqa: S311 - chances, no secret
        self.world = World(rng, design or Design(), SetClock(NOON))
        self.switch = NastySwitch(self.world)
        self.forwarding = Forwarding(self.switch)
        self.watcher = Watcher()
        self.services = [
            _service("provisioning", Provisioning(NOON)),
            _service("forwarding", self.forwarding),
            Service("outage-watcher", [NetworkSignal], Database(self.watcher)),
        ]
        self.steps = Writer(seed).write()
        self.poison: list[tuple[str, int, int]] = []
        self.crashes = self.pauses = 0

    def run(self) -> None:
        """Play everything under faults, then in peace; raises Violated."""
        telling, rng = self._telling(), self.world.rng
        told, rages = False, rng.randint(300, 1500)
        for number in range(MOST_STEPS):
            if not told and rng.random() < 0.08:
                told = next(telling, "end") == "end"
            rages -= told
            self.world.is_calm = rages <= 0
            self._faults()
            self._step(rng)
            self.world.clock.move(TIME_A_STEP)
            if self.world.is_calm and number % 100 == 0 and self._is_quiet():
                self._check()
                return
        raise Violated(f"seed {self.seed}: it never comes to rest")

    def _step(self, rng: Random) -> None:
        awake = [service.process for service in self.services if service.process]
        awake += [p for s in self.services for p in s.asleep if not p.is_frozen]
        if awake:
            rng.choice(awake).step()

    # -- faults ----------------------------------------------------------------------

    def _faults(self) -> None:
        rng = self.world.rng
        for service in self.services:
            if service.process is None:
                if self.world.is_calm or rng.random() < END:
                    service.process = self._started(service)
            elif self.world.chance(CRASH):
                self.crashes += 1
                service.process.end()
                service.process = None
            elif self.world.chance(FREEZE) and not service.asleep:
                self.pauses += 1
                service.process.is_frozen = True
                service.asleep.append(service.process)
                service.process = self._started(service)
            self._wake(service)

    def _wake(self, service: Service) -> None:
        """Let a sleeper go on for a while as if nothing had happened, then end it."""
        for sleeper in list(service.asleep):
            if sleeper.is_frozen and (self.world.is_calm or self.world.chance(THAW)):
                sleeper.is_frozen = False
            elif not sleeper.is_frozen and self.world.rng.random() < END:
                sleeper.end()
                service.asleep.remove(sleeper)

    def _started(self, service: Service) -> Process:
        return Process(service.name, service.events, service.database, self.world)

    # -- what is told ----------------------------------------------------------------

    def _telling(self) -> Iterator[None]:
        """Tell facts of different people in any order; some twice, some again, late."""
        rng, waiting = self.world.rng, {a: [*s] for a, s in self.steps.actors.items()}
        replays: list[Step] = []
        while waiting:
            actor = rng.choice(sorted(waiting))
            step = waiting[actor].pop(0)
            if not waiting[actor]:
                del waiting[actor]
            self._tell(step)
            if rng.random() < TWICE_SHARE:
                replays.append(step)
            if replays and rng.random() < 0.3:
                self._tell(replays.pop(rng.randrange(len(replays))))
            if rng.random() < POISON_SHARE:
                self._tell_poison()
            yield
        for step in replays:
            self._tell(step)
            yield

    def _tell(self, step: Step) -> None:
        event, at = self._event(step), NOON + timedelta(milliseconds=10 * step.n)
        event_id = derived_id("simulated", self.seed, step.n)
        headers = headers_of(event.topic(), event.source, event_id, at)
        self.world.bus.publish(
            event.topic(),
            event.key,
            event.model_dump_json(by_alias=True).encode(),
            {name: text.encode() for name, text in headers.items()},
        )

    def _tell_poison(self) -> None:
        rng = self.world.rng
        value, headers = POISON[rng.choice(sorted(POISON))]
        topics = [e.topic() for service in self.services for e in service.events]
        record = self.world.bus.publish(
            rng.choice(topics), f"{rng.random()}", value, dict(headers)
        )
        self.poison.append((record.topic, record.partition, record.offset))

    def _event(self, step: Step) -> Event:
        at = NOON + timedelta(milliseconds=10 * step.n)
        match step:
            case Ordered():
                return OrderPlaced(
                    order_id=f"O-{step.customer}",
                    customer_number=step.customer,
                    product="sip-trunk-2.0",
                    option=step.option,
                    channel="product_order",
                    placed_by="agent",
                    placed_at=at,
                )
            case Cancelled():
                return OrderCancelled(
                    order_id=f"O-{step.customer}",
                    customer_number=step.customer,
                    channel="portal",
                    cancelled_by="customer",
                    cancelled_at=at,
                )
            case Moved():
                return _moved(step)
            case Wished():
                return _wished(step)
            case Signalled():
                return NetworkSignal(
                    source=step.source,
                    alarm_id=step.alarm,
                    element=step.element,
                    state="down" if step.down else "up",
                    occurred_at=at,
                    confirmed=True,
                )
        raise TypeError(step)

    # -- the end ---------------------------------------------------------------------

    def _is_quiet(self) -> bool:
        bus = self.world.bus
        return not (
            any(s.asleep or s.process is None for s in self.services)
            or any(bus.lag(s.name, _topics(s)) for s in self.services)
            or any(s.database.outbox for s in self.services)
            or self.forwarding.pending
            or self.watcher.is_waiting
        )

    def _check(self) -> None:
        wrong = [*self._wrong_calls(), *self._wrong_words(), *self._lost()]
        if wrong:
            raise Violated(f"seed {self.seed}: " + "\n".join(wrong))

    def _wrong_calls(self) -> Iterator[str]:
        steps = self.steps.steps
        model = Model(steps, {step.n for step in steps})
        for number in model.subjects():
            expected, call = model.expect(number), self.switch.core.state.call(number)
            rings = call.rings_at if call.diverted else None
            if rings != (expected.target if expected.diverted else None):
                yield f"{number}: expected {expected}, rings {call}"

    def _wrong_words(self) -> Iterator[str]:
        """Compare what was told last of each scope with what the switch does."""
        newest: dict[str, dict[str, Any]] = {}
        for (topic, _), records in self.world.bus.records.items():
            for record in records if topic == "ForwardingApplied" else ():
                told = _decoded(record.value)
                known = newest.get(told["number"] + str(told["last"]))
                if known is None or known["version"] < told["version"]:
                    newest[told["number"] + str(told["last"])] = told
        for numbers, rings in self.forwarding.told.items():
            last = newest.get(numbers.first + str(_last(numbers)))
            if last is None or (last["target"] if last["in_effect"] else None) != rings:
                yield f"{numbers}: told {last}, and is {rings}"

    def _lost(self) -> Iterator[str]:
        for service in self.services:
            database, topics = service.database, _topics(service)
            for (topic, _), records in self.world.bus.records.items():
                for record in records if topic in topics else ():
                    place = topic, record.partition, record.offset
                    parked = place in database.parked
                    if parked != (place in self.poison):
                        yield f"{service.name}: {place} parked: {parked}"
                    event_id = dict(record.headers).get("ce_id")
                    read = (topic, (event_id or b"").decode()) in database.inbox
                    if not parked and not read:
                        yield f"{service.name} never took {place}"


def _service(name: str, core: Core) -> Service:
    return Service(name, HEARD[name], Database(core))


def _topics(service: Service) -> list[str]:
    return [event.topic() for event in service.events]


def _last(numbers: Any) -> str | None:
    return None if numbers.is_single else numbers.last


def _decoded(value: bytes | None) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(value or b"")
    return decoded


def _moved(step: Moved) -> Event:
    known: dict[str, Any] = {
        "number": step.numbers.first,
        "last": _last(step.numbers),
        "customer_number": step.customer,
        "line": step.line,
        "elements": step.elements,
        "effective_on": date(2026, 11, 1),
    }
    if step.out or step.ported:
        return NumberPorted(**known, direction="out" if step.out else "in")
    return NumberProvisioned(**known)


def _wished(step: Wished) -> Event:
    rule = step.rule if step.verb == "set" else None
    return ForwardingRequested(
        request_id=f"R-{step.n}",
        customer_number=step.customer,
        number=step.numbers.first,
        last=_last(step.numbers),
        action="set" if step.verb == "set" else "remove",
        rule=RuleSetting(enabled=rule.enabled, target=rule.target) if rule else None,
        version=step.n,
        requested_by="customer",
        requested_at=NOON,
    )


def run(seeds: Sequence[int], design: Design | None = None) -> tuple[int, int]:
    """Play these seeds; return how often a process was killed, and stood still."""
    crashes = pauses = 0
    for seed in seeds:
        simulation = Simulation(seed, design)
        simulation.run()
        crashes += simulation.crashes
        pauses += simulation.pauses
    return crashes, pauses
