"""Accounts for every acknowledged fact, and compares what is with what must be."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.number_range import NumberRange
from support.kill.evidence import Evidence, Message, moved
from support.kill.model import Expected, Model
from support.kill.players import Notes
from support.kill.story import Moved, Ordered, Rule, Signalled, Step, Wished

Scope = tuple[str, str]


def wrong_numbers(model: Model, found: Evidence) -> dict[str, list[str]]:
    """Return each number that is not as the facts say, with what says so."""
    newest = _newest_told(found)
    wrong: dict[str, list[str]] = {}
    for number in model.subjects():
        expected = model.expect(number)
        said = [
            *_at_the_switch(expected, found.calls[number]),
            *_in_the_database(expected, found),
            *_on_kafka(expected, model, newest),
            *_in_the_portal(expected, found),
        ]
        if said:
            wrong[number] = [f"expected {expected}", *said, *found.answers(number)]
    return wrong


def _at_the_switch(expected: Expected, call: Mapping[str, Any]) -> Iterator[str]:
    rings = call["rings_at"] if call["diverted"] else None
    if (call["diverted"], rings) != (expected.diverted, expected.target):
        yield f"switch: {dict(call)}"
    if call["diverted"] and not call["because"]:
        yield f"switch: diverted without a cause {dict(call)}"


def _in_the_database(expected: Expected, found: Evidence) -> Iterator[str]:
    number = expected.number
    diverted = number in found.in_database
    rings = found.in_database.get(number)
    if (diverted, rings) != (expected.diverted, expected.target):
        yield f"forwarding's tables: diverted={diverted} to {rings}"


def _newest_told(found: Evidence) -> dict[Scope, Mapping[str, Any]]:
    newest: dict[Scope, Mapping[str, Any]] = {}
    for message in found.messages.get("ForwardingApplied", ()):
        told = message.value
        scope = (told["number"], told.get("last") or told["number"])
        if scope not in newest or newest[scope]["version"] < told["version"]:
            newest[scope] = told
    return newest


def _on_kafka(
    expected: Expected, model: Model, newest: Mapping[Scope, Mapping[str, Any]]
) -> Iterator[str]:
    number = expected.number
    scopes = [(number, number)]
    if not _stands_alone(expected, model):
        scopes += [
            s for s in newest if s[0] != s[1] and _inside(number, s) and _fits(s, model)
        ]
    told = [newest[scope] for scope in scopes if scope in newest]
    last = max(told, key=lambda event: event["version"], default=None)
    if last is None or not last["in_effect"]:
        if expected.diverted:
            yield f"Kafka: newest ForwardingApplied is {last}"
        return
    target = _extended(last, number)
    if (True, target) != (expected.diverted, expected.target):
        yield f"Kafka: newest ForwardingApplied is {dict(last)}"
    if not last["causes"]:
        yield f"Kafka: in effect without a cause {dict(last)}"


def _stands_alone(expected: Expected, model: Model) -> bool:
    """Tell whether what is told of the block does not concern the number."""
    number = expected.number
    if expected.customer is not None:
        return expected.is_apart
    return any(
        isinstance(step, Moved) and step.numbers.is_single
        for step in model.history(number)
    )


def _fits(scope: Scope, model: Model) -> bool:
    return any(
        isinstance(s, Moved) and (s.numbers.first, s.numbers.last) == scope
        for s in model.steps
    )


def _inside(number: str, scope: Scope) -> bool:
    return len(number) == len(scope[0]) and scope[0] <= number <= scope[1]


def _extended(told: Mapping[str, Any], number: str) -> str | None:
    if not told.get("keep_extension") or told["target"] is None:
        return told["target"]  # type: ignore[no-any-return]  # JSON
    return moved(told["target"], told["number"], number)


def _in_the_portal(expected: Expected, found: Evidence) -> Iterator[str]:
    number, shown = expected.number, None
    if expected.customer is None:
        for entries in found.entries.values():
            for entry in entries:
                if entry["number"] == number and entry["kind"] == "number":
                    shown = entry
    else:
        shown = found.singles.get(number) or _entry(
            found.entries[expected.customer], number
        )
        if shown is None:
            yield "portal: is not shown"
            return
    diverted = bool(shown and shown["state"] == "diverted")
    target = _shown_target(shown, number) if shown and diverted else None
    if (diverted, target) != (expected.diverted, expected.target):
        yield f"portal: {shown}"


def _entry(entries: list[dict[str, Any]], number: str) -> dict[str, Any] | None:
    around = None
    for entry in entries:
        if entry["number"] == number and entry["kind"] == "number":
            return entry
        if entry["last"] and _inside(number, (entry["number"], entry["last"])):
            around = entry
    return around


def _shown_target(entry: Mapping[str, Any], number: str) -> str | None:
    target: str | None = entry["target_in_effect"]
    if target and entry["kind"] == "block" and entry["rule"]["keep_extension"]:
        return moved(target, entry["number"], number)
    return target


def stale_flips(found: Evidence) -> list[str]:
    """Return what took effect at the switch after something newer, in one boot."""
    newest: dict[tuple[str, str], int] = {}
    stale = []
    for entry in found.journal:
        if entry["result"] != "ok":
            continue
        key = (entry["boot"], entry["key"])
        if entry["version"] < newest.get(key, -1):
            stale.append(f"{entry} after version {newest[key]}")
        newest[key] = max(entry["version"], newest.get(key, -1))
    return stale


def uncaused_flips(steps: list[Step], found: Evidence) -> list[str]:
    """Return flags that nobody gave a reason for, and targets that nobody chose."""
    down: dict[str, set[str]] = {"fault": set(), "planned": set()}
    chosen: set[str | None] = {None}
    for step in steps:
        if isinstance(step, Signalled) and step.down:
            down[step.kind] |= step.places
        elif isinstance(step, Wished) and step.rule:
            chosen |= _targets(step.rule, step.numbers)
    uncaused = []
    for entry in found.journal:
        kind, _, rest = entry["key"].partition("/")
        value = entry["value"] or {}
        if entry["result"] != "ok":
            continue
        if kind == "flag" and value.get("raised"):
            manner, _, place = rest.partition("/")
            if place not in down[manner]:
                uncaused.append(f"no signal says so: {entry}")
        elif kind == "rule" and {value.get("target"), value.get("fallback")} - chosen:
            uncaused.append(f"nobody chose it: {entry}")
    return uncaused


def _targets(rule: Rule, numbers: NumberRange) -> set[str | None]:
    chosen: set[str | None] = {None, rule.target, rule.fallback}
    if rule.keep_extension:
        first = int(rule.target[1:])
        chosen |= {f"+{first + offset}" for offset in range(numbers.size)}
    return chosen


def told_twice(found: Evidence) -> tuple[int, list[str]]:
    """Return how often a ForwardingApplied was repeated, and repeats that differ."""
    by_version: dict[tuple[str, str | None, int], list[Message]] = defaultdict(list)
    for message in found.messages.get("ForwardingApplied", ()):
        told = message.value
        by_version[told["number"], told.get("last"), told["version"]].append(message)
    repeated, bad = 0, []
    for same in by_version.values():
        repeated += len(same) - 1
        if len({message.id for message in same}) > 1:
            bad.append(f"one version, two ids: {[m.id for m in same]}")
        contents = {str(_without_time(message.value)) for message in same}
        if len(contents) > 1:
            bad.append(f"one id, two contents: {sorted(contents)}")
    return repeated, bad


def _without_time(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "applied_at"}


def lost_wishes(steps: list[Step], notes: Notes, found: Evidence) -> list[str]:
    """Account for wishes: each told once, each answered once, none invented."""
    told = {
        m.id: m.value for m in found.messages.get("ForwardingRequested", ()) if m.id
    }
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    for message in found.messages.get("ForwardingConfigured", ()):
        answers[message.value["request_id"]][message.id] = message.value["outcome"]
    lost = [
        f"wish {wish['request_id']} has {len(answers[wish['request_id']])} outcomes"
        for wish in told.values()
        if len(answers[wish["request_id"]]) != 1
    ]
    acknowledged = Counter(
        _shape(step)
        for step in steps
        if isinstance(step, Wished) and step.n in notes.taken
    )
    wanted: Counter[str] = Counter()
    for wish in told.values():
        if "refused" not in answers[wish["request_id"]].values():
            wanted[_shape_of(wish)] += 1
        elif acknowledged[_shape_of(wish)]:
            acknowledged[_shape_of(wish)] -= 1
    lost += [
        f"acknowledged, not told: {n} x {what}"
        for what, n in (acknowledged - wanted).items()
    ]
    lost += [
        f"told, not asked for: {n} x {what}"
        for what, n in (wanted - acknowledged).items()
    ]
    return lost


def _shape(step: Wished) -> str:
    rule = step.rule
    detail = (rule.enabled, rule.target, rule.fallback, rule.planned) if rule else None
    return f"{step.customer} {step.numbers} {step.verb} {detail}"


def _shape_of(wish: Mapping[str, Any]) -> str:
    rule, last = wish["rule"], wish["last"]
    detail = None
    if rule:
        names = ("enabled", "target", "fallback_target", "follows_planned_work")
        detail = tuple(rule[name] for name in names)
    numbers = wish["number"] if last is None else f"{wish['number']}-{last}"
    return f"{wish['customer_number']} {numbers} {wish['action']} {detail}"


def lost_orders(steps: list[Step], notes: Notes, found: Evidence) -> list[str]:
    """Account for orders: each placed once and confirmed once."""
    placed: dict[str, set[str]] = defaultdict(set)
    for message in found.messages.get("OrderPlaced", ()):
        placed[message.value["customer_number"]].add(message.value["order_id"])
    confirmed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for message in found.messages.get("OrderConfirmed", ()):
        told = message.value
        confirmed[told["order_id"], told["outcome"]].add(message.id)
    wanted = Counter(
        step.customer
        for step in steps
        if isinstance(step, Ordered) and step.n in notes.taken
    )
    lost = [
        f"{customer}: {count} orders acknowledged, {len(placed[customer])} placed"
        for customer, count in wanted.items()
        if len(placed[customer]) != count
    ]
    # One that its cancellation overtook was never accepted, and is told cancelled.
    answers = {
        order: confirmed[order, "accepted"] or confirmed[order, "cancelled"]
        for orders in placed.values()
        for order in orders
    }
    return lost + [
        f"order {order} of {customer} has {len(answers[order])} answers"
        for customer, orders in placed.items()
        for order in orders
        if len(answers[order]) != 1
    ]
