"""Random facts of every kind about a few numbers, and where each must end."""

import asyncio
import random

from contracts.event import Event, new_id
from support.forwarding_facts import MOBILE, SECOND, STRANGER
from support.forwarding_facts import Facts as Story
from support.forwarding_world import HOME, NOWHERE, Facts, World, newest
from support.switch_lab import SwitchLab

BLOCK = ("+498999998100", "+498999998109")
INSIDE = [f"+49899999810{n}" for n in range(10)]
OUTSIDE = ["+498999998300", "+498999998301", "+498999998302"]
ELSEWHERE = "+493023125100"  # the first of ten that are nobody's
SECOND_BLOCK = ("+498999998200", "+498999998209")
SECOND_INSIDE = [f"+49899999820{n}" for n in range(10)]
LINES, NODES, REGION = ["A", "B", "C"], ["node 1", "node 2"], "region"


class Dice:
    """Throws facts of every kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a story, no secret
        self.story = Story()
        self.outages: list[str] = []

    def opening(self) -> list[Event]:
        """Return facts to begin with, so that much happens soon."""
        lines = [
            self.story.line_connected(line, [self.random.choice(NODES), REGION])
            for line in LINES
        ]
        block = self.story.enabled(BLOCK[0], "A", last=BLOCK[1])
        singles = [
            self.story.enabled(number, self.random.choice(LINES)) for number in OUTSIDE
        ]
        first, last = SECOND_BLOCK
        second = self.story.enabled(first, self.random.choice(LINES), last=last)
        armed = self.story.rule(BLOCK[0], MOBILE, last=BLOCK[1])
        first_rule = self.rule(OUTSIDE[0], None)
        return [*lines, block, second, *singles, armed, first_rule]

    def throw(self) -> Event:
        """Return any fact."""
        kinds = [self.line, self.option, self.wish, self.wish, self.use, self.hold]
        return self.random.choice([*kinds, *[self.outage] * 5])()

    def line(self) -> Event:
        above = self.random.choice([[], [REGION], [self.random.choice(NODES), REGION]])
        return self.story.line_connected(self.random.choice(LINES), above)

    def scope(self) -> tuple[str, str | None]:
        single = self.random.choice([*INSIDE[:3], *OUTSIDE, SECOND_INSIDE[2]])
        some = [BLOCK, BLOCK, SECOND_BLOCK, *[(single, None)] * 5]
        return self.random.choice(some)

    def option(self) -> Event:
        number, last = self.scope()
        stranger = number in INSIDE[:3] and self.random.random() < 0.2
        customer = STRANGER if stranger and not last else "K1000"
        if self.random.random() < 0.35:
            return self.story.disabled(number, last=last, customer=customer)
        line = self.random.choice(LINES)
        return self.story.enabled(number, line, last=last, customer=customer)

    def hold(self) -> Event:
        name = self.random.choice([MOBILE, SECOND, OUTSIDE[1], SECOND_BLOCK[0]])
        held = self.random.random() < 0.4
        if self.random.random() < 0.3:
            customer = self.random.choice(["K1000", STRANGER])
            return self.story.held("customer", customer, held=held)
        return self.story.held("target", name, held=held)

    def wish(self) -> Event:
        number, last = self.scope()
        if self.random.random() < 0.2:
            return self.story.wish(number, last=last, action="remove")
        return self.rule(number, last)

    def rule(self, number: str, last: str | None) -> Event:
        ours = [*OUTSIDE, INSIDE[1], INSIDE[5], f"{SECOND_BLOCK[0]}7"]
        target = self.random.choice([MOBILE, SECOND, None, *ours])
        more: dict[str, object] = {}
        if target in ours and self.random.random() < 0.5:
            more["fallback_target"] = MOBILE
        if last and self.random.random() < 0.4:
            target = self.random.choice([ELSEWHERE, SECOND_BLOCK[0]])
            more = {"keep_extension": True}
            if self.random.random() < 0.3:
                more["fallback_target"] = MOBILE
        more["line_first"] = self.random.random() < 0.2
        more["follows_planned_work"] = self.random.random() < 0.7
        often = 0.3 if number in INSIDE[:3] else 0.05
        customer = STRANGER if self.random.random() < often else "K1000"
        return self.story.rule(
            number, target, last=last, rule=more, customer_number=customer
        )

    def use(self) -> Event:
        number, last = self.scope()
        return self.story.wish(
            number,
            last=last,
            action=self.random.choice(["start", "start", "stop"]),
            cause=self.random.choice(["manual", "drill"]),
        )

    def outage(self) -> Event:
        if self.outages and self.random.random() < 0.3 * len(self.outages):
            outage = self.random.choice(self.outages)
            if self.random.random() < 0.7:
                self.outages.remove(outage)
                return self.story.cleared(outage)
        else:
            outage = new_id()
            self.outages.append(outage)
        kind = self.random.choice(["fault", "fault", "planned", "degradation"])
        if self.random.random() < 0.5:
            place = self.random.choice([*LINES, *NODES, REGION])
            return self.story.detected(outage, place, kind=kind)
        some = self.random.sample(LINES, k=self.random.randint(1, 3))
        return self.story.detected(outage, lines=some, kind=kind)


async def see(world: World, heard: list[Event]) -> Facts:
    return await Facts.read(world.pool, newest(heard))


async def compare(world: World, switch: SwitchLab, facts: Facts) -> None:
    numbers = [*INSIDE, *SECOND_INSIDE, *OUTSIDE]
    calls = await asyncio.gather(*map(switch.call, numbers))
    for number, call in zip(numbers, calls, strict=True):
        wanted = facts.rings(number)
        real = HOME if not call["diverted"] else call["rings_at"] or NOWHERE
        assert real == wanted, f"{number} at the switch"
        words = [(w.version, w.rings) for w in world.said.get(number, [])][-5:]
        assert facts.by_words(world, number) == wanted, f"{number} as told: {words}"
