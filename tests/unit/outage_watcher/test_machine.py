"""Whatever sources, people and time do next: what is always true of outages."""

import os
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from contracts.outages import OutageCleared
from outage_watcher.domain.outage import State
from support.watching import NOON, Network

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "30"))
SOURCES, ALARMS = ("probe", "icinga"), ("a", "b", "c")
LINES = (("L1",), ("L1", "L2"), ("L3",))

sources, alarms = st.sampled_from(SOURCES), st.sampled_from(ALARMS)
lines, seconds = st.sampled_from(LINES), st.integers(0, 90)


class Outages(RuleBasedStateMachine):
    """The domain as it works in production, one word after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.network = Network()
        self.over: set[str] = set()
        self.worked_at: dict[tuple[str, str], datetime] = {}

    @rule(source=sources, alarm=alarms, named=lines, confirmed=st.booleans())
    def fails(
        self, source: str, alarm: str, named: tuple[str, ...], *, confirmed: bool
    ) -> None:
        self.network.hears(
            "down", *named, source=source, alarm=alarm, confirmed=confirmed
        )

    @rule(source=sources, alarm=alarms, named=lines)
    def works(self, source: str, alarm: str, named: tuple[str, ...]) -> None:
        known = self.network.alarms.get((source, alarm))
        self.network.hears("up", *named, source=source, alarm=alarm)
        # Who says again that it works, and not since when, may not have looked lately:
        # a failure since the first time counts.
        if known is None or known.is_down:
            self.worked_at[source, alarm] = self.network.now

    @rule(source=sources, alarm=alarms, named=lines, ago=st.integers(1, 90))
    def is_late(
        self, source: str, alarm: str, named: tuple[str, ...], ago: int
    ) -> None:
        """Hear of a failure that began before; of one second, the last word counts."""
        when = self.network.now - timedelta(seconds=ago)
        occurred = (when - NOON).total_seconds()
        known = self.network.alarms.get((source, alarm))
        before = known is not None and known.is_down
        self.network.hears(
            "down", *named, source=source, alarm=alarm, occurred=occurred
        )
        worked_at = self.worked_at.get((source, alarm))
        if worked_at and worked_at > when and not before:
            assert not self.network.alarms[source, alarm].is_down

    @rule(passes=seconds)
    def time_passes(self, passes: int) -> None:
        self.network.waits(passes)

    @rule(source=sources)
    def is_lost(self, source: str) -> None:
        self.network.loses(source)

    @rule()
    def is_found(self) -> None:
        self.network.finds_all()

    @precondition(lambda self: self.network.open)
    @rule()
    def is_withdrawn(self) -> None:
        self.network.closes("withdrawn")

    @invariant()
    def an_alarm_is_in_one_open_outage_at_most(self) -> None:
        homes = [each.key for outage in self.network.open for each in outage.evidence]
        assert len(homes) == len(set(homes))

    @invariant()
    def what_fails_is_in_an_open_outage(self) -> None:
        for evidence in self.network.alarms.values():
            if evidence.is_down and evidence.outage_id:
                assert not self.network.outages[evidence.outage_id].is_over

    @invariant()
    def a_known_failure_is_down_and_no_deadline_is_past(self) -> None:
        for outage in self.network.open:
            if outage.failures and outage.is_known:
                assert outage.state is State.DOWN
            assert outage.due_at is None or outage.due_at > self.network.now

    @invariant()
    def versions_have_no_gap_and_nothing_follows_the_end(self) -> None:
        stories: dict[str, list[object]] = {}
        for event in self.network.events:
            story = stories.setdefault(event.outage_id, [])
            assert event.version == len(story) + 1
            assert not any(isinstance(each, OutageCleared) for each in story)
            story.append(event)

    @invariant()
    def what_is_over_stays_over(self) -> None:
        over = {one.id for one in self.network.outages.values() if one.is_over}
        assert self.over <= over
        self.over = over


TestOutages = Outages.TestCase
TestOutages.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=40, deadline=None
)
