"""What network monitoring says in a story: alarms that come, flap, grow and go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from support.kill.story import Signalled, Step, Withdrawn

SOURCES = ("probe-1", "probe-2", "probe-3", "probe-4")
NOC = "noc"
"""Its failures are false alarms as often as not."""
ALARMS, FALSE_ALARMS = 25, 12
SETTLING = 0.85
"""From here on, more ends than begins."""


@dataclass(slots=True)
class Alarm:
    """An alarm, and what was said of it last."""

    source: str
    name: str
    element: str | None
    lines: tuple[str, ...]
    is_planned: bool = False
    is_down: bool = False


class Monitors:
    """All sources together."""

    sources = SOURCES

    def __init__(self, rng: Random, lines: Sequence[str], nodes: int) -> None:
        self._rng, self._lines, self._nodes = rng, lines, nodes
        self._alarms = [
            self._alarm(source, n) for source in SOURCES for n in range(ALARMS)
        ]
        self._alarms += [
            Alarm(NOC, f"w{n}", None, (rng.choice(lines), f"W-{n}"))
            for n in range(FALSE_ALARMS)
        ]

    def _alarm(self, source: str, n: int) -> Alarm:
        name, chance = f"a{n}", self._rng.random()
        lines: tuple[str, ...]
        if chance < 0.12:  # a place of its own: never joins another
            lines = (self._rng.choice(self._lines), f"P-{source}-{n}")
            return Alarm(source, name, None, lines, is_planned=True)
        if chance < 0.25:
            return Alarm(source, name, f"AN-{self._rng.randrange(self._nodes) + 1}", ())
        if chance < 0.45:
            lines = tuple(sorted(self._rng.sample(self._lines, 3)))
            return Alarm(source, name, None, lines)
        return Alarm(source, name, self._rng.choice(self._lines), ())

    def speak(self, at: float) -> Iterator[Step]:
        """Say something of one alarm; some flap."""
        alarm = self._rng.choice(self._alarms)
        while at > SETTLING and not alarm.is_down and self._rng.random() < 0.85:
            alarm = self._rng.choice(self._alarms)
        if alarm.source == NOC:
            yield from self._false_alarm(alarm, at)
            return
        if alarm.is_down and len(alarm.lines) > 1 and not alarm.is_planned:
            yield from self._grown(alarm, at)
        flaps = self._rng.choice((1, 1, 1, 1, 1, 1, 1, 5))
        for _ in range(flaps):
            alarm.is_down = not alarm.is_down
            yield self._signal(alarm, at)

    def _grown(self, alarm: Alarm, at: float) -> Iterator[Step]:
        if self._rng.random() < 0.5:
            size = self._rng.choice((2, 3, 4))
            alarm.lines = tuple(sorted(self._rng.sample(self._lines, size)))
            yield self._signal(alarm, at)

    def _false_alarm(self, alarm: Alarm, at: float) -> Iterator[Step]:
        if not alarm.is_down:
            alarm.is_down = True
            yield self._signal(alarm, at)
            return
        alarm.is_down = False
        if self._rng.random() < 0.6:
            yield Withdrawn(n=0, at=at, source=alarm.source, alarm=alarm.name)
        else:
            yield self._signal(alarm, at)

    def _signal(self, alarm: Alarm, at: float) -> Signalled:
        return Signalled(
            n=0,
            at=at,
            source=alarm.source,
            alarm=alarm.name,
            down=alarm.is_down,
            element=alarm.element,
            lines=alarm.lines,
            kind="planned" if alarm.is_planned else "fault",
            by_http=self._rng.random() < 0.5,
        )
