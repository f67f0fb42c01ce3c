"""What is played: the people, numbers and network, and each fact about them."""

from dataclasses import dataclass, field
from typing import Literal

from contracts.number_range import NumberRange

Verb = Literal["set", "remove", "start", "stop"]
HUB = "K-HUB"
"""A customer whose numbers are targets of others."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a customer sets."""

    enabled: bool
    target: str
    keep_extension: bool = False
    fallback: str | None = None
    planned: bool = True

    @property
    def body(self) -> dict[str, object]:
        """Return it as the gateway takes it."""
        return {
            "enabled": self.enabled,
            "target": self.target,
            "keep_extension": self.keep_extension,
            "fallback_target": self.fallback,
            "follows_planned_work": self.planned,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fact; of two about the same thing the one with the higher `n` is newer."""

    n: int
    at: float
    """When it is told, as a share of the whole play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered(Step):
    """A product order, or the option added to it later."""

    customer: str
    option: bool
    extends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(Step):
    """The option is given back."""

    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Step):
    """Numbers come to a line, or leave."""

    customer: str
    numbers: NumberRange
    line: str
    elements: tuple[str, ...]
    out: bool = False
    ported: bool = True
    handover: bool = False
    """Another customer gets the number next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished(Step):
    """A customer's wish."""

    customer: str
    numbers: NumberRange
    verb: Verb
    rule: Rule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled(Step):
    """What a monitoring source says of an alarm."""

    source: str
    alarm: str
    down: bool
    element: str | None
    lines: tuple[str, ...]
    kind: Literal["fault", "planned"]
    by_http: bool

    @property
    def places(self) -> frozenset[str]:
        """Return everything it names."""
        return frozenset((*self.lines, *((self.element,) if self.element else ())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Step):
    """An operator takes an alarm's outage back."""

    source: str
    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned(Step):
    """A message that can never succeed."""

    topic: str
    kind: str
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(slots=True)
class Story:
    """All facts, by who tells them and in the order in which they are told."""

    seed: int
    actors: dict[str, list[Step]] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        """Return the facts from the oldest to the newest."""
        return sorted(
            (step for steps in self.actors.values() for step in steps),
            key=lambda step: step.n,
        )

    @property
    def customers(self) -> list[str]:
        """Return everybody who has numbers."""
        return sorted({s.customer for s in self.steps if isinstance(s, Moved)})
