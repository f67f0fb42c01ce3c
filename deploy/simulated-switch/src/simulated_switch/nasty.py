"""
Everything that goes wrong with a switch in real life, on request.

Each request has its own chances, drawn from the seed and its turn: what happens
to the n-th request does not depend on what happened to those before it.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulated_switch.values import Number

Chance = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000)]


class Manners(BaseModel):
    """How badly the switch behaves, and how often."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    seed: int = 0
    delay_ms: Annotated[list[Milliseconds], Field(min_length=2, max_length=2)] = [0, 0]
    fail_before: Chance = 0
    fail_after: Chance = 0
    reset_after: Chance = 0
    reorder: Chance = 0
    reorder_ms: Milliseconds = 2_000
    lose: Chance = 0
    refuse: list[Number] = []
    down: bool = False

    @model_validator(mode="after")
    def _delay_is_a_range(self) -> Self:
        if self.delay_ms[0] > self.delay_ms[1]:
            message = "delay_ms is [least, most]"
            raise ValueError(message)
        return self


GOOD_MANNERS = Manners()


@dataclass(frozen=True, slots=True)
class Fate:
    """What is going to happen to one request."""

    delay_seconds: float = 0
    fail_before: bool = False
    fail_after: bool = False
    reset_after: bool = False
    reorder: bool = False
    lose: float = 0
    refuse: frozenset[str] = frozenset()
    chances: Random = field(default_factory=Random)

    def loses(self) -> bool:
        """Draw whether the next operation is forgotten."""
        return self.lose > 0 and self.chances.random() < self.lose

    def refuses(self, operation: object) -> bool:
        """Tell whether it is about the rule of a number that is not welcome."""
        if not self.refuse or not isinstance(operation, dict):
            return False
        key = str(operation.get("key"))
        first, _, _ = key.removeprefix("rule/").partition("-")
        return key.startswith("rule/") and first in self.refuse


def draw(manners: Manners, turn: int) -> Fate:
    """Draw the fate of the request whose turn it is."""
    # Every chance is drawn, also those of zero: changing one moves no other.
    chances = Random(f"{manners.seed}/{turn}")  # noqa: S311 - to be repeated, not secret
    return Fate(
        delay_seconds=chances.uniform(*manners.delay_ms) / 1000,
        fail_before=chances.random() < manners.fail_before,
        fail_after=chances.random() < manners.fail_after,
        reset_after=chances.random() < manners.reset_after,
        reorder=chances.random() < manners.reorder,
        lose=manners.lose,
        refuse=frozenset(manners.refuse),
        chances=chances,
    )


class Nasty:
    """The manners of the switch now, and the requests it holds back."""

    def __init__(self) -> None:
        self.manners = GOOD_MANNERS
        self._turn = 0
        self._held_back: list[asyncio.Event] = []

    def behave(self, manners: Manners) -> None:
        """Change manners: the chances begin anew, and nothing is held back longer."""
        self.manners = manners
        self._turn = 0
        self.let_pass()

    def next_fate(self) -> Fate:
        """Take a turn."""
        self._turn += 1
        return draw(self.manners, self._turn)

    async def hold_back(self) -> None:
        """Wait until another request has passed, but not for ever."""
        passed = asyncio.Event()
        self._held_back.append(passed)
        await _first(passed, within=self.manners.reorder_ms / 1000)

    def let_pass(self) -> None:
        """Tell those held back that they have been overtaken."""
        held_back, self._held_back = self._held_back, []
        for passed in held_back:
            passed.set()


async def _first(passed: asyncio.Event, *, within: float) -> None:
    try:
        await asyncio.wait_for(passed.wait(), within)
    except TimeoutError:
        return
