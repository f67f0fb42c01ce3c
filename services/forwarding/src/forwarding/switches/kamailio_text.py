"""
Operations as lines that deploy/sip/selfcare.cfg reads, and its entries as keys.

A place may hold any character, so it is written percent-encoded: what parts the
fields of a line cannot stand in it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from forwarding.switch import LARGEST_VERSION, Operation
from forwarding.switches.told import Row, ToldRules
from forwarding.switches.wording import (
    BadValue,
    Entry,
    Rule,
    Span,
    read_key,
    read_rule,
    read_state,
)

SAFE = ":._-~"


class Lines(NamedTuple):
    """Operations as lines, and which of them no switch would take."""

    texts: list[str]
    at: Sequence[int]
    """Which operation each is."""
    refused: dict[int, str]
    """Why, by where the operation stands."""


def lines_of(operations: Sequence[Operation]) -> Lines:
    """Return operations as lines that the switch can be told."""
    said = _said_of(operations)
    texts = [text for text in said if isinstance(text, str)]
    if len(texts) == len(said):
        return Lines(texts, range(len(texts)), {})
    at = [at for at, text in enumerate(said) if isinstance(text, str)]
    bad = {at: why.reason for at, why in enumerate(said) if isinstance(why, BadValue)}
    return Lines(texts, at, bad)


def _said_of(operations: Sequence[Operation]) -> list[str | BadValue]:
    if isinstance(operations, ToldRules):
        rows = enumerate(operations.rows)
        return [_usual_line(row) or _line_or_not(operations[at]) for at, row in rows]
    return [_line_or_not(one) for one in operations]


def _usual_line(row: Row) -> str | None:
    """
    Return the line of a usual rule of one number; None where more is to be said.

    The same as by the way of `read_rule`, in a fraction of its time.
    """
    number, version, off, _, places, target, planned, fallback, other = row
    listed = places.replace('", "', ",")
    if other or number in {target, fallback} or "  " in listed:
        return None
    return (
        f"r {number} {version}|{'o' if off else 'd'}|f|{'p' if planned else 'n'}"
        f"|d|{target}|{fallback}|{listed.replace(' ', '%20')}|"
    )


def _line_or_not(operation: Operation) -> str | BadValue:
    try:
        return line_of(operation)
    except BadValue as why:
        return why


def line_of(operation: Operation) -> str:
    """Return an operation as a line; raises BadValue when no switch would take it."""
    version, value = operation.version, operation.value
    entry = read_key(operation.key)
    if not 0 <= version <= LARGEST_VERSION:
        raise BadValue("bad_version")
    if entry.kind == "rule":
        span = entry.span or Span("")
        text = "-" if value is None else _rule_text(read_rule(span, value))
        return _line("r", str(span), version, text, span)
    text = "-" if value is None else str(int(read_state(entry, value)))
    if entry.kind == "cause":
        name = f"{entry.name}/{entry.span}"
        return _line("c", name, version, text, entry.span)
    return _line("f", _state_name(entry), version, text, None)


def _line(kind: str, key: str, version: int, text: str, span: Span | None) -> str:
    begins = f" {span.prefix}" if span and span.last else ""
    return f"{kind} {key} {version}|{text}{begins}"


def _state_name(entry: Entry) -> str:
    if entry.kind == "hold":
        return "hold"
    kind, _, place = entry.name.partition("/")
    return f"{kind}/{_encoded(place)}"


def _rule_text(rule: Rule) -> str:
    return "|".join(
        (
            "o" if rule.off else "d",
            "k" if rule.keep_extension else "a" if rule.alone else "f",
            "p" if rule.planned else "n",
            "l" if rule.line_first else "d",
            rule.target or "",
            rule.fallback or "",
            _places(rule.places),
            _places(rule.target_places),
        )
    )


def _places(places: tuple[str, ...]) -> str:
    return ",".join(map(_encoded, places))


@lru_cache(maxsize=100_000)
def _encoded(place: str) -> str:
    return quote(place, safe=SAFE)


def key_of(table: str, name: str) -> str:
    """Return the port's key for a name in one of the switch's tables."""
    if table == "arm":
        return f"rule/{name}"
    kind, _, rest = name.partition("/")
    if kind in {"manual", "drill"}:
        return f"cause/{rest}/{kind}"
    return f"flag/{kind}/{unquote(rest)}" if rest else kind
