"""What a switch without logic of its own would hold: rules, flags, causes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forwarding.switch import Answer, Operation
from forwarding.switches.slots import Target
from forwarding.switches.wording import (
    BadValue,
    Entry,
    Rule,
    Span,
    extended,
    read_key,
    read_rule,
    read_state,
)

Value = Mapping[str, Any]


@dataclass(slots=True)
class Held:
    """The entries of the port, and where calls of each number go because of them."""

    entries: dict[str, tuple[int, Value | None]] = field(default_factory=dict)
    rules: dict[Span, Rule] = field(default_factory=dict)
    raised: set[str] = field(default_factory=set)
    causes: dict[Span, set[str]] = field(default_factory=dict)
    off: bool = False
    _behind: dict[str, set[Span]] = field(default_factory=lambda: defaultdict(set))

    def take(self, operation: Operation) -> Answer:
        """Keep an operation unless it is old or bad."""
        key, version, value = operation.key, operation.version, operation.value
        known = self.entries.get(key)
        if version < 0:
            return Answer(key, "refused", known[0] if known else None, "bad_version")
        try:
            entry = read_key(key)
            read = _read(entry, value)
        except BadValue as bad:
            return Answer(key, "refused", known[0] if known else None, bad.reason)
        if known and version < known[0]:
            return Answer(key, "stale", known[0])
        if known and version == known[0] and value != known[1]:
            return Answer(key, "refused", version, "version_conflict")
        self.entries[key] = version, value
        self._keep(entry, read)
        return Answer(key, "ok", version)

    def _keep(self, entry: Entry, read: "Rule | bool | None") -> None:
        if entry.kind == "hold":
            self.off = bool(read)
        elif entry.kind == "flag":
            (self.raised.add if read else self.raised.discard)(entry.name)
        elif entry.span and entry.kind == "cause":
            names = self.causes.setdefault(entry.span, set())
            (names.add if read else names.discard)(entry.name)
        elif entry.span:
            self._keep_rule(entry.span, read if isinstance(read, Rule) else None)

    def _keep_rule(self, span: Span, rule: Rule | None) -> None:
        if known := self.rules.pop(span, None):
            for place in (*known.places, *known.target_places):
                self._behind[place].discard(span)
        if rule:
            self.rules[span] = rule
            for place in (*rule.places, *rule.target_places):
                self._behind[place].add(span)

    def touched_by(self, key: str) -> set[str]:
        """Return the numbers whose calls an entry may move."""
        entry = read_key(key)
        if entry.kind == "hold":
            return self.numbers()
        if entry.span:
            return set(_numbers(entry.span))
        place = entry.name.partition("/")[2]
        return {n for span in self._behind[place] for n in _numbers(span)}

    def numbers(self) -> set[str]:
        """Return every number that has a rule."""
        return {number for span in self.rules for number in _numbers(span)}

    def rule_key(self, number: str) -> str | None:
        """Return the key of the rule that a number follows."""
        found = self._rule_of(number)
        return f"rule/{found[0]}" if found else None

    def target_of(self, number: str) -> Target | None:
        """Return where calls of a number go; None: home."""
        found = self._rule_of(number)
        if found is None or self.off or found[1].off:
            return None
        span, rule = found
        caused = any(
            names and held.holds(number) and not (rule.alone and held.last)
            for held, names in self.causes.items()
        )
        if not caused and not self._is_down(rule.places, planned=rule.planned):
            return None
        target = rule.target
        if target and rule.keep_extension:
            target = extended(span, target, number)
        if rule.target_places and self._is_down(rule.target_places, planned=True):
            target = rule.fallback
        return Target(target, rule.line_first) if target else None

    def _rule_of(self, number: str) -> tuple[Span, Rule] | None:
        if own := self.rules.get(Span(number)):
            return Span(number), own
        around = [span for span in self.rules if span.last and span.holds(number)]
        if not around:
            return None
        best = min(around, key=lambda span: (-len(span.first), span.size))
        return best, self.rules[best]

    def _is_down(self, places: tuple[str, ...], *, planned: bool) -> bool:
        kinds = ("fault", "planned") if planned else ("fault",)
        return any(
            f"{kind}/{place}" in self.raised for place in places for kind in kinds
        )


def _numbers(span: Span) -> Iterator[str]:
    first = int(span.first[1:])
    return (f"+{first + step}" for step in range(span.size))


def _read(entry: Entry, value: Value | None) -> Rule | bool | None:
    if value is None:
        return None
    if entry.kind == "rule":
        return read_rule(entry.span or Span(""), value)
    return read_state(entry, value)
