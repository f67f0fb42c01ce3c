"""What several failures say together, and what people correct of it."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any, ClassVar

import pytest

from contracts.outages import OutageKind
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.report import (
    WORST_FIRST,
    Correction,
    age,
    combined,
    without,
)
from support.watching import at

L1, L2 = Word(None, ("L1",)), Word(None, ("L2",))


def is_cut_off(line: str, words: Iterable[Word]) -> bool:
    """Return whether calls to a line are lost, by all that is said of it alone."""
    here = [word for word in words if line in word.lines]
    said = {word.voice_reachable for word in here}
    by_kind = any(word.kind != "degradation" for word in here)
    return False in said or (by_kind and True not in said)


class TestTogether:
    def test_is_one_word_as_it_was_said(self) -> None:
        word = Word(None, ("L2", "L1"), note="as it came")

        assert combined([word]) is word

    def test_names_one_element_and_the_others_among_the_lines(self) -> None:
        said = combined([Word("N", ("L2",)), Word("M", ("L1",)), L2])

        assert (said.element, said.lines) == ("M", ("L1", "L2", "N"))

    def test_names_no_element_where_nobody_did(self) -> None:
        said = combined([L2, L1])

        assert (said.element, said.lines) == (None, ("L1", "L2"))

    @pytest.mark.parametrize(
        ("kinds", "worst"),
        [
            (("degradation", "planned"), "planned"),
            (("planned", "fault"), "fault"),
            (("degradation", "fault"), "fault"),
            (("degradation", "degradation"), "degradation"),
        ],
    )
    def test_is_the_worst_kind(
        self, kinds: tuple[OutageKind, OutageKind], worst: OutageKind
    ) -> None:
        assert combined([replace(L1, kind=kind) for kind in kinds]).kind == worst

    def test_ends_when_the_last_of_them_does(self) -> None:
        ends = (at(20), None, at(60), at(40))

        said = combined([replace(L1, estimated_end=end) for end in ends])

        assert said.estimated_end == at(60)
        assert combined([L1, L2]).estimated_end is None

    def test_has_the_newest_note(self) -> None:
        notes = ("first", "second", None)

        assert combined([replace(L1, note=note) for note in notes]).note == "second"
        assert combined([L1, L2]).note is None

    @pytest.mark.parametrize(
        ("words", "reachable"),
        [
            ([L1, L2], None),
            ([replace(L1, voice_reachable=True), L2], None),
            ([replace(L1, voice_reachable=True), L1], True),
            (
                [replace(L1, voice_reachable=True), replace(L2, voice_reachable=True)],
                True,
            ),
            ([replace(L1, voice_reachable=True), replace(L1, kind="planned")], True),
            (
                [replace(L1, voice_reachable=True), replace(L1, voice_reachable=False)],
                False,
            ),
            ([replace(L1, voice_reachable=False), L2], False),
            ([Word(), Word()], None),
        ],
    )
    def test_leaves_voice_only_where_that_was_said_of_every_place_without_it(
        self, words: list[Word], *, reachable: bool | None
    ) -> None:
        assert combined(words).voice_reachable is reachable

    @pytest.mark.parametrize("many", [1, 2, 3])
    def test_takes_calls_where_any_place_does_that_is_looked_at_alone(
        self, many: int
    ) -> None:
        said = [
            Word(None, lines, kind, voice)
            for lines in (("L1",), ("L2",), ("L1", "L2"))
            for kind in WORST_FIRST
            for voice in (None, True, False)
        ]

        for words in combinations_with_replacement(said, many):
            dead = any(is_cut_off(line, words) for line in ("L1", "L2"))
            assert combined([*words]).takes_voice is dead, words


class TestWithoutWhatIsGone:
    WORD = Word("N", ("L1", "L2"), note="x")

    @pytest.mark.parametrize(
        ("gone", "element", "lines"),
        [
            ({"L9"}, "N", ("L1", "L2")),
            ({"L1"}, "N", ("L2",)),
            ({"N"}, None, ("L1", "L2")),
            ({"N", "L2"}, None, ("L1",)),
            ({"N", "L1", "L2"}, "N", ("L1", "L2")),
        ],
    )
    def test_is_what_is_left_unless_that_is_nothing(
        self, gone: set[str], element: str | None, lines: tuple[str, ...]
    ) -> None:
        left = without(self.WORD, frozenset(gone))

        assert left == replace(self.WORD, element=element, lines=lines)


def test_evidence_is_in_the_order_in_which_it_was_heard() -> None:
    def heard(seconds: float, source: str, alarm: str) -> Evidence:
        return Evidence(source, alarm, L1, at(seconds), at(seconds), at(seconds))

    first, second, third = (heard(0, "z", "z"), heard(1, "a", "b"), heard(1, "b", "a"))

    assert sorted([third, second, first], key=age) == [first, second, third]


class TestCorrection:
    ALL: ClassVar[dict[str, Any]] = {
        "kind": "planned",
        "voice_reachable": False,
        "estimated_end": at(60),
        "note": "known better",
    }

    def test_stands_in_place_of_what_was_said(self) -> None:
        said = Correction(**self.ALL).applied(L1)

        assert said == Word(None, ("L1",), **self.ALL)

    def test_may_be_of_the_places_alone(self) -> None:
        word = replace(L1, note="stays")

        said = Correction(places=Word("N", ("L7",), note="not this")).applied(word)

        assert said == Word("N", ("L7",), note="stays")

    def test_of_nothing_changes_nothing(self) -> None:
        assert Correction().applied(L1) is L1

    @pytest.mark.parametrize(
        ("now", "ended"),
        [
            ({"lines": ("L2",)}, "places"),
            ({"kind": "degradation"}, "kind"),
            ({"voice_reachable": True}, "voice_reachable"),
            ({"estimated_end": at(90)}, "estimated_end"),
            ({"note": "news"}, "note"),
        ],
    )
    def test_ends_where_a_source_says_something_new(
        self, now: dict[str, Any], ended: str
    ) -> None:
        whole = Correction(places=L2, **self.ALL)

        left = whole.outlived(L1, replace(L1, **now))

        assert left == replace(whole, **{ended: None})

    @pytest.mark.parametrize("name", ["voice_reachable", "estimated_end", "note"])
    def test_stays_where_a_source_says_the_same_or_nothing(self, name: str) -> None:
        whole = Correction(places=L2, **self.ALL)
        before = replace(L1, **{name: self.ALL[name]})

        assert whole.outlived(before, before) == whole
        assert whole.outlived(before, L1) == whole
