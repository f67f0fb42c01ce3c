"""Values as monitoring systems write them, made plain: nothing here raises."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

Facts = Mapping[str, str]
"""What a payload names, by `key()` of the name."""

MOST_DIGITS = 18
"""What is longer counts nothing."""

_NOT_FILLED = re.compile(
    r"\{[A-Z#$][^{}]*\}\d*|\*\w+\*|\$[A-Z_]+\$|\[no value\]|<no value>|%\w+%"
)
"""Macros that the sender did not expand: Zabbix, UptimeRobot, Nagios, Grafana."""

_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::\d+)?|([^:]+):\d+")


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """Return `line_id`, `lineId` and `Line-ID` as one and the same."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def text(value: object) -> str:
    """Return a scalar, or the only one of a list, as a text; nothing is empty."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value) if abs(value) < 1e18 else value  # noqa: PLR2004 - exact
    if not isinstance(value, str | int | float):
        return ""
    plain = str(value).strip()
    return "" if _NOT_FILLED.fullmatch(plain) else plain


def number(value: object) -> int | None:
    """Return a whole number written in digits; None for all else."""
    plain = text(value)  # a ² is a digit too, and no number
    return int(plain) if plain.isdecimal() and len(plain) <= MOST_DIGITS else None


def host(told: str) -> str:
    """Return a host without its port; an address of version 6 keeps its colons."""
    found = _WITH_PORT.fullmatch(told)
    return (found[1] or found[2]) if found else told


def mapping(value: object) -> dict[str, Any]:
    """Return it when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """Return a list as it is, nothing as empty, and one thing as a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def facts(*told: object) -> dict[str, str]:
    """Return the scalars of objects and of `name, value` lists; the first one wins."""
    found: dict[str, str] = {}
    for each in told:
        for name, value in _pairs(each):
            if plain := text(value):
                found.setdefault(key(name), plain)
    return found


def first(told: Mapping[str, Any], *names: str) -> str:
    """Return the first of these fields that says something, as a text."""
    return next((plain for name in names if (plain := text(told.get(name)))), "")


def is_true(value: object) -> bool:
    """Return whether it says yes, as a boolean, number or word."""
    return text(value).casefold() in ("true", "1", "yes", "y", "on")


def is_false(value: object) -> bool:
    """Return whether it says no; a missing value says neither."""
    return text(value).casefold() in ("false", "0", "no", "n", "off")


def _pairs(told: object) -> Iterable[tuple[str, object]]:
    if isinstance(told, dict):
        yield from told.items()
    elif isinstance(told, list):
        for item in told:
            pair = mapping(item)
            name = first(pair, "name", "key", "tag", "oid", "label")
            if name and "value" in pair:
                yield name, pair["value"]
