"""The columns and words of exported files; `domain/sheet.py` reads them back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contracts.phone_number import group
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import is_block
from portal_gateway.texts.said import Language

HEADINGS: Final[dict[Language, tuple[str, ...]]] = {
    "de": (
        *("Rufnummer", "Letzte Rufnummer", "Rufumleitung", "Zielnummer", "Ersatzziel"),
        *("Durchwahl behalten", "Bei geplanten Arbeiten", "Erst am Anschluss"),
        *("Version", "Zustand", "Aktuelles Ziel", "Anschluss", "Nebenstelle", "Ab"),
    ),
    "en": (
        *("Number", "Last number", "Forwarding", "Target number", "Fallback target"),
        *("Keep extension", "Planned work", "Line first"),
        *("Version", "State", "Target in effect", "Line", "Extension", "From"),
    ),
}
_WORDS: Final[dict[Language, tuple[str, str, str, str, str]]] = {
    "de": ("Aktiv", "Inaktiv", "ja", "nein", "wie Block"),
    "en": ("Active", "Inactive", "yes", "no", "as block"),
}
STATES: Final[dict[str, dict[Language, str]]] = {
    "inactive": {"de": "nicht geschützt", "en": "not protected"},
    "ready": {"de": "bereit", "en": "ready"},
    "pending": {"de": "wird übernommen", "en": "being taken over"},
    "diverted": {"de": "umgeleitet", "en": "diverted"},
    "failed": {"de": "Fehler, wird wiederholt", "en": "failed, tried again"},
    "coming": {"de": "kommt noch", "en": "to come"},
    "ported_out": {"de": "nicht mehr bei uns", "en": "no longer with us"},
}
NAMES: Final[dict[Language, str]] = {"de": "rufumleitungen", "en": "forwardings"}


def rows(entries: Iterable[Entry], language: Language) -> Iterator[tuple[object, ...]]:
    """Return the head and one row for each number and block."""
    yield HEADINGS[language]
    for entry in entries:
        yield _row(entry, language)


def written(number: str | None) -> str:
    """
    Return a number so that a spreadsheet keeps it: as dialled here, with spaces.

    A + in front would make it a formula, and without a space the 0 would be lost.
    """
    if number is None:
        return ""
    grouped = group(number)
    if grouped.startswith("+49 "):
        return "0" + grouped.removeprefix("+49 ")
    return "00" + grouped.removeprefix("+")


def _row(entry: Entry, language: Language) -> tuple[object, ...]:
    active, inactive, yes, no, as_block = _WORDS[language]
    rule, is_own = entry.rule, entry.source == "own"
    block = is_block(entry.span)
    armed = (active if rule.enabled else inactive) if is_own else inactive
    if not is_own and entry.block is not None and not block:
        armed = as_block
    if entry.opens_on or entry.ported_out:
        armed = ""
    return (
        written(entry.span[0]),
        written(entry.span[1]) if block else "",
        armed,
        written(rule.target) if is_own else "",
        written(rule.fallback_target) if is_own else "",
        (yes if rule.keep_extension else no) if is_own and block else "",
        (yes if rule.follows_planned_work else no) if is_own else "",
        (yes if rule.line_first else no) if is_own else "",
        "" if entry.opens_on or entry.ported_out else entry.version,
        ", ".join(STATES[state][language] for state in _states(entry)),
        written(entry.target_in_effect),
        entry.line or "",
        entry.extension or "",
        entry.opens_on.isoformat() if entry.opens_on else "",
    )


def _states(entry: Entry) -> Sequence[str]:
    if entry.opens_on:
        return ["coming"]
    if entry.ported_out:
        return ["ported_out"]
    return entry.states
