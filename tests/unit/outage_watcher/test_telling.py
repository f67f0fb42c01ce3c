"""What readers are told of an outage, word by word."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.outage import Outage, State, opened
from outage_watcher.domain.telling import told
from support.watching import at

WORD = Word("N", ("L1",), "planned", voice_reachable=True, estimated_end=at(900))
FIRST = Evidence("probe", "a", WORD, at(5), at(5), at(5), is_down=True, down_at=at(3))
NEW = opened("O", FIRST, at(5))
DOWN = replace(NEW, state=State.DOWN, since=at(35))
KNOWN = replace(DOWN, version=1, detected_at=at(35))
BACK = replace(KNOWN, state=State.RECOVERING)


def over(before: Outage, **more: Any) -> Outage:
    return replace(before, state=State.OVER, since=at(99), **more)


def kind(before: Outage | None, after: Outage, *, hidden: bool = False) -> str | None:
    _, event = told(before, after, hidden=hidden)
    return type(event).__name__ if event else None


class TestWhen:
    def test_a_failure_is_confirmed(self) -> None:
        assert kind(NEW, DOWN) == kind(None, DOWN) == "OutageDetected"

    def test_not_while_it_is_a_suspicion(self) -> None:
        assert kind(None, NEW) is kind(NEW, NEW) is None

    def test_not_while_an_element_above_says_it(self) -> None:
        assert kind(NEW, DOWN, hidden=True) is None
        assert kind(DOWN, over(DOWN), hidden=True) is None
        assert kind(NEW, over(NEW), hidden=True) is None

    def test_not_when_it_recovers_before_it_was_told(self) -> None:
        untold = replace(BACK, version=0)

        assert kind(DOWN, untold) is None
        assert kind(untold, over(untold)) is None
        assert kind(DOWN, over(DOWN)) is None

    def test_what_was_told_and_is_hidden_now_is_still_followed(self) -> None:
        news = replace(KNOWN, uncertain=True)

        assert kind(KNOWN, news, hidden=True) == "OutageDetected"
        assert kind(KNOWN, over(KNOWN), hidden=True) == "OutageCleared"

    @pytest.mark.parametrize(
        "news",
        [{"uncertain": True}, {"flapping": True}, {"report": replace(WORD, note="x")}],
    )
    @pytest.mark.parametrize("before", [KNOWN, BACK])
    def test_something_is_new_that_readers_see(
        self, before: Outage, news: dict[str, Any]
    ) -> None:
        assert kind(before, replace(before, **news)) == "OutageDetected"

    def test_not_when_nothing_is_new_that_readers_see(self) -> None:
        assert kind(KNOWN, BACK) is None
        assert kind(KNOWN, replace(KNOWN, due_at=at(99), unproved=True)) is None

    def test_a_suspicion_ended_by_itself(self) -> None:
        assert kind(NEW, over(NEW)) == "OutageCleared"

    def test_an_end_is_the_first_that_is_heard_of_it(self) -> None:
        assert kind(None, over(NEW)) == "OutageCleared"

    def test_an_end_is_told_once(self) -> None:
        ended, _ = told(KNOWN, over(KNOWN), hidden=False)

        assert kind(ended, replace(ended, uncertain=True)) is None


class TestVersion:
    @pytest.mark.parametrize("after", [DOWN, over(NEW)])
    def test_of_the_first_word_is_one(self, after: Outage) -> None:
        outage, event = told(NEW, after, hidden=False)

        assert event
        assert outage.version == event.version == 1

    @pytest.mark.parametrize("after", [replace(KNOWN, uncertain=True), over(KNOWN)])
    def test_grows_by_one_with_each_word(self, after: Outage) -> None:
        outage, event = told(KNOWN, after, hidden=False)

        assert event
        assert outage.version == event.version == 2

    def test_stays_where_nothing_is_told(self) -> None:
        assert told(KNOWN, BACK, hidden=False) == (BACK, None)
        assert told(None, NEW, hidden=False) == (NEW, None)
        assert told(DOWN, over(DOWN), hidden=False) == (over(DOWN), None)


class TestDetected:
    def event(self, **more: Any) -> OutageDetected:
        _, event = told(NEW, replace(DOWN, **more), hidden=False)
        assert isinstance(event, OutageDetected)
        return event

    def test_says_all_that_is_known(self) -> None:
        how: dict[str, Any] = {"root_cause": "R", "uncertain": True}

        assert self.event(detected_at=at(30), **how) == OutageDetected(
            outage_id="O",
            version=1,
            element="N",
            lines=("L1",),
            kind="planned",
            voice_reachable=True,
            occurred_at=at(3),
            detected_at=at(30),
            estimated_end=at(900),
            reported_by="probe",
            **how,
        )

    def test_was_so_since_it_is_down_where_nothing_else_is_stored(self) -> None:
        assert self.event(detected_at=None).detected_at == at(35)

    @pytest.mark.parametrize(
        ("note", "flapping", "said"),
        [
            (None, False, None),
            ("works", False, "works"),
            (None, True, "flapping"),
            ("works", True, "works; flapping"),
        ],
    )
    def test_says_in_the_note_that_it_flaps(
        self, note: str | None, said: str | None, *, flapping: bool
    ) -> None:
        event = self.event(report=replace(WORD, note=note), flapping=flapping)

        assert (event.note, event.flapping) == (said, flapping)


class TestCleared:
    UPS = tuple(
        replace(FIRST, alarm_id=f"{number}", is_down=False, up_at=up_at)
        for number, up_at in enumerate((at(60), at(70), None))
    )

    def event(self, **more: Any) -> OutageCleared:
        after = over(KNOWN, **{"evidence": self.UPS, "cleared_at": at(90)} | more)
        _, event = told(KNOWN, after, hidden=False)
        assert isinstance(event, OutageCleared)
        return event

    @pytest.mark.parametrize("reason", ["recovered", "suppressed"])
    def test_by_itself_tells_when_the_last_source_saw_it(self, reason: Any) -> None:
        event = self.event(reason=reason)

        assert event == OutageCleared(
            outage_id="O",
            version=2,
            element="N",
            lines=("L1",),
            reason=reason,
            occurred_at=at(70),
            cleared_at=at(90),
            started_at=KNOWN.occurred_at,
        )

    def test_by_itself_was_when_it_ended_where_no_source_saw_it(self) -> None:
        assert self.event(reason="recovered", evidence=()).occurred_at == at(90)

    @pytest.mark.parametrize("reason", ["withdrawn", "operator", "expired"])
    def test_from_outside_was_when_it_ended(self, reason: Any) -> None:
        event = self.event(reason=reason)

        assert (event.reason, event.note) == (reason, None)
        assert event.occurred_at == event.cleared_at == at(90)

    def test_because_a_line_is_gone_is_a_word_that_old_readers_know(self) -> None:
        event = self.event(reason="decommissioned")

        assert (event.reason, event.note) == ("expired", "decommissioned")
        assert event.occurred_at == at(90)

    def test_without_a_reason_or_time_is_a_recovery_when_it_came_to_its_end(
        self,
    ) -> None:
        event = self.event(reason=None, cleared_at=None)

        assert (event.reason, event.cleared_at) == ("recovered", at(99))
