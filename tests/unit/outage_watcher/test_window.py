"""A maintenance window: when it runs, what it explains, what is told of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from contracts.operations import MaintenanceAnnounced
from outage_watcher.domain import window
from outage_watcher.domain.evidence import Evidence, Word, weigh
from outage_watcher.domain.topology import Topology
from outage_watcher.domain.window import Phase, Window
from support.watching import at

WORK = Window("W", Word("N", note="new cards"), at(100), at(500))
RUNS = replace(WORK, phase=Phase.RUNNING)
SAID = Evidence(
    *("maintenance", "W", WORK.word),
    *(at(100), at(100), at(100)),
    is_down=True,
    down_at=at(100),
)
"""What is known of it while it takes its places out of service."""
TREE = Topology({"L1": ("N",), "L2": ("M",)}, {"N": 1, "M": 1}, 2)


def failed(*lines: str, began: datetime | None = None) -> Evidence:
    plain = Evidence("probe", "a", Word(None, lines), at(200), at(200), at(200))
    return replace(plain, is_down=True, down_at=began)


def test_its_words_are_stored_and_told() -> None:
    assert window.SOURCE == "maintenance"
    assert [str(each) for each in Phase] == ["planned", "running", "over", "cancelled"]


def test_is_planned_work_that_takes_service_unless_it_says_otherwise() -> None:
    assert (WORK.phase, WORK.version, WORK.planned_by) == (Phase.PLANNED, 1, "unknown")
    assert WORK.takes_service
    assert not WORK.external


class TestTime:
    @pytest.mark.parametrize(
        ("phase", "when", "after"),
        [
            (Phase.PLANNED, 99, Phase.PLANNED),
            (Phase.PLANNED, 100, Phase.RUNNING),
            (Phase.PLANNED, 499, Phase.RUNNING),
            (Phase.PLANNED, 500, Phase.OVER),
            (Phase.RUNNING, 99, Phase.RUNNING),
            (Phase.RUNNING, 499, Phase.RUNNING),
            (Phase.RUNNING, 500, Phase.OVER),
            (Phase.OVER, 200, Phase.OVER),
            (Phase.CANCELLED, 200, Phase.CANCELLED),
            (Phase.CANCELLED, 900, Phase.CANCELLED),
        ],
    )
    def test_moves_it_with_a_new_version(
        self, phase: Phase, when: float, after: Phase
    ) -> None:
        moved = replace(WORK, phase=phase, version=3).at(at(when))

        assert moved.phase is after
        assert moved.version == (3 if phase is after else 4)

    @pytest.mark.parametrize(
        ("phase", "due_at"),
        [
            (Phase.PLANNED, at(100)),
            (Phase.RUNNING, at(500)),
            (Phase.OVER, None),
            (Phase.CANCELLED, None),
        ],
    )
    def test_of_its_next_move_is_known(
        self, phase: Phase, due_at: datetime | None
    ) -> None:
        assert replace(WORK, phase=phase).due_at == due_at


class TestExplains:
    @pytest.mark.parametrize(
        ("failure", "explained"),
        [
            (failed("L1", began=at(100)), True),
            (failed("L1", began=at(99)), False),
            (failed("L1"), False),
            (failed("L2", began=at(200)), False),
            (failed("L1", "L2", began=at(200)), False),
            (failed(began=at(200)), False),
        ],
    )
    def test_what_began_with_it_or_later_at_its_places_alone(
        self, failure: Evidence, *, explained: bool
    ) -> None:
        assert RUNS.explains(failure, TREE) is explained

    def test_not_what_is_said_again_with_a_newer_time(self) -> None:
        again = replace(failed("L1", began=at(200)), held_from=at(99))

        assert not RUNS.explains(again, TREE)

    @pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.OVER, Phase.CANCELLED])
    def test_nothing_while_it_does_not_run(self, phase: Phase) -> None:
        work = replace(WORK, phase=phase)

        assert not work.explains(failed("L1", began=at(200)), TREE)


class TestSays:
    def test_that_its_places_are_down_as_planned_from_its_start(self) -> None:
        signal = RUNS.signal(at(120), None)

        assert signal
        assert (signal.key, signal.state) == (("maintenance", "W"), "down")
        assert (signal.word.element, signal.word.note) == ("N", "new cards")
        assert (signal.word.kind, signal.word.estimated_end) == ("planned", at(500))
        assert (signal.occurred_at, signal.heard_at) == (at(100), at(120))
        assert signal.timed
        assert signal.confirmed

    @pytest.mark.parametrize(
        "change", [{"phase": Phase.OVER}, {"takes_service": False}]
    )
    def test_that_they_are_up_as_soon_as_it_takes_no_service(
        self, change: dict[str, Any]
    ) -> None:
        signal = replace(RUNS, **change).signal(at(510), SAID)

        assert signal
        assert (signal.state, signal.occurred_at) == ("up", at(510))
        assert not signal.timed
        assert signal.confirmed

    @pytest.mark.parametrize("phase", [Phase.PLANNED, Phase.CANCELLED, Phase.OVER])
    def test_nothing_where_it_never_took_them_out_of_service(
        self, phase: Phase
    ) -> None:
        assert replace(WORK, phase=phase).signal(at(510), None) is None
        assert replace(RUNS, takes_service=False).signal(at(120), None) is None

    @pytest.mark.parametrize(
        ("said", "down"),
        [
            (None, True),
            (SAID, True),
            (replace(SAID, is_down=False, up_at=at(150)), True),
            (SAID.dismissed(), False),
        ],
    )
    def test_that_they_are_down_unless_a_person_ended_that(
        self, said: Evidence | None, *, down: bool
    ) -> None:
        signal = RUNS.signal(at(200), said)
        assert signal

        known, _ = weigh(said, signal)

        assert known
        assert known.is_down is down
        assert known.down_at == at(200 if said and said.up_at else 100)


def test_is_announced_with_all_that_readers_need() -> None:
    word = Word("N", ("L1",), voice_reachable=True, note="new cards")
    work = replace(RUNS, word=word, version=2, takes_service=False)

    assert work.announced(at(120)) == MaintenanceAnnounced(
        window_id="W",
        version=2,
        state="running",
        element="N",
        lines=("L1",),
        starts_at=at(100),
        ends_at=at(500),
        takes_service=False,
        voice_reachable=True,
        note="new cards",
        announced_at=at(120),
    )
