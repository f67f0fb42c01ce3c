"""Forwarding without input or output: its real rules, and the facts in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from chassis.inbox import Received
from contracts.event import Event
from contracts.forwardings import ForwardingApplied, ForwardingRequested
from contracts.number_range import NumberRange
from contracts.numbers import LineConnected
from contracts.options import OptionEnabled, OptionEvent
from contracts.outages import OutageCleared, OutageDetected, OutageEvent
from forwarding.arming import switch_value
from forwarding.domain import (
    Arming,
    OpenOutage,
    Option,
    arming_of,
    diversion,
)
from support.simulation.process import Job, Process, Told


class Switch(Protocol):
    """What takes operations; None: no answer came back."""

    def apply(self, key: str, version: int, value: object) -> str | None:
        """Do it, perhaps, and say what came of it, perhaps."""


@dataclass(slots=True)
class Entry:
    """What the switch shall hold under a key, and from which version on it does."""

    seq: int
    value: dict[str, Any] | None
    live: bool = False


@dataclass
class Forwarding:
    """Facts with versions; what the switch shall hold follows from them."""

    switch: Switch
    seq: int = 0
    lines: dict[str, LineConnected] = field(default_factory=dict)
    options: dict[NumberRange, OptionEvent] = field(default_factory=dict)
    wishes: dict[tuple[str, NumberRange], ForwardingRequested] = field(
        default_factory=dict
    )
    outages: dict[str, OutageEvent] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    armings: dict[NumberRange, Arming | None] = field(default_factory=dict)
    told: dict[NumberRange, str | None] = field(default_factory=dict)
    sent: set[tuple[str, int]] = field(default_factory=set)

    # -- facts ------------------------------------------------------------------------

    def hear(self, received: Received[Event]) -> Iterable[Told]:
        """Take in a fact; an older one about the same thing changes nothing."""
        match received.event:
            case LineConnected() as line:
                self.lines[line.line] = _newer(self.lines.get(line.line), line)
            case OptionEvent() as option:
                numbers = _range(option)
                newest = _newer(self.options.get(numbers), option)
                self.options[numbers] = newest
            case ForwardingRequested() as wish:
                key = wish.customer_number, _range(wish)
                self.wishes[key] = _newer(self.wishes.get(key), wish)
            case OutageEvent() as outage:
                self._hear_outage(outage)
        self._follow()
        return ()

    def _hear_outage(self, outage: OutageEvent) -> None:
        known = self.outages.get(outage.outage_id)
        if not isinstance(known, OutageCleared):  # nothing comes after the end
            is_end = isinstance(outage, OutageCleared)
            newest = outage if known is None or is_end else _newer(known, outage)
            self.outages[outage.outage_id] = newest

    @property
    def _open(self) -> list[OpenOutage]:
        return [
            OpenOutage(one.outage_id, frozenset(one.places), one.detected_at)
            for one in self.outages.values()
            if isinstance(one, OutageDetected) and one.takes_voice
        ]

    # -- what follows -----------------------------------------------------------------

    def _follow(self) -> None:
        """Bring what the switch shall hold up to the facts."""
        scopes = {*self.options, *(numbers for _, numbers in self.wishes)}
        for numbers in sorted(scopes, key=str):
            arming = self._arming(numbers)
            self.armings[numbers] = arming
            value = switch_value(arming) if arming else None
            self._shall(f"rule/{numbers}", value)
        raised = {place for outage in self._open for place in outage.places}
        flags = {key for key in self.entries if key.startswith("flag/")}
        for key in sorted(flags | {f"flag/fault/{place}" for place in raised}):
            self._shall(key, {"raised": key.removeprefix("flag/fault/") in raised})

    def _shall(self, key: str, value: dict[str, Any] | None) -> None:
        entry = self.entries.get(key)
        if (entry.value if entry else None) == value:
            return
        self.seq += 1
        self.entries[key] = Entry(self.seq, value)

    def _arming(self, numbers: NumberRange) -> Arming | None:
        around = self._block_around(numbers)
        own = self._option(numbers), self._rule(numbers, self._option(numbers))
        block = (
            self._option(around) if around else None,
            self._rule(around, self._option(around)) if around else None,
        )
        if own[0] is None:  # a rule of a single number in its block
            own = None, self._rule(numbers, block[0])
        option = own[0] if own[0] and own[0].enabled else block[0]
        places = self._places(option.line) if option and option.line else ()
        return arming_of(numbers, own=own, block=block, places=places)

    def _option(self, numbers: NumberRange) -> Option | None:
        told = self.options.get(numbers)
        if told is None:
            return None
        line = told.line if isinstance(told, OptionEnabled) else ""
        enabled = isinstance(told, OptionEnabled)
        return Option(numbers, told.customer_number, line, enabled, told.version)

    def _rule(self, numbers: NumberRange, option: Option | None) -> Any:
        if option is None or not option.enabled:
            return None
        wish = self.wishes.get((option.customer_number, numbers))
        return wish.rule if wish and wish.action == "set" else None

    def _block_around(self, numbers: NumberRange) -> NumberRange | None:
        blocks = [each for each in self.options if not each.is_single]
        inside = (b for b in blocks if b != numbers and b.contains(numbers.first))
        return next(inside, None)

    def _places(self, line: str) -> tuple[str, ...]:
        told = self.lines.get(line)
        return (line, *(told.elements if told else ()))

    # -- the switch -------------------------------------------------------------------

    @property
    def pending(self) -> list[str]:
        """Return the keys that the switch has not acknowledged, oldest first."""
        keys = [key for key, entry in self.entries.items() if not entry.live]
        return sorted(keys, key=lambda key: self.entries[key].seq)

    def jobs(self, process: Process) -> Iterable[Job]:
        """Let two workers send what is pending, as a flip and an edit do."""
        return [self._send(process), self._send(process)]

    def _send(self, process: Process) -> Job:
        while True:
            if not (pending := self.pending):
                yield
                continue
            key = process.world.rng.choice(pending)
            seq, value = self.entries[key].seq, self.entries[key].value
            again = process.world.design.sends_again_what_is_pending
            if (key, seq) in self.sent and not again:
                yield
                continue
            self.sent.add((key, seq))
            yield
            answer = self.switch.apply(key, seq, value)
            yield
            if answer in ("ok", "stale"):
                process.transact(lambda: self._acknowledge(process, key, seq))  # noqa: B023 - called at once
            yield

    def _acknowledge(self, process: Process, key: str, seq: int) -> None:
        entry = self.entries[key]
        if entry.seq != seq or entry.live:
            return
        entry.live = True
        process.database.tell(self._changed(process.world.clock.now()))

    def _changed(self, at: datetime) -> Iterator[Told]:
        """Tell scopes that are at rest and go elsewhere than was told of them."""
        for numbers, arming in self.armings.items():
            if not self._is_live(numbers, arming):
                continue
            found = diversion(arming, self._open)
            rings = found.target if found else None
            if self.told.get(numbers) == rings:
                continue
            self.told[numbers] = rings
            self.seq += 1
            yield f"{self.seq}:{numbers}", self._applied(numbers, rings, at)

    def _is_live(self, numbers: NumberRange, arming: Arming | None) -> bool:
        keys = [f"rule/{numbers}"]
        if arming:
            keys += [f"flag/fault/{place}" for place in arming.places]
        return all(self.entries[key].live for key in keys if key in self.entries)

    def _applied(
        self, numbers: NumberRange, rings: str | None, at: datetime
    ) -> ForwardingApplied:
        arming = self.armings[numbers]
        return ForwardingApplied(
            number=numbers.first,
            last=None if numbers.is_single else numbers.last,
            customer_number=arming.customer_number if arming else "",
            line=arming.line if arming else "",
            target=rings,
            in_effect=rings is not None,
            causes=(),
            reason="rule",
            version=self.seq,
            applied_at=at,
        )


def _range(event: Any) -> NumberRange:
    return NumberRange(event.number, event.last or event.number)


def _newer(known: Any, told: Any) -> Any:
    return told if known is None or told.version > known.version else known
