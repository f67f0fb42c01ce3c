"""What the columns and words of a table of rules mean, in German and English."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from portal_gateway.domain.refused import Refused

Column = Literal[
    "number",
    "last",
    "active",
    "target",
    "keep_extension",
    "fallback_target",
    "planned",
    "line_first",
    "version",
]
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 64
LONGEST_CELL: Final = 200

_HEADINGS: Final[Mapping[Column, str]] = {
    "number": "rufnummer|nummer|nebenstelle/msn|msn|number|phone number|extension/msn",
    "last": "letzte rufnummer|bis|last number|last|to",
    "active": "rufumleitung|aktiv|forwarding|active",
    "target": "zielnummer|ziel|target number|target",
    "keep_extension": "durchwahl behalten|keep extension",
    "fallback_target": "ersatzziel|fallback target|fallback",
    "planned": "bei geplanten arbeiten|planned work",
    "line_first": "erst am anschluss|line first",
    "version": "version",
}
COLUMN_OF: Final[Mapping[str, Column]] = {
    name: column for column, names in _HEADINGS.items() for name in names.split("|")
}
SHOWN_ONLY: Final = frozenset(
    [
        "art",
        "kind",
        "anschluss",
        "line",
        "nebenstelle",
        "extension",
        "einstellung",
        "setting",
        "zustand",
        "state",
        "aktuelles ziel",
        "target in effect",
        "ab",
        "from",
    ]
)
"""What an export has for the eye and an import passes over."""

YES: Final = frozenset(
    ["aktiv", "active", "ja", "yes", "ein", "an", "on", "1", "wahr", "true", "x"]
)
NO: Final = frozenset(
    ["inaktiv", "inactive", "nein", "no", "aus", "off", "0", "falsch", "false"]
)
INHERIT: Final = frozenset(["wie block", "as block", "block", "keine eigene", "none"])
TARGETS: Final[tuple[Column, ...]] = ("target", "fallback_target")
FLAGS: Final[Mapping[Column, str]] = {
    "keep_extension": "keep_extension",
    "planned": "follows_planned_work",
    "line_first": "line_first",
}
CLEAR: Final = frozenset("-\N{EN DASH}\N{EM DASH}")

_ROUNDED = re.compile(r"\d([.,]\d+)?E\+?\d\d?", re.IGNORECASE)
"""What spreadsheets make of long numbers in CSV, as 4,92112E+12: the rest is gone."""
_FORMULA = re.compile(r'=\s*"(?P<text>[^"]*)"')
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True, slots=True)
class Written:
    """One row as it stands in the file; `number` counts as the reader sees it."""

    number: int
    cells: Mapping[Column, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and the headings that mean nothing to us."""

    rows: Sequence[Written]
    ignored: tuple[str, ...] = ()
    headings: Mapping[Column, str] = field(default_factory=dict)
    """What the file calls the columns that it has."""

    @property
    def has_ends(self) -> bool:
        """Tell of a column for a block's last number: with one, none means single."""
        return "last" in self.headings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks for; what it leaves empty stays as it is."""

    changes: dict[str, Any] = field(default_factory=dict)
    inherits: bool = False
    """The own rule goes; the block's holds again."""
    version: int | None = None


def table(lines: Sequence[Sequence[str]]) -> Table:
    """Return the rows below the headings; raises Refused when there are none."""
    start = next((i for i, line in enumerate(lines) if any(map(plain, line))), None)
    if start is None:
        raise Refused("import_empty")
    headings = [plain(cell) for cell in lines[start][:MOST_COLUMNS]]
    columns = _columns(headings)
    rows = [
        Written(number, _cells(columns, line))
        for number, line in enumerate(lines[start + 1 :], start + 2)
        if any(map(plain, line))
    ]
    if not rows:
        raise Refused("import_empty")
    if len(rows) > MOST_ROWS:
        raise too_many_rows()
    known = COLUMN_OF.keys() | SHOWN_ONLY | {""}
    ignored = [name for name in headings if name.casefold() not in known]
    called = {column: headings[place][:60] for place, column in columns.items()}
    return Table(rows, tuple(name[:60] for name in ignored), called)


def too_many_rows() -> Refused:
    """Return the refusal of a file with too many rows."""
    return Refused("import_too_many_rows", facts={"limit": MOST_ROWS})


def plain(cell: str) -> str:
    """Return a cell without what keeps spreadsheets from reading it as a number."""
    text = cell.replace("\u00a0", " ").strip()
    if formula := _FORMULA.fullmatch(text):
        text = formula["text"].strip()
    return text.removeprefix("'").strip()


def defused(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


def check_whole(text: str) -> None:
    """Raise Refused for a number of which a spreadsheet kept the beginning only."""
    if _ROUNDED.fullmatch(text):
        raise Refused("import_number_rounded", facts={"word": text})


def wanted(
    cells: Mapping[Column, str], headings: Mapping[Column, str] | None = None
) -> Wanted:
    """
    Return what the words of a row ask for; raises Refused with the first riddle.

    `headings` are what the file calls its columns, for who has to look there.
    """
    changes: dict[str, Any] = {}
    active = cells.get("active", "")
    inherits = active.casefold() in INHERIT
    if not inherits and active:
        changes["enabled"] = _flag(active, "import_word_unknown")
    for column in TARGETS:
        if text := cells.get(column, ""):
            check_whole(text)
            changes[column] = None if text in CLEAR else text
    for column, setting in FLAGS.items():
        if text := cells.get(column, ""):
            heading = (headings or {}).get(column, column)
            changes[setting] = _flag(text, "import_yes_or_no", heading=heading)
    if inherits and changes.get("target") is None:
        changes = {}
    return Wanted(changes, inherits, _version(cells.get("version", "")))


def _columns(headings: Sequence[str]) -> dict[int, Column]:
    found: dict[int, Column] = {}
    for place, heading in enumerate(headings):
        column = COLUMN_OF.get(" ".join(heading.casefold().split()))
        if column is None:
            continue
        if column in found.values():
            raise Refused("import_heading_twice", facts={"heading": heading[:60]})
        found[place] = column
    if "number" not in found.values() or len(found) == 1:
        raise Refused("import_no_headings")
    return found


def _cells(columns: Mapping[int, Column], line: Sequence[str]) -> dict[Column, str]:
    cells = {
        column: plain(line[place])[:LONGEST_CELL]
        for place, column in columns.items()
        if place < len(line)
    }
    return {column: text for column, text in cells.items() if text}


def _flag(text: str, code: str, **facts: str) -> bool:
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise Refused(code, facts={"word": text[:60], **facts})


def _version(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > len("2147483647"):
        raise Refused("import_version_unclear", facts={"word": text[:60]})
    return int(text)
