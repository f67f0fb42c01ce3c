"""
Operations as lines that deploy/sip/selfcare.cfg reads, and its entries as keys.

A place may hold any character, so it is written percent-encoded: what parts the
fields of a line cannot stand in it.
"""

from functools import lru_cache
from urllib.parse import quote, unquote

from forwarding.switch import Operation
from forwarding.switches.wording import (
    BadValue,
    Entry,
    Rule,
    Span,
    read_key,
    read_rule,
    read_state,
)

LARGEST_VERSION = 999_999_999
"""Kamailio counts with 31 bits and turns more into 0."""
SAFE = ":._-~"


def line_of(operation: Operation) -> str:
    """Return an operation as a line; raises BadValue when no switch would take it."""
    entry = read_key(operation.key)
    version, value = operation.version, operation.value
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
            "k" if rule.keep_extension else "f",
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


def key_in_table(operation: Operation) -> str:
    """Return the name under which the switch keeps an entry, in `arm` or in `state`."""
    return line_of(operation).split(" ", 2)[1]


def key_of(table: str, name: str) -> str:
    """Return the port's key for a name in one of the switch's tables."""
    if table == "arm":
        return f"rule/{name}"
    kind, _, rest = name.partition("/")
    if kind in {"manual", "drill"}:
        return f"cause/{rest}/{kind}"
    return f"flag/{kind}/{unquote(rest)}" if rest else kind
