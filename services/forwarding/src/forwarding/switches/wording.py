"""
Keys and values of the port, read and checked before a switch sees them.

Every adapter refuses the same with the same reason, so that what one switch takes
another takes too; `deploy/simulated-switch` says which and why.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any, Literal

from typing_extensions import override

NUMBER = r"\+[1-9][0-9]{6,14}"
LARGEST_BLOCK = 10_000
LONGEST_PLACE = 200

_SPAN = re.compile(rf"({NUMBER})(?:-({NUMBER}))?")
_NUMBER = re.compile(NUMBER)
_RULE_FIELDS = {
    "first",
    "last",
    "line",
    "places",
    "target",
    "keep_extension",
    "fallback",
    "target_places",
    "off",
    "planned",
    "reason",
    "line_first",
    "alone",
}


class BadValue(ValueError):
    """An operation that no switch will ever carry out; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Span:
    """One number, or a block of numbers with both its ends."""

    first: str
    last: str | None = None

    @override
    def __str__(self) -> str:
        return self.first if self.last is None else f"{self.first}-{self.last}"

    @property
    def prefix(self) -> str:
        """What all its numbers begin with."""
        pairs = zip(self.first, self.last or self.first, strict=True)
        return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    @property
    def size(self) -> int:
        """How many numbers it has, lengthened ones not counted."""
        return int(self.last or self.first) - int(self.first) + 1

    def holds(self, number: str) -> bool:
        """Tell whether calls to the number are its calls; a block may be lengthened."""
        if self.last is None:
            return number == self.first
        length = len(self.first)
        return len(number) >= length and self.first <= number[:length] <= self.last


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as switches need it."""

    target: str | None
    places: tuple[str, ...]
    keep_extension: bool = False
    fallback: str | None = None
    target_places: tuple[str, ...] = ()
    off: bool = False
    planned: bool = False
    line_first: bool = False
    alone: bool = False
    """Only causes of the number itself divert it: its block is somebody else's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an operation is about."""

    kind: Literal["rule", "flag", "cause", "hold"]
    span: Span | None = None
    name: str = ""
    """`fault/<place>` or `planned/<place>`; the type of a cause."""


def read_key(key: str) -> Entry:
    """Understand a key, or raise BadValue."""
    kind, _, rest = key.partition("/")
    name, _, tail = rest.partition("/")
    match kind:
        case "rule":
            return Entry("rule", _read_span(rest))
        case "cause" if tail in {"manual", "drill"}:
            return Entry("cause", _read_span(name), tail)
        case "flag" if name in {"fault", "planned"} and is_place(tail):
            return Entry("flag", None, rest)
        case "hold" if key == kind:
            return Entry("hold")
    raise BadValue("bad_key")


def number_of_rule(key: str) -> str | None:
    """Return the first number of a rule's key, if it is one."""
    if not key.startswith("rule/"):
        return None
    try:
        span = read_key(key).span
    except ValueError:
        return None
    return span.first if span else None


def _read_span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise BadValue("bad_key")
    span = Span(*found.groups())
    if span.last is not None:
        in_order = len(span.first) == len(span.last) and span.first < span.last
        if not in_order or span.size > LARGEST_BLOCK:
            raise BadValue("bad_block")
    return span


@lru_cache(maxsize=100_000)  # the same elements stand in every rule
def is_place(text: object) -> bool:
    """Tell whether a place can be named: printable words, parted by single spaces."""
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_PLACE:
        return False
    return text.isprintable() and all(text.split(" "))


def read_state(entry: Entry, value: Mapping[str, Any]) -> bool:
    """Read a flag's, cause's or the kill switch's yes or no."""
    name = {"flag": "raised", "cause": "active", "hold": "held"}[entry.kind]
    if value.keys() != {name} or not isinstance(value[name], bool):
        raise BadValue("bad_value")
    return bool(value[name])


def read_rule(span: Span, value: Mapping[str, Any]) -> Rule:
    """Read a rule, or raise BadValue with the first thing that is wrong."""
    _check_fields(value)
    places, line = tuple(value["places"]), value["line"]
    rule = Rule(
        value["target"],
        places,
        value.get("keep_extension", False),
        value.get("fallback"),
        tuple(value.get("target_places", ())),
        value.get("off", False),
        value.get("planned", False),
        value.get("line_first", False),
        value.get("alone", False),
    )
    if (value["first"], value.get("last")) != (span.first, span.last):
        raise BadValue("key_mismatch")
    if line is not None and line not in places:
        raise BadValue("line_not_in_places")
    if rule.target is None and not rule.off:
        raise BadValue("target_missing")
    if any(span.holds(target or "") for target in (rule.target, rule.fallback)):
        raise BadValue("target_is_own_number")
    if rule.alone and span.last is not None:
        raise BadValue("bad_value")
    if rule.keep_extension:
        extension = span.first.removeprefix(span.prefix)
        if not extension or not (rule.target or "").endswith(extension):
            raise BadValue("target_not_a_block")
    return rule


def _check_fields(value: Mapping[str, Any]) -> None:
    flags = ("keep_extension", "off", "planned", "line_first", "alone")
    good = (
        value.keys() <= _RULE_FIELDS
        and value.keys() >= {"first", "line", "places", "target"}
        and all(isinstance(value.get(name, False), bool) for name in flags)
        and _is_number(value["first"])
        and all(
            value.get(name) is None or _is_number(value[name])
            for name in ("last", "target", "fallback")
        )
        and value.get("reason", "unavailable") == "unavailable"
        and (value["line"] is None or is_place(value["line"]))
        and all(
            isinstance(value.get(name, ()), list | tuple)
            and all(map(is_place, value.get(name, ())))
            for name in ("places", "target_places")
        )
    )
    if not good:
        raise BadValue("bad_value")


def _is_number(text: object) -> bool:
    # 110 and 112 are too short for it: no rule can lead there.
    return isinstance(text, str) and bool(_NUMBER.fullmatch(text))


def extended(span: Span, target: str, number: str) -> str:
    """Carry a number's extension over to the block that begins with the target."""
    kept = len(target) - (len(span.first) - len(span.prefix))
    return target[:kept] + number.removeprefix(span.prefix)
