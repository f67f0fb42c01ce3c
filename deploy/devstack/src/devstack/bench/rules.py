"""
Armed numbers for measuring, as rows of forwarding's tables.

Standard library alone: the peers' harness, which has an environment of its own,
reads this module too.
"""

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

Rule = Mapping[str, str]
"""number, target, line and element of one armed number."""
Columns = Mapping[str, Callable[[Rule], str]]

SINGLES = 200
MANY = 10_000
"""Of so many it is waited for until most of their events are ready."""
MOST = 0.9
"""The others are too few of their kind, under elements that are too small."""
_READY = re.compile(r"^forwarding_ready_lines ([0-9.e+]+)$", re.MULTILINE)


def population(sizes: Iterable[int]) -> Iterator[Rule]:
    """One element a size, ten numbers to a line; and lines with one number each."""
    serial = 0
    for size in sizes:
        for index in range(size):
            serial += 1
            yield rule(serial, f"E{size}", f"E{size}-A{index // 10}")
    for index in range(SINGLES):
        serial += 1
        yield rule(serial, f"S{index % 20}", f"S-A{index}")


def rule(serial: int, element: str, line: str) -> Rule:
    """Return one number; it stays on loopback, nobody is ever called."""
    return {
        "number": f"+49211{serial:08d}",
        "target": f"+49177{serial:08d}",
        "line": line,
        "element": element,
    }


def lines(rules: Iterable[Rule]) -> list[tuple[str, ...]]:
    """Return the rows of table `line`: line, customer, places, version."""
    tops = {each["line"]: each["element"] for each in rules}
    return [(line, "K1", f"{{{line},{top}}}", "1") for line, top in tops.items()]


def _head(each: Rule) -> str:
    head = {
        "number": each["number"],
        "customer_number": "K1",
        "line": each["line"],
        "target": each["target"],
    }
    return json.dumps(head, separators=(",", ":"))[:-1]


def _value(each: Rule) -> str:
    value = {
        "first": each["number"],
        "last": None,
        "line": each["line"],
        "places": [each["line"], each["element"]],
        "target": each["target"],
        "keep_extension": False,
        "fallback": None,
        "target_places": [],
        "off": False,
        "planned": True,
        "reason": "unavailable",
    }
    return json.dumps(value)


_NUMBER: Columns = {
    "number": lambda each: each["number"],
    "last": lambda each: each["number"],
    "customer_number": lambda _: "K1",
}
TABLES: Mapping[str, Columns] = {
    "option": {
        **_NUMBER,
        "order_id": lambda _: "O1",
        "line": lambda each: each["line"],
        "enabled": lambda _: "t",
        "version": lambda _: "1",
    },
    "rule": {
        **_NUMBER,
        "enabled": lambda _: "t",
        "target": lambda each: each["target"],
        "keep_extension": lambda _: "f",
        "follows_planned_work": lambda _: "t",
        "allowed_countries": lambda _: "{DE}",
    },
    "arming": {
        **_NUMBER,
        "scope": lambda each: each["number"],
        "places": lambda each: f"{{{each['line']},{each['element']}}}",
        "value": _value,
        "off": lambda _: "f",
        "planned": lambda _: "t",
        "head": _head,
        # Only spreads over partitions here; the harness reads all of them.
        "hash": lambda each: str(zlib.crc32(each["number"].encode()) & 0x7FFFFFFF),
        "seq": lambda _: "1",
        "live_seq": lambda _: "2",
    },
}


def rows(rules: Iterable[Rule], table: str) -> Iterator[tuple[str, ...]]:
    """Return the rows of a table as COPY's text has them."""
    makers = TABLES[table].values()
    return (tuple(make(each) for make in makers) for each in rules)


def ready(metrics: str) -> float:
    """Return of how many numbers the event is ready, by forwarding's metrics."""
    found = _READY.search(metrics)
    return float(found[1]) if found else 0.0
