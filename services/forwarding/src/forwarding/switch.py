"""
The telephone switch behind one small port.

Operations are absolute and versioned: the switch refuses an older one, so a
process that slept and wakes up cannot bring an old state back. A timeout
means "unknown"; the same operation is then sent again, and an audit tells.
"""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, overload

from typing_extensions import override

from chassis.errors import Unavailable

Key = str
"""
`rule/<first>[-<last>]`, `flag/fault|planned/<place>`, `cause/<first>[-<last>]/<type>`
or `hold`; deploy/simulated-switch/README.md has their values.
"""


LARGEST_VERSION = 999_999_999
"""Kamailio counts with 31 bits and turns more into 0."""


class Operation(NamedTuple):
    """Be so: `value` under `key` from `version` on; None: nothing under it."""

    key: Key
    version: int
    value: Mapping[str, Any] | None


class Answer(NamedTuple):
    """What the switch says to one operation."""

    key: Key
    result: Literal["ok", "stale", "refused"]
    version: int | None
    """What it holds now; None: nothing, and never did."""
    reason: str | None = None
    """Why it is refused: it would be again, so it is parked and told, not repeated."""
    left: tuple[tuple[Key, str], ...] = ()
    """Rules that it moves and that the switch could not follow, and why."""


class Answers(Sequence[Answer]):
    """
    An answer to each operation, made for who looks: done, but for some.

    Who fills a switch does not look: 100,000 answers take a tenth of the time.
    """

    def __init__(
        self, operations: Sequence[Operation], others: Mapping[int, Answer]
    ) -> None:
        self._operations, self._others = operations, others

    @override
    def __len__(self) -> int:
        return len(self._operations)

    @overload
    def __getitem__(self, at: int) -> Answer: ...

    @overload
    def __getitem__(self, at: slice) -> list[Answer]: ...

    @override
    def __getitem__(self, at: int | slice) -> Answer | list[Answer]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        at = range(len(self))[at]
        one = self._operations[at]
        return self._others.get(at) or Answer(one.key, "ok", one.version)


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that the switch does not hold as it should."""

    key: Key
    kind: Literal["missing", "ahead", "stuck"]
    """Not there or older; newer or not the same there; no fact behind it."""
    version: int = 0
    """What the switch holds."""
    wanted: int = 0
    """What it should hold, by the facts as they were read; 0: nothing."""


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One life of a switch; `ready`: it knows its rules and takes calls."""

    boot: str
    ready: bool = True
    fence: int = 0
    """The highest that it was shown; 0 where it knows none."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind of switch can do; where it cannot, the adapter does more."""

    batch: int = 1000
    """Most operations in one call."""
    flags: bool = True
    """One write for a place diverts everything behind it, whatever its number."""
    blocks: Literal["native", "expanded"] = "native"
    """By prefix, lengthened numbers included; or number by number."""
    line_first: bool = True
    exclusive: bool = True
    """Nobody else writes there; else what the customer set is kept and restored."""
    audit: Literal["full", "each"] = "full"
    """Reads everything back at once, or asks for each number."""
    says_ready: bool = False
    """After a restart it takes no calls before it was told that it knows its rules."""


class Unreachable(Unavailable):
    """Nobody listens there: no program, so no calls either."""


class Fenced(Unavailable):
    """Somebody else is in charge of the switch by now: nothing of ours is taken."""


class Throttled(Unavailable):
    """The switch takes no more for now."""

    def __init__(self, after: float) -> None:
        super().__init__(f"switch: not before {after:g} s from now")
        self.after = after


class BadAnswer(Unavailable):
    """It answers, but not to the purpose: to everybody, or for one number alone."""

    def __init__(self, text: str, reason: str, *, writing: bool = False) -> None:
        super().__init__(text)
        self.reason, self.writing = reason, writing


class Silent(BadAnswer):
    """It took a request and answered nothing in time, to everybody or for one alone."""


class Conflict(Unavailable):
    """Somebody else changed the same entry meanwhile: read again, then decide."""

    reason, writing = "changed_meanwhile", False


Desired = Callable[[], AsyncGenerator[Sequence[Operation], None]]
"""Reads what a switch should hold from the beginning, some at once, ordered by key."""


async def one_by_one(desired: Desired) -> AsyncGenerator[Operation, None]:
    """Read what a switch should hold, for who compares entry by entry."""
    async with aclosing(desired()) as batches:
        async for some in batches:
            for one in some:
                yield one


class Switch(Protocol):
    """Where changes go; raises Unavailable when it is away."""

    @property
    def backend(self) -> str:
        """What kind of switch it is, for metrics."""

    @property
    def partial(self) -> bool:
        """Whether some part of it may not have every change."""

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Do the operations, each by itself; answers come in their order."""

    async def close(self) -> None:
        """Let go of connections."""


class SwitchNode(Switch, Protocol):
    """One node of the switch, as an adapter offers it."""

    name: str
    """For metrics and logs."""
    capabilities: Capabilities

    @property
    def boot(self) -> str | None:
        """Which life of the switch answered last: a new one has forgotten all."""

    async def incarnation(self) -> Incarnation:
        """Ask which life it is, cheaply."""

    def audit(self, desired: Desired) -> AsyncIterator[Difference]:
        """Compare everything that the switch holds with what it should hold."""

    async def ready(self, boot: str) -> None:
        """Say that this life knows its rules now; raises Unavailable for another."""
