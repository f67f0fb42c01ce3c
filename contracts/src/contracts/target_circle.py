"""Following forwardings from number to number, to find calls that would go round."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from contracts.number_range import NumberRange

Rules = Mapping[NumberRange, NumberRange]
"""Targets by the number or block they are for."""

Lookup = Callable[[str], Iterable[str]]
"""The numbers that calls to a number may be sent on to."""


def following(rules: Rules) -> Lookup:
    """
    Make a look-up that follows a number's own rule and its block's as well.

    Both, because deleting the one puts the other in force; give rules that are switched
    off too, or switching one on would close a circle.
    """
    index: defaultdict[str, list[NumberRange]] = defaultdict(list)
    for source in rules:
        for prefix in source.prefixes():
            index[prefix].append(source)

    def next_numbers(number: str) -> Iterator[str]:
        for length in range(len(number), 1, -1):
            for source in index.get(number[:length], ()):
                if source.contains(number):
                    yield next_number(number, source, rules[source])

    return next_numbers


def next_number(number: str, source: NumberRange, target: NumberRange) -> str:
    """Tell where the rule `source` to `target` sends calls for `number`."""
    if target.is_single:
        return target.first
    return source.same_extension_in(target, number)


def find_circle(
    start: NumberRange, target: NumberRange, rules: Rules | Lookup
) -> tuple[str, ...] | None:
    """
    Find a circle that forwarding `start` to `target` would close, over any hops.

    The answer begins and ends with the same number of `start`. An older rule of
    `start` plays no part: it is the one being replaced, so a look-up must not name it.
    """
    look_up = _with_rule(start, target, rules)
    done: set[str] = set()
    for number in _entries(start, target):
        if circle := _walk(number, look_up, done):
            return _begin_within(start, circle)
    return None


def _with_rule(
    start: NumberRange, target: NumberRange, rules: Rules | Lookup
) -> Lookup:
    if isinstance(rules, Mapping):
        return following({**rules, start: target})
    others = rules

    def next_numbers(number: str) -> Iterator[str]:
        if start.contains(number):
            yield next_number(number, start, target)
        yield from others(number)

    return next_numbers


def _entries(start: NumberRange, target: NumberRange) -> Iterable[str]:
    """Name the numbers to set out from: all of a block only if each goes elsewhere."""
    return (target.first,) if target.is_single else start.numbers()


def _walk(number: str, look_up: Lookup, done: set[str]) -> tuple[str, ...] | None:
    """Search depth first without recursion: a chain may be longer than the stack."""
    path, on_path = [number], {number}
    branches = [iter(look_up(number))]
    while branches:
        onward = next(branches[-1], None)
        if onward is None:
            branches.pop()
            on_path.remove(path[-1])
            done.add(path.pop())
        elif onward in on_path:
            return (*path[path.index(onward) :], onward)
        elif onward not in done:
            path.append(onward)
            on_path.add(onward)
            branches.append(iter(look_up(onward)))
    return None


def _begin_within(start: NumberRange, circle: tuple[str, ...]) -> tuple[str, ...]:
    """Turn the circle so that it begins where the reader stands."""
    ring = circle[:-1]
    at = next((i for i, number in enumerate(ring) if start.contains(number)), 0)
    return (*ring[at:], *ring[: at + 1])
