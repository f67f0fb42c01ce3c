"""One outage: what it rests on, what it hears, and what is left when it ends."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.outages import OutageKind
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.outage import OPERATOR, Outage, State, opened
from outage_watcher.domain.report import Correction
from support.watching import at

L1, L2 = Word(None, ("L1",)), Word(None, ("L2",))
FIRST = Evidence("probe", "a", L1, at(5), at(5), at(5), is_down=True, down_at=at(3))
SECOND = replace(FIRST, source="icinga", word=L2, heard_at=at(9), down_at=at(8))
NEW = opened("O", FIRST, at(5))


def outage(*evidence: Evidence, **more: Any) -> Outage:
    return replace(NEW, evidence=evidence, **more)


def up(evidence: Evidence, **more: Any) -> Evidence:
    return replace(evidence, is_down=False, up_at=at(50), **more)


def test_its_words_are_stored() -> None:
    assert [str(each) for each in State] == ["suspect", "down", "recovering", "over"]
    assert OPERATOR == "operator"


class TestNew:
    def test_is_an_untold_suspicion_of_its_first_failure(self) -> None:
        assert (NEW.state, NEW.since, NEW.opened_at) == (State.SUSPECT, at(5), at(5))
        assert (NEW.occurred_at, NEW.reported_by, NEW.report) == (at(3), "probe", L1)
        assert NEW.evidence == (replace(FIRST, outage_id="O"),)
        assert NEW.version == 0
        assert not NEW.flapping
        assert not NEW.unproved
        assert not NEW.uncertain

    def test_began_when_it_was_heard_where_nobody_knows_better(self) -> None:
        assert opened("O", replace(FIRST, down_at=None), at(5)).occurred_at == at(5)


@pytest.mark.parametrize(
    ("state", "version", "known", "stands", "over"),
    [
        (State.SUSPECT, 1, False, False, False),
        (State.DOWN, 0, True, False, False),
        (State.DOWN, 1, True, True, False),
        (State.RECOVERING, 1, True, False, False),
        (State.OVER, 1, False, False, True),
    ],
)
def test_it_stands_while_it_is_down_and_told(
    state: State, version: int, *, known: bool, stands: bool, over: bool
) -> None:
    here = replace(NEW, state=state, version=version)

    assert (here.is_known, here.stands, here.is_over) == (known, stands, over)


def test_its_failures_are_what_is_down_now() -> None:
    assert outage(FIRST, up(SECOND)).failures == (FIRST,)


def test_it_is_restless_while_one_source_says_so() -> None:
    assert outage(FIRST, replace(SECOND, flapping=True)).is_restless
    assert not outage(FIRST, SECOND).is_restless


@pytest.mark.parametrize(
    ("here", "lost", "uncertain"),
    [
        (outage(FIRST, SECOND), {}, False),
        (outage(FIRST, SECOND), {"icinga": at(9)}, True),
        (outage(FIRST, SECOND), {"zabbix": at(9)}, False),
        (outage(FIRST, replace(SECOND, unknown_at=at(9))), {}, True),
        (outage(FIRST, up(SECOND, unknown_at=at(90))), {}, False),
        (outage(FIRST, unproved=True), {}, True),
    ],
)
def test_it_is_uncertain_when_a_source_is_lost_or_in_doubt(
    here: Outage, lost: Any, *, uncertain: bool
) -> None:
    assert here.is_uncertain(lost) is uncertain


class TestHears:
    def test_another_source_beside_the_first(self) -> None:
        both = NEW.hears(SECOND)

        assert [each.source for each in both.evidence] == ["probe", "icinga"]
        assert {each.outage_id for each in both.evidence} == {"O"}

    def test_the_same_alarm_in_place_of_what_it_said(self) -> None:
        assert NEW.hears(up(FIRST)).evidence == (up(FIRST, outage_id="O"),)

    @pytest.mark.parametrize(
        ("news", "began"),
        [
            (replace(SECOND, down_at=at(1)), 1),
            (SECOND, 3),
            (replace(SECOND, down_at=None), 3),
            (up(SECOND, down_at=at(1)), 3),
        ],
    )
    def test_of_a_failure_that_began_earlier(
        self, news: Evidence, began: float
    ) -> None:
        assert NEW.hears(news).occurred_at == at(began)

    @pytest.mark.parametrize(
        ("state", "before", "now", "anew"),
        [
            (State.RECOVERING, True, False, True),
            (State.RECOVERING, True, True, False),
            (State.RECOVERING, False, False, False),
            (State.DOWN, True, False, False),
        ],
    )
    def test_that_it_calmed_and_waits_anew(
        self, state: State, *, before: bool, now: bool, anew: bool
    ) -> None:
        here = outage(up(FIRST, flapping=before), state=state)

        after = here.hears(up(FIRST, flapping=now, confirmed_at=at(70)))

        assert after.since == (at(70) if anew else at(5))

    def test_a_new_source_that_is_calm_and_goes_on_waiting(self) -> None:
        here = outage(up(FIRST), state=State.RECOVERING)

        assert here.hears(up(SECOND)).since == at(5)

    def test_something_new_in_place_of_what_a_person_said(self) -> None:
        here = replace(NEW, correction=Correction(places=L2))

        assert here.hears(FIRST).correction.places == L2
        assert here.hears(replace(FIRST, word=Word("N"))).correction.places is None
        assert here.hears(SECOND).correction.places == L2


class TestReport:
    @staticmethod
    def kind(evidence: Evidence) -> OutageKind:
        return evidence.word.kind

    def test_is_of_what_fails_now(self) -> None:
        assert outage(FIRST, SECOND).reported(self.kind).report.lines == ("L1", "L2")
        assert outage(up(FIRST), SECOND).reported(self.kind).report == L2

    def test_is_the_last_where_nothing_fails(self) -> None:
        here = outage(up(FIRST), up(SECOND))

        assert here.reported(self.kind) is here

    def test_has_the_note_that_was_heard_last(self) -> None:
        old = replace(FIRST, word=replace(L1, note="old"))
        new = replace(SECOND, word=replace(L1, note="new"))

        assert outage(new, old).reported(self.kind).report.note == "new"

    def test_is_what_a_person_corrected(self) -> None:
        here = replace(NEW, correction=Correction(note="LTE"))

        assert here.reported(self.kind).report == replace(L1, note="LTE")


class TestUnsaid:
    WHOLE = replace(
        L1, kind="planned", voice_reachable=True, estimated_end=at(9), note="x"
    )

    @pytest.mark.parametrize("name", ["voice_reachable", "estimated_end", "note"])
    def test_is_what_nobody_has_to_say(self, name: str) -> None:
        declared = replace(FIRST, source=OPERATOR, word=self.WHOLE)

        (after,) = outage(declared).unsaid([name]).evidence

        blank: dict[str, Any] = {name: None}
        assert after.word == replace(self.WHOLE, **blank)

    def test_is_not_what_everybody_has_to_say(self) -> None:
        here = outage(replace(FIRST, source=OPERATOR, word=self.WHOLE))

        assert here.unsaid(["kind", "lines", "element"]) == here

    def test_is_not_what_a_source_said(self) -> None:
        here = outage(replace(FIRST, word=self.WHOLE))

        assert here.unsaid(["note"]) == here


class TestEnd:
    def test_is_complete(self) -> None:
        ended = replace(NEW, due_at=at(60)).closed("operator", at(50))

        assert (ended.state, ended.reason) == (State.OVER, "operator")
        assert ended.since == ended.cleared_at == at(50)
        assert ended.due_at is None

    @pytest.mark.parametrize("reason", ["operator", "withdrawn", "recovered"])
    def test_is_that_of_its_failures(self, reason: Any) -> None:
        ended = outage(FIRST, up(SECOND)).closed(reason, at(50))

        assert ended.evidence == (FIRST.dismissed(), up(SECOND))

    @pytest.mark.parametrize(
        ("reason", "flaps"),
        [("operator", False), ("withdrawn", False), ("suppressed", True)],
    )
    def test_by_a_person_is_also_that_of_the_flapping(
        self, reason: Any, *, flaps: bool
    ) -> None:
        here = outage(FIRST, up(SECOND, flapping=True))

        ended = here.closed(reason, at(50))

        assert ended.is_restless is flaps

    def test_by_expiry_lets_the_same_failure_be_told_again(self) -> None:
        ended = outage(FIRST, up(SECOND)).closed("expired", at(50))

        assert ended.evidence == (FIRST.forgotten(), up(SECOND))

    def test_of_a_line_that_is_gone_leaves_what_sources_say(self) -> None:
        declared = replace(SECOND, source=OPERATOR)

        ended = outage(FIRST, declared).closed("decommissioned", at(50))

        assert ended.evidence == (FIRST, declared.dismissed())
