"""
What must be in effect, worked out slowly from the facts and from nothing of ours.

It reads the acknowledged steps of a story from the oldest to the newest, for each
number anew, and shares no code with the services.
"""

from dataclasses import dataclass, replace

from contracts.number_range import NumberRange
from support.kill.story import (
    HUB,
    Cancelled,
    Moved,
    Ordered,
    Rule,
    Signalled,
    Step,
    Wished,
    Withdrawn,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Where calls to a number must go."""

    number: str
    customer: str | None
    """Who has the number; None: nobody."""
    diverted: bool = False
    target: str | None = None
    """None while diverted: the target is down, and there is no fallback."""
    because: tuple[str, ...] = ()
    scope: NumberRange | None = None
    """Whose rule serves: the number's own, or its block."""
    is_apart: bool = False
    """It has a rule or a cause of its own: what is told of its block is not meant."""


class Model:
    """The facts, and what follows."""

    def __init__(self, steps: list[Step], taken: set[int]) -> None:
        self.steps = [step for step in steps if step.n in taken]
        self._moves = [step for step in self.steps if isinstance(step, Moved)]
        self._wishes = [step for step in self.steps if isinstance(step, Wished)]
        self._elements = {step.line: step.elements for step in self._moves}
        self._option = self._options()
        self.faults, self.works = self._down_places()
        self._ranges: dict[str, list[NumberRange]] = {}
        for step in self._moves:
            known = self._ranges.setdefault(step.customer, [])
            if not step.out and step.numbers not in known:
                known.append(step.numbers)

    def _options(self) -> dict[str, bool]:
        found: dict[str, bool] = {}
        for step in self.steps:
            if isinstance(step, Ordered):
                found[step.customer] = found.get(step.customer, False) or step.option
            elif isinstance(step, Cancelled):
                found[step.customer] = False
        return found

    def _down_places(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return places that are down, each with an alarm that says so."""
        alarms: dict[tuple[str, str], Step] = {}
        for step in self.steps:
            if isinstance(step, Signalled | Withdrawn):
                alarms[step.source, step.alarm] = step
        faults: dict[str, str] = {}
        works: dict[str, str] = {}
        for step in alarms.values():
            if isinstance(step, Signalled) and step.down:
                there = faults if step.kind == "fault" else works
                there |= dict.fromkeys(step.places, f"{step.source}/{step.alarm}")
        return faults, works

    def subjects(self) -> list[str]:
        """Return every number worth a look: each with a fact, and some of a block."""
        found = set()
        for move in self._moves:
            first, size = int(move.numbers.first[1:]), move.numbers.size
            found |= {f"+{first}", f"+{first + size - 1}", f"+{first + size // 2}"}
        found |= {wish.numbers.first for wish in self._wishes}
        return sorted(found)

    def expect(self, number: str) -> Expected:
        """Return where calls to a number must go."""
        customer, line = self._holder(number)
        if customer is None or not self._option.get(customer):
            return Expected(number, None)
        own, block = NumberRange.single(number), self._block_of(customer, number)
        rule, scope = self._rule(customer, own), own
        if rule is None and block:
            rule, scope = self._rule(customer, block), block
        is_apart = scope == own or self._runs(customer, own)
        known = Expected(number, customer, scope=scope, is_apart=is_apart)
        if rule is None or not rule.enabled:
            return known
        why = self._reasons(line, rule) + [
            f"manual {scope}"
            for scope in (own, block)
            if scope and self._runs(customer, scope)
        ]
        if not why:
            return known
        target = self._target(rule, scope, number)
        return replace(known, diverted=True, target=target, because=tuple(why))

    def _holder(self, number: str) -> tuple[str | None, str]:
        customer, line = None, ""
        for move in self._moves:
            if not _holds(move.numbers, number):
                continue
            if not move.out and customer in (None, move.customer):
                customer, line = move.customer, move.line
            elif move.out and customer == move.customer:
                customer = None
        return customer, line

    def _block_of(self, customer: str, number: str) -> NumberRange | None:
        blocks = (r for r in self._ranges.get(customer, ()) if not r.is_single)
        return next((block for block in blocks if _holds(block, number)), None)

    def _rule(self, customer: str, scope: NumberRange) -> Rule | None:
        rule = None
        for wish in self._wishes:
            if (wish.customer, wish.numbers) == (customer, scope):
                rule = wish.rule if wish.verb in ("set", "remove") else rule
        return rule

    def _runs(self, customer: str, scope: NumberRange) -> bool:
        runs = False
        for wish in self._wishes:
            if (wish.customer, wish.numbers) == (customer, scope):
                runs = wish.verb == "start" or (runs and wish.verb != "stop")
        return runs

    def _reasons(self, line: str, rule: Rule) -> list[str]:
        places = (line, *self._elements.get(line, ()))
        why = [self.faults[place] for place in places if place in self.faults]
        if rule.planned:
            why += [self.works[place] for place in places if place in self.works]
        return why

    def _target(self, rule: Rule, scope: NumberRange, number: str) -> str | None:
        if rule.keep_extension:
            return f"+{int(rule.target[1:]) + int(number[1:]) - int(scope.first[1:])}"
        owner, line = self._holder(rule.target)
        if owner == HUB:
            places = {line, *self._elements.get(line, ())}
            if places & (self.faults.keys() | self.works.keys()):
                return rule.fallback
        return rule.target

    def history(self, number: str) -> list[Step]:
        """Return every acknowledged fact that bears on a number."""
        lines = {m.line for m in self._moves if _holds(m.numbers, number)}
        places = lines | {e for line in lines for e in self._elements.get(line, ())}
        customers = {m.customer for m in self._moves if _holds(m.numbers, number)}
        return [step for step in self.steps if _bears(step, number, places, customers)]


def _bears(step: Step, number: str, places: set[str], customers: set[str]) -> bool:
    match step:
        case Moved() | Wished():
            return _holds(step.numbers, number)
        case Signalled():
            return bool(step.places & places)
        case Ordered() | Cancelled():
            return step.customer in customers
    return False


def _holds(numbers: NumberRange, number: str) -> bool:
    return len(number) == len(numbers.first) and numbers.first <= number <= numbers.last
