"""What a file would change: each of its rows against the rules there are."""

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from contracts.refusal import Refusal
from contracts.target_check import TargetPolicy
from contracts.written_number import read_number
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain import ruling
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture, Range, Setting, is_block
from portal_gateway.domain.judging import Judge, check_open
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.sheet import Table, Wanted, Written, check_whole, wanted

Verdict = Literal["changes", "same", "refused"]
VERDICTS: Final[tuple[Verdict, ...]] = ("changes", "refused", "same")


@dataclass(frozen=True, slots=True)
class Difference:
    """What becomes of one row; `before` and `after` are own rules, None: none."""

    row: int
    written: str
    span: Range | None
    verdict: Verdict
    before: Setting | None = None
    after: Setting | None = None
    seen: int = 0
    code: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def differences(
    picture: Picture, table: Table, contract: TargetPolicy
) -> list[Difference]:
    """Return what each row would do, in the order of the file; nothing is changed."""
    return _Comparison(picture, table, contract).all()


class _Comparison:
    def __init__(self, picture: Picture, table: Table, contract: TargetPolicy) -> None:
        self._picture, self._table = picture, table
        self._judge = Judge.of(picture, contract)
        self._seen: dict[Range, int] = {}
        self._coming = {span[0] for span in picture.planned}

    def all(self) -> list[Difference]:
        return [self._of(row) for row in self._table.rows]

    def _of(self, row: Written) -> Difference:
        text = row.cells.get("number", "")
        span: Range | None = None
        try:
            entry = self._entry(row, text)
            span = entry.span
            self._check_free(entry, row)
            asked = wanted(row.cells, self._table.headings)
            return self._compared(row, text, entry, asked)
        except Refused as refused:
            facts = {**refused.facts, **refused.more}
            return Difference(
                row.number, text, span, "refused", code=refused.code, facts=facts
            )

    def _entry(self, row: Written, text: str) -> Entry:
        number = self._number(text)
        last = row.cells.get("last")
        end = self._number(last) if last else None
        is_single = end == number or (end is None and self._table.has_ends)
        entry = self._found(number, single=is_single)
        if entry is None or (end and not is_single and entry.span != (number, end)):
            raise Refused("import_number_unknown")
        return entry

    def _number(self, text: str) -> str:
        if not text:
            raise Refused("import_number_missing")
        if text.isascii() and text.isdecimal() and self._is_own(f"+{text}"):
            return f"+{text}"  # a spreadsheet took the + for a sign
        check_whole(text)
        read = read_number(text)
        if isinstance(read, Refusal):
            raise Refused("import_number_unreadable")
        return read.number

    def _is_own(self, number: str) -> bool:
        options = self._picture.options
        is_known = (number, number) in options or number in self._coming
        return is_known or self._picture.block_of(number) is not None

    def _found(self, number: str, *, single: bool) -> Entry | None:
        if not self._is_own(number):
            return None
        return entry_rules.find(self._picture, number, single=single)

    def _check_free(self, entry: Entry, row: Written) -> None:
        first = self._seen.setdefault(entry.span, row.number)
        if first != row.number:
            raise Refused("import_number_twice", facts={"row": first})

    def _compared(
        self, row: Written, text: str, entry: Entry, asked: Wanted
    ) -> Difference:
        wish = ruling.rule_of(self._picture, entry.span)
        own = wish.shown if wish else None
        after = self._after(entry, own, asked)
        if after == own:
            return Difference(row.number, text, entry.span, "same", own, own)
        if asked.version is not None and asked.version != entry.version:
            raise Refused("version_mismatch")
        self._judge.note(entry.span, after)
        return Difference(
            row.number, text, entry.span, "changes", own, after, entry.version
        )

    def _after(
        self, entry: Entry, own: Setting | None, asked: Wanted
    ) -> Setting | None:
        if asked.inherits and entry.block is None and own is None:
            return own
        if not asked.inherits and not asked.changes:
            return own
        if _says_nothing(entry, own, asked):
            return own
        check_open(entry)
        if asked.inherits:
            return None
        wished = replace(own or Setting(), **_known(asked.changes, own))
        if own == wished:
            return own
        return self._judge.settled(entry, own or Setting(), wished)


def _known(changes: dict[str, Any], own: Setting | None) -> dict[str, Any]:
    """Return the changes without numbers that are only written in another way."""
    if own is None:
        return changes
    return {
        name: getattr(own, name)
        if isinstance(value, str) and _is_same(value, getattr(own, name))
        else value
        for name, value in changes.items()
    }


def _says_nothing(entry: Entry, own: Setting | None, asked: Wanted) -> bool:
    """Tell whether »Inaktiv« only says what is anyhow: nobody set anything there."""
    is_inside = entry.block is not None and not is_block(entry.span)
    if own is not None or asked.inherits or (is_inside and not entry.ported_out):
        return False
    return replace(Setting(), **asked.changes) == Setting()


def _is_same(text: str, number: str | None) -> bool:
    """Tell whether the text is just another way to write the number."""
    bare = "".join(text.split())
    if number is None or bare == number:
        return number is not None
    national = "0" + number[3:] if number.startswith("+49") else ""
    return bare in (national, "00" + number[1:])
