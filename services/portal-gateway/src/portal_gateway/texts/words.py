"""Moments, spans of time, numbers and lists as people write them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import BERLIN
from contracts.phone_number import group
from portal_gateway.domain.facts import Range
from portal_gateway.texts.said import Language

_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
NOTHING: Final = "\N{EN DASH}"


def moment(at: datetime | None, language: Language) -> str:
    """Return a moment in German time, to the minute."""
    if at is None:
        return NOTHING
    form = "%d.%m.%Y, %H:%M Uhr" if language == "de" else "%d %b %Y, %H:%M"
    return at.astimezone(BERLIN).strftime(form)


def instant(at: datetime | None, language: Language) -> str:
    """Return a moment in German time, to the second."""
    if at is None:
        return NOTHING
    form = "%d.%m.%Y %H:%M:%S" if language == "de" else "%d %b %Y %H:%M:%S"
    return at.astimezone(BERLIN).strftime(form)


def written(at: datetime | None) -> str:
    """Return a moment in German time for programs, with its offset."""
    return at.astimezone(BERLIN).isoformat(timespec="milliseconds") if at else ""


_AT_ONCE: Final[dict[Language, str]] = {
    "de": "weniger als 0,1 s",
    "en": "less than 0.1 s",
}


def lasting(time: timedelta | None, language: Language) -> str:
    """Return how long something took: 0,8 s, 45 s, 3 min, 2 h 5 min, 1 d 6 h."""
    if time is None:
        return NOTHING
    seconds = max(time.total_seconds(), 0.0)
    if seconds < 0.05:  # noqa: PLR2004 - nothing is left of it in tenths
        return _AT_ONCE[language]
    if seconds < 10:  # noqa: PLR2004 - below that a tenth is worth telling
        tenths = f"{seconds:.1f} s"
        return tenths.replace(".", ",") if language == "de" else tenths
    whole, shown = int(seconds), []
    largest = next(at for at, (_, size) in enumerate(_UNITS) if whole >= size)
    for unit, size in _UNITS[largest : largest + 2]:
        some, whole = divmod(whole, size)
        shown += [f"{some} {unit}"] if some else []
    return " ".join(shown)


_NUMBERS: Final[dict[Language, tuple[str, str]]] = {
    "de": ("1 Rufnummer", "{} Rufnummern"),
    "en": ("1 number", "{} numbers"),
}


def numbers(of: int, language: Language) -> str:
    """Return a count of numbers in words."""
    one, many = _NUMBERS[language]
    return one if of == 1 else many.format(count(of, language))


def count(of: int, language: Language) -> str:
    """Return a count with its thousands set apart."""
    return f"{of:,}".replace(",", "." if language == "de" else ",")


def span(of: Range) -> str:
    """Return a number, or both ends of a block, grouped for the eye."""
    return " ".join(groups(*of))


def groups(number: str, last: str | None = None) -> list[str]:
    """Return a number in the groups that people read; the last is a block's ends."""
    if last is None or last == number:
        return group(number).split(" ")
    same = len(shared(number, last))
    ends = f"{number[same:]}{NOTHING}{last[same:]}"
    return [*group(number[:same]).split(" "), ends]


def shared(first: str, last: str) -> str:
    """Return the beginning that both ends of a block share."""
    at = 0
    while at < len(first) and first[at] == last[at]:
        at += 1
    return first[:at]


def some(found: Sequence[str], *, most: int, language: Language) -> tuple[str, ...]:
    """Return the first of them, and how many more there are."""
    if len(found) <= most:
        return tuple(found)
    more = len(found) - most
    rest = f"… und {more} weitere" if language == "de" else f"… and {more} more"
    return (*found[:most], rest)


def target(number: str | None, last: str | None = None) -> str:
    """Return a target, with both ends of a block, or a dash where there is none."""
    return span((number, last or number)) if number else NOTHING


_CAUSES: Final[dict[str, dict[Language, str]]] = {
    "outage": {"de": "wegen einer Störung", "en": "because of an outage"},
    "manual": {"de": "von Hand", "en": "by hand"},
    "drill": {"de": "für eine Probe", "en": "for a rehearsal"},
}


def cause(kind: str, language: Language) -> str:
    """Return why calls are diverted, in three words."""
    return _CAUSES[kind][language]
