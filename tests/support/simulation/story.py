"""A small story from a seed, as steps that the slow model of the campaign reads too."""

from dataclasses import replace
from itertools import count
from random import Random

from contracts.number_range import NumberRange
from support.kill.story import (
    Cancelled,
    Moved,
    Ordered,
    Rule,
    Signalled,
    Step,
    Story,
    Wished,
)

CUSTOMERS = ("K-1", "K-2")
LINES = {"L-1": ("AN-1", "AGG"), "L-2": ("AN-1", "AGG"), "L-3": ("AN-2", "AGG")}
SINGLES = ("+492214710001", "+492214710002", "+492214710003")
BLOCK = NumberRange("+492214710100", "+492214710109")
INSIDE = ("+492214710103", "+492214710107")
TARGETS = ("+4915228817386", "+493023125042", "+493023125043")
ALARMS = 4


class Writer:
    """Draws who tells what; facts about one thing keep their order."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(seed)  # noqa: S311 - a story, no secret
        self._n = count(1)
        self._story = Story(seed)
        self._down: dict[str, bool] = {}
        self._places: dict[str, str] = {}

    def write(self) -> Story:
        """Return the story."""
        draw = self._rng
        homes: dict[NumberRange, str] = {}
        for customer in CUSTOMERS:
            self._tell(customer, Ordered(n=0, at=0, customer=customer, option=True))
        for first in (*SINGLES, None):
            numbers = NumberRange.single(first) if first else BLOCK
            homes[numbers] = draw.choice(CUSTOMERS)
            self._move(homes[numbers], numbers)
        for _ in range(draw.randint(6, 14)):
            self._wish(homes)
        for _ in range(draw.randint(6, 16)):
            self._signal()
        for numbers, customer in homes.items():
            chance = draw.random()
            if chance < 0.25:
                self._move(customer, numbers, ported=False)
            elif chance < 0.4 and numbers.is_single:
                self._move(customer, numbers, out=True)
        if draw.random() < 0.2:
            self._tell("K-2", Cancelled(n=0, at=0, customer="K-2"))
        return self._story

    def _tell(self, actor: str, step: Step) -> None:
        steps = self._story.actors.setdefault(actor, [])
        steps.append(replace(step, n=next(self._n)))

    def _move(
        self,
        customer: str,
        numbers: NumberRange,
        *,
        out: bool = False,
        ported: bool = True,
    ) -> None:
        line = self._rng.choice(list(LINES))
        step = Moved(
            n=0,
            at=0,
            customer=customer,
            numbers=numbers,
            line=line,
            elements=LINES[line],
            out=out,
            ported=ported,
        )
        self._tell(f"numbers {numbers}", step)

    def _wish(self, homes: dict[NumberRange, str]) -> None:
        draw = self._rng
        around = draw.choice(list(homes))
        numbers = around
        if not around.is_single and draw.random() < 0.5:
            numbers = NumberRange.single(draw.choice(INSIDE))
        removes = draw.random() < 0.15
        rule = None if removes else Rule(draw.random() < 0.8, draw.choice(TARGETS))
        step = Wished(
            n=0,
            at=0,
            customer=homes[around],
            numbers=numbers,
            verb="remove" if removes else "set",
            rule=rule,
        )
        self._tell(homes[around], step)

    def _signal(self) -> None:
        alarm = f"a{self._rng.randrange(ALARMS)}"
        down = not self._down.get(alarm, False)
        self._down[alarm] = down
        if down:  # the end of an alarm is where it began
            self._places[alarm] = self._rng.choice([*LINES, "AN-1"])
        step = Signalled(
            n=0,
            at=0,
            source="probe",
            alarm=alarm,
            down=down,
            element=self._places[alarm],
            lines=(),
            kind="fault",
            by_http=False,
        )
        self._tell("probe", step)
