"""Rules as the database tells them, in JSON: read as far as somebody looks inside."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias, overload

from pydantic_core import from_json
from typing_extensions import override

from forwarding.switch import Operation
from forwarding.switches.wording import LONGEST_PLACE, NUMBER

_PLACE = rf"(?! )[A-Za-z0-9:._~ -]{{1,{LONGEST_PLACE}}}(?<! )"
_USUAL = ", ".join(
    # In the order that PostgreSQL gives the fields of a jsonb.
    (
        '"off": (?:false|(true))',
        '"last": null',
        f'"line": "({_PLACE})"',
        r'"first": "\1"',
        # The line stands first, then what it hangs on.
        rf'"places": \["(\4(?:", "{_PLACE})*)"\]',
        '"reason": "unavailable"',
        f'"target": "({NUMBER})"',
        '"planned": (?:false|(true))',
        f'"fallback": (?:null|"({NUMBER})")',
        r'"target_places": \[\]',
        '"keep_extension": false',
    )
)
_ROW = re.compile(rf"^(?:({NUMBER}) ([0-9]{{1,9}}) \{{{_USUAL}\}}|(.+))$", re.MULTILINE)

Row: TypeAlias = tuple[str, str, str, str, str, str, str, str, str]
"""
Of a usual rule of one number: number, version, off, line, places (parted by `", "`),
target, planned and fallback, as they stand; empty for false and null. Of any other
rule: nothing but the last, which is all of its text.
"""


class Unread(Mapping[str, Any]):
    """A mapping that is text until somebody asks for a field."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def read(self) -> dict[str, Any]:
        """The value itself."""
        return dict(from_json(self.text))

    @override
    def __getitem__(self, name: str) -> Any:
        return self.read[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.read)

    @override
    def __len__(self) -> int:
        return len(self.read)


class ToldRules(Sequence[Operation]):
    """
    Rules in one text, `<scope> <version> <value>` a line; operations to who looks.

    Most rules are of one shape, so one pattern finds and checks them all at once: a
    restarted switch waits until every rule was told.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def rows(self) -> list[Row]:
        """What stands in them, one each."""
        return _ROW.findall(self._text)

    @property
    def targets(self) -> set[str]:
        """Where the usual ones lead."""
        found = {target for *_, target, _, _, _ in self.rows}
        found.update(fallback for *_, fallback, _ in self.rows)
        return found - {""}

    @property
    def unusual(self) -> Iterator[tuple[int, Operation]]:
        """Return those that are to be read with care, and where they stand."""
        for at, (*_, other) in enumerate(self.rows):
            if other:
                yield at, _operation(other)

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n") if self._text else []

    @override
    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> Operation: ...

    @overload
    def __getitem__(self, at: slice) -> list[Operation]: ...

    @override
    def __getitem__(self, at: int | slice) -> Operation | list[Operation]:
        if isinstance(at, slice):
            return [_operation(line) for line in self._lines[at]]
        return _operation(self._lines[at])


def _operation(line: str) -> Operation:
    scope, version, value = line.split(" ", 2)
    return Operation(f"rule/{scope}", int(version), Unread(value))
