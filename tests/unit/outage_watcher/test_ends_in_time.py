"""
Whatever a line went through, its outage ends at the moment that the rules give.

Held against a model of one line: its alarms, who is lost, its returns, and a hold.
"""

import os
import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.domain.evidence import Word
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.window import Phase, Window
from support.watching import Network

HISTORIES = int(os.environ.get("MACHINE_EXAMPLES", "30"))
HOLDS = {
    "probe": Holds(
        down=timedelta(0),
        up=timedelta(seconds=10),
        flap_window=timedelta(seconds=200),
        stale_after=timedelta(seconds=400),
    ),
    "icinga": Holds(
        down=timedelta(0),
        up=timedelta(seconds=20),
        flap_window=timedelta(seconds=300),
        stale_after=timedelta(seconds=500),
    ),
}
POLICY = Policy(default=HOLDS["probe"], sources=HOLDS)
SHORT, LONG = (0, 1, 2, 5, 9), (10, 11, 20, 21, 74, 75, 76, 150, 201, 300)
Alarm = tuple[str, str]


class Line:
    """One line, of which no failure is too short and no source is asked."""

    def __init__(self) -> None:
        self.began: list[datetime] = []
        self.ended: list[datetime] = []
        self.down: set[Alarm] = set()
        self.restless: set[Alarm] = set()
        self.lost: set[str] = set()
        self.over()

    def over(self) -> None:
        """Forget the outage that ended; what fails next is another one."""
        self.sources: list[str] = []
        """On whose word the open outage rests; the first one reported it."""
        self.home: set[Alarm] = set()
        self.since: datetime | None = None
        """From when on it recovers; None: it does not."""
        self.returns: list[datetime] = []
        self.flaps = False

    def hears(self, alarm: Alarm, now: datetime, *, down: bool) -> None:
        self.down = self.down | {alarm} if down else self.down - {alarm}
        if down and not self.sources:
            self.began.append(now)
        if down or alarm in self.home:
            self.home.add(alarm)
            self.sources += [] if alarm[0] in self.sources else [alarm[0]]
        if down and self.since:
            self.returns = [*self._recent(now), now]
            self.flaps = len(self.returns) >= HOLDS[self.sources[0]].flap_limit
        self.looks(now)

    def calls(self, alarm: Alarm, now: datetime, *, restless: bool) -> None:
        was = alarm in self.restless
        self.restless = self.restless | {alarm} if restless else self.restless - {alarm}
        if was and not restless and alarm in self.home and self.since:
            self.since = now

    def looks(self, now: datetime) -> None:
        """See whether it recovers now, or no longer."""
        if self.down or self.lost & {*self.sources}:
            self.since = None
        elif self.sources and self.since is None:
            self.since = now
            many = len(self._recent(now)) >= HOLDS[self.sources[0]].flap_limit
            self.flaps = self.flaps and many
        if self.restless & self.home:
            self.flaps = True

    def passes(self, end: datetime) -> None:
        ends_at = self.ends_at()
        if ends_at and ends_at <= end:
            self.ended.append(ends_at)
            self.restless -= self.home
            self.over()

    def ends_at(self) -> datetime | None:
        if self.since is None:
            return None
        holds = [HOLDS[each] for each in self.sources]
        if self.restless & self.home:
            return self.since + max(each.stale_after for each in holds)
        hold = max(each.up for each in holds)
        return self.since + (max(hold, holds[0].quiet) if self.flaps else hold)

    def _recent(self, now: datetime) -> list[datetime]:
        window = HOLDS[self.sources[0]].flap_window
        return [each for each in self.returns if each > now - window]


class Watched:
    """The network and its model, which are told the same."""

    def __init__(self) -> None:
        self.network = Network(POLICY)
        self.line = Line()

    def says(self, alarm: Alarm, *, down: bool, **more: Any) -> None:
        if "flapping" in more:
            self.line.calls(alarm, self.network.now, restless=more["flapping"])
        self.network.hears(
            "down" if down else "up", source=alarm[0], alarm=alarm[1], **more
        )
        self.line.hears(alarm, self.network.now, down=down)

    def loses(self, *sources: str) -> None:
        self.network.loses(*sources)
        self.line.lost = {*sources}
        self.line.looks(self.network.now)

    def waits(self, seconds: float) -> None:
        self.network.waits(seconds)
        self.line.passes(self.network.now)

    def withdraws(self) -> None:
        if self.network.open:
            self.network.closes("withdrawn")
            self.line.ended.append(self.network.now)
            self.line.down -= self.line.home
            self.line.restless -= self.line.home
            self.line.over()

    def works(self, *, begins: bool) -> None:
        if begins:
            word, now = Word(None, ("L1",)), self.network.now
            end = now + timedelta(days=1)
            self.network.begins(
                Window("W", word, now, end, takes_service=False, phase=Phase.RUNNING)
            )
        else:
            self.network.ends_windows()

    def agree(self) -> None:
        events = self.network.events
        began = [
            event.detected_at
            for event in events
            if isinstance(event, OutageDetected) and event.version == 1
        ]
        ended = [each.cleared_at for each in events if isinstance(each, OutageCleared)]
        assert (began, ended) == (self.line.began, self.line.ended)


def step(dice: random.Random, watched: Watched) -> None:
    """Let something happen: mostly an alarm that turns."""
    failing = sorted(watched.line.down)
    if failing and dice.random() < 0.6:
        alarm, down = dice.choice(failing), False
    else:
        alarm = dice.choice(["probe"] * 5 + ["icinga"]), dice.choice("aaaab")
        down = dice.random() < 0.9
    match dice.choices(range(6), [30, 2, 3, 3, 2, 1])[0]:
        case 0:
            watched.says(alarm, down=down, confirmed=dice.random() < 0.2)
        case 1:
            watched.says(alarm, down=down, flapping=dice.random() < 0.5)
        case 2:
            watched.loses(*dice.sample([*HOLDS], dice.randint(0, 2)))
        case 3:
            watched.loses()
        case 4:
            watched.works(begins=dice.random() < 0.6)
        case 5:
            watched.withdraws()


@pytest.mark.parametrize("seed", range(2 * HISTORIES))
def test_an_outage_ends_when_the_rules_say_it(seed: int) -> None:
    dice, watched = random.Random(seed), Watched()  # noqa: S311 - a story, no secret

    for _ in range(60):
        step(dice, watched)
        watched.waits(dice.choice(SHORT if dice.random() < 0.8 else LONG))
        watched.agree()
    watched.loses()
    for alarm in sorted(watched.line.down):
        watched.says(alarm, down=False)
    watched.waits(500)
    watched.agree()

    assert watched.line.ended
    assert not watched.network.open
