"""
What the switch knows, and where a call rings because of it.

Nothing here waits, reads a clock or draws a number: the same operations give
the same switch.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from simulated_switch.values import (
    LARGEST_VERSION,
    Cause,
    Flag,
    Hold,
    Key,
    Outage,
    Reason,
    Refused,
    Rule,
    Span,
    Value,
    extended,
    flag_key,
    read_key,
    read_value,
)

JOURNAL_LENGTH = 500_000

Outcome = Literal["ok", "stale", "refused"]
Age = Literal["new", "known", "stale"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is held under a key; a value of None remembers that it was removed."""

    version: int | None
    value: object


NOTHING = Entry(None, None)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an operation, and which version is held now."""

    key: str | None
    result: Outcome
    version: int | None
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """Put a value under a key, unless something newer is there."""

    key: Key
    version: int
    raw: object
    value: Value | None


@dataclass(frozen=True, slots=True)
class Diversion:
    """What the diverted call tells about where it came from."""

    original: str
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """What happens to a call that is dialled now."""

    number: str
    rings_at: str | None
    diverted: bool = False
    rule: str | None = None
    because: list[str] = field(default_factory=list)
    diversion: Diversion | None = None
    target_down: bool = False
    target_because: list[str] = field(default_factory=list)
    held: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A line of the journal: what was asked for, and what really was done."""

    n: int
    boot: str
    key: str | None
    version: int | None
    result: Literal["ok", "stale", "refused", "lost"]
    reason: str | None
    value: object


def read_operation(raw: object) -> Operation:
    """Understand an operation, or refuse it."""
    if not isinstance(raw, dict) or raw.keys() != {"key", "version", "value"}:
        raise Refused(Reason.BAD_OPERATION)
    if not isinstance(raw["key"], str):
        raise Refused(Reason.BAD_KEY)
    version = raw["version"]
    if type(version) is not int or not 0 <= version <= LARGEST_VERSION:
        raise Refused(Reason.BAD_VERSION)
    key = read_key(raw["key"])
    return Operation(key, version, raw["value"], read_value(key, raw["value"]))


class Spans:
    """Finds the keys of all numbers and blocks that hold a number."""

    def __init__(self) -> None:
        self._keys: dict[str, dict[str, Span]] = {}

    def put(self, key: Key, *, present: bool) -> None:
        """Add the key, or take it away."""
        prefix = key.span.prefix
        keys = self._keys.setdefault(prefix, {})
        if present:
            keys[key.text] = key.span
        else:
            keys.pop(key.text, None)
        if not keys:
            del self._keys[prefix]

    def holding(self, number: str) -> Iterator[tuple[str, Span]]:
        """Return the keys whose span holds the number."""
        for length in range(1, len(number) + 1):
            for key, span in self._keys.get(number[:length], {}).items():
                if span.holds(number):
                    yield key, span


class State:
    """Everything a restart loses."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._sorted: list[str] = []
        self._rules = Spans()
        self._causes = Spans()
        self._raised: set[str] = set()
        self._held = False

    def held(self, key: str | None) -> Entry:
        """Return what is held under a key."""
        return self._entries.get(key or "", NOTHING)

    def judge(self, operation: Operation, *, welcome: bool = True) -> Age:
        """Compare it with what is held."""
        if not welcome:
            raise Refused(Reason.NO_SUCH_SUBSCRIBER)
        held = self.held(operation.key.text)
        if held.version is None or operation.version > held.version:
            return "new"
        if operation.version < held.version:
            return "stale"
        if operation.raw != held.value:
            raise Refused(Reason.VERSION_CONFLICT)
        return "known"

    def store(self, operation: Operation) -> None:
        """Keep the value and let it take effect."""
        text = operation.key.text
        if text not in self._entries:
            self._sorted.append(text)
        self._entries[text] = Entry(operation.version, operation.raw)
        self._take_effect(operation.key, operation.value)

    def _take_effect(self, key: Key, value: Value | None) -> None:
        match key.kind:
            case "rule":
                self._rules.put(key, present=value is not None)
            case "cause":
                active = isinstance(value, Cause) and value.active
                self._causes.put(key, present=active)
            case "flag":
                raised = isinstance(value, Flag) and value.raised
                (self._raised.add if raised else self._raised.discard)(key.text)
            case "hold":
                self._held = isinstance(value, Hold) and value.held

    def entries(
        self, *, after: str, limit: int, tombstones: bool
    ) -> list[tuple[str, Entry]]:
        """Return entries in the order of their keys, removed ones only if asked."""
        # Keys only ever come: sorting a list that is nearly sorted costs little.
        self._sorted.sort()
        start = bisect_right(self._sorted, after)
        kept = ((key, self._entries[key]) for key in islice(self._sorted, start, None))
        wanted = (e for e in kept if tombstones or e[1].value is not None)
        return list(islice(wanted, limit))

    def call(self, number: str) -> Call:
        """Tell what happens to a call to the number."""
        found = min(
            self._rules.holding(number),
            key=lambda item: (item[1].breadth, item[0]),
            default=None,
        )
        if found is None:
            return Call(number, number, held=self._held)
        key, span = found
        inside = self.held(f"rule/{number[: len(span.first)]}").value
        if span.last and isinstance(inside, dict) and inside.get("alone"):
            return Call(number, number, held=self._held)
        # Read anew for each call: a second copy of 100,000 rules costs too much.
        rule = Rule.model_validate(self._entries[key].value)
        because = self._because(number, rule)
        if self._held or rule.off or rule.target is None or not because:
            return Call(number, number, rule=key, held=self._held)
        target_because = self._flags(rule.target_places, ["fault", "planned"])
        target = rule.target
        if rule.keep_extension:
            target = extended(span, target, number)
        return Call(
            number,
            rule.fallback if target_because else target,
            diverted=True,
            rule=key,
            because=because,
            diversion=Diversion(number, rule.reason),
            target_down=bool(target_because),
            target_because=target_because,
        )

    def _because(self, number: str, rule: Rule) -> list[str]:
        outages: list[Outage] = ["fault", "planned"] if rule.planned else ["fault"]
        used = self._causes.holding(number)
        causes = sorted(key for key, at in used if not (rule.alone and at.last))
        return self._flags(rule.places, outages) + causes

    def _flags(self, places: list[str], outages: list[Outage]) -> list[str]:
        keys = (flag_key(outage, place) for place in places for outage in outages)
        return [key for key in dict.fromkeys(keys) if key in self._raised]


class Switch:
    """A switch between two restarts, and the journal of all it was told."""

    def __init__(self, boot: str, *, journal_length: int = JOURNAL_LENGTH) -> None:
        self.boot = boot
        self.state = State()
        self._received = 0
        self._journal: deque[Received] = deque(maxlen=journal_length)

    def restart(self, boot: str) -> None:
        """Forget everything; only the journal, which is no part of it, stays."""
        self.boot = boot
        self.state = State()

    def apply(self, raw: object, *, refuse: bool = False, lose: bool = False) -> Result:
        """Carry out one operation; if told to lose it, say so only in the journal."""
        try:
            operation = read_operation(raw)
        except Refused as error:
            return self._refuse(raw, error)
        try:
            age = self.state.judge(operation, welcome=not refuse)
        except Refused as error:
            return self._refuse(raw, error, value=operation.raw)
        return self._carry_out(operation, age, lose=lose)

    def _carry_out(self, operation: Operation, age: Age, *, lose: bool) -> Result:
        key, version = operation.key.text, operation.version
        outcome: Outcome = "stale" if age == "stale" else "ok"
        if age != "new":
            held = self.state.held(key)
            # A repetition is the same value: keeping the first saves a lot of memory.
            value = held.value if age == "known" else operation.raw
            self._write(key, version, outcome, value=value)
            return Result(key, outcome, held.version)
        if not lose:
            self.state.store(operation)
        self._write(key, version, "lost" if lose else "ok", value=operation.raw)
        return Result(key, outcome, version)

    def _refuse(self, raw: object, error: Refused, value: object = None) -> Result:
        fields = raw if isinstance(raw, dict) else {}
        key, version = fields.get("key"), fields.get("version")
        key = key if isinstance(key, str) else None
        version = version if type(version) is int else None
        self._write(key, version, "refused", reason=error.reason, value=value)
        held = self.state.held(key).version
        return Result(key, "refused", held, error.reason, error.detail)

    def _write(
        self,
        key: str | None,
        version: int | None,
        result: Literal["ok", "stale", "refused", "lost"],
        *,
        value: object,
        reason: str | None = None,
    ) -> None:
        self._received += 1
        self._journal.append(
            Received(self._received, self.boot, key, version, result, reason, value)
        )

    @property
    def oldest(self) -> int:
        """The first operation that the journal still knows, or will know."""
        return self._journal[0].n if self._journal else self._received + 1

    def journal(self, *, after: int, limit: int) -> list[Received]:
        """Return what was received after the n-th operation, as far as it is kept."""
        skip = max(after - self.oldest + 1, 0)
        return list(islice(self._journal, skip, skip + limit))
