"""Which entries a page shows: searched, filtered, and cut into pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from portal_gateway.domain.entry import PARTIAL, Entry

PAGE: Final = 50
FILTERS: Final[Mapping[str, Callable[[Entry], bool]]] = {
    "alle": lambda _entry: True,
    "offen": lambda entry: not entry.is_armed and is_here(entry),
    "bereit": lambda entry: entry.is_armed and entry.state == "ready",
    "umgeleitet": lambda entry: entry.state == "diverted",
    "fehler": lambda entry: (
        entry.state == "failed" or entry.code not in {None, PARTIAL}
    ),
    "kommend": lambda entry: entry.opens_on is not None,
}
"""By the word that stands in the address."""


@dataclass(frozen=True, slots=True)
class View:
    """What somebody wants to see, as it stands in the address."""

    query: str = ""
    only: str = "alle"
    order: str = ""
    line: str = ""
    page: int = 1
    block_page: int = 1

    @property
    def is_narrow(self) -> bool:
        """Tell whether some entries are left out."""
        return bool(self.query or self.order or self.line or self.only != "alle")

    def with_(self, **changes: str | int) -> "View":
        """Return another view, from its first page unless a page is named."""
        return replace(self, **{"page": 1, "block_page": 1, **changes})  # type: ignore[arg-type]  # names of fields, by hand


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the entries that were found."""

    entries: Sequence[Entry]
    number: int
    pages: int
    found: int

    @property
    def first(self) -> int:
        """Return the place of the first entry, counted from 1."""
        return (self.number - 1) * PAGE + 1 if self.found else 0

    @property
    def last(self) -> int:
        """Return the place of the last one."""
        return self.first + len(self.entries) - 1 if self.found else 0


def is_here(entry: Entry) -> bool:
    """Tell whether the number is open and still the customer's."""
    return entry.opens_on is None and not entry.ported_out


def matching(listed: Sequence[Entry], view: View) -> list[Entry]:
    """Return the entries of a view, in the order of the numbers."""
    chosen = FILTERS.get(view.only, FILTERS["alle"])
    wanted = _wanted(view.query)
    return [
        entry
        for entry in listed
        if chosen(entry)
        and (not view.order or entry.order_id == view.order)
        and (not view.line or entry.line == view.line)
        and (not wanted or _has(entry, wanted))
    ]


def cut(found: Sequence[Entry], number: int) -> Page:
    """Return a page of what was found; one beyond the end is the last."""
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(number, 1), pages)
    shown = found[(number - 1) * PAGE : number * PAGE]
    return Page(shown, number, pages, len(found))


def counts(listed: Sequence[Entry]) -> dict[str, int]:
    """Return how many entries each filter shows."""
    return {
        word: sum(1 for entry in listed if chosen(entry))
        for word, chosen in FILTERS.items()
    }


def _has(entry: Entry, wanted: str) -> bool:
    """Look into the canonical numbers as they are: there may be 10,000."""
    first, last = entry.span
    target = entry.rule.target
    if wanted in first or wanted in last or (target and wanted in target):
        return True
    names = (entry.extension, entry.line)
    return any(wanted in _bare(name) for name in names if name)


def _wanted(text: str) -> str:
    """Return what of a text is searched: 0211, 0049211 and +49 211 find the same."""
    text = text.strip()
    bare = _bare(text)
    if text.startswith("+"):
        return bare
    if bare.startswith("00"):
        return bare[2:]
    # What has neither letter nor digit, such as %, is looked for as it is: in vain.
    return bare.removeprefix("0") if bare else text


@lru_cache(maxsize=1024)  # many numbers hang on one line
def _bare(text: str) -> str:
    """Return the letters and digits alone, as people hardly ever write the rest."""
    return re.sub(r"[\W_]", "", text).lower()


def number_in(query: str) -> str | None:
    """Return the whole number that a query names, if it does."""
    bare = _wanted(query)
    is_number = bare.isascii() and bare.isdecimal()
    if not is_number or len(bare) < 7:  # noqa: PLR2004 - E.164 has no shorter
        return None
    is_national = query.strip().startswith("0") and not query.strip().startswith("00")
    return f"+49{bare}" if is_national else f"+{bare}"
