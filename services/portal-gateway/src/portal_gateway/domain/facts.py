"""What is known of a customer's numbers, fact by fact, as events told it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from portal_gateway.domain.ends import End

Range = tuple[str, str]
"""The first and last number; both are the same for a single number."""


def is_block(span: Range) -> bool:
    """Tell whether the range is a block and no single number."""
    return span[0] != span[1]


def covers(block: Range, number: str) -> bool:
    """Tell whether the number lies in the range."""
    return len(number) == len(block[0]) and block[0] <= number <= block[1]


def same_extension(block: Range, number: str, target: str) -> str:
    """Return the number of the target's block with the extension of `number`."""
    return f"+{int(target[1:]) + int(number[1:]) - int(block[0][1:])}"


def last_of_target(span: Range, target: str | None, *, keeps: bool) -> str | None:
    """Return the last number of a block's target that is a block itself."""
    if target is None or not (keeps and is_block(span)):
        return None
    return same_extension(span, span[1], target)


def target_ends(span: Range, target: str | None, *, keeps: bool) -> Range | None:
    """Return both ends of a target, which are the same for a single number."""
    last = last_of_target(span, target, keeps=keeps)
    return (target, last or target) if target else None


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule as the customer set it."""

    enabled: bool = False
    target: str | None = None
    keep_extension: bool = False
    fallback_target: str | None = None
    follows_planned_work: bool = True
    line_first: bool = False
    """Calls try the line first, also while it is down."""

    @property
    def is_armed(self) -> bool:
        """Tell whether it diverts calls once there is a cause."""
        return self.enabled and self.target is not None

    def inside(self, block: Range, number: str) -> "Setting":
        """Return a block's rule as it holds for one number of the block."""
        if not (self.keep_extension and self.target):
            return self
        target = same_extension(block, number, self.target)
        return replace(self, target=target, keep_extension=False)


@dataclass(frozen=True, slots=True)
class Option:
    """The option of a number or block, on or ended."""

    span: Range
    customer_number: str
    order_id: str
    enabled: bool
    product: str | None
    line: str | None
    extension: str | None
    opened_on: date | None
    reason: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """A number that comes on a day."""

    span: Range
    line: str
    extension: str | None
    effective_on: date
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What was last asked for a number, and what was last said to be in force."""

    span: Range
    version: int
    wished: Setting | None
    asked_at: datetime
    asked_by: str
    settled_version: int = 0
    settled_at: datetime | None = None
    in_force: Setting | None = None
    flagged: str | None = None
    option_version: int | None = None
    """The newest fact on the option that was known when it was asked."""

    @property
    def is_pending(self) -> bool:
        """Tell whether the answer is still out."""
        return self.version > self.settled_version

    @property
    def shown(self) -> Setting | None:
        """Return the customer's own rule as he should see it; None: he has none."""
        return self.wished if self.is_pending else self.in_force

    @property
    def flag(self) -> str | None:
        """Return why the rule in force may not stand, if it may not."""
        return None if self.is_pending else self.flagged

    @property
    def at(self) -> datetime:
        """Return when the wish was last touched."""
        return max(self.asked_at, self.settled_at or self.asked_at)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a number is diverted."""

    type: str
    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Applied:
    """What the network does with calls to a number since `at`."""

    span: Range
    in_effect: bool
    target: str | None
    keep_extension: bool
    causes: tuple[Cause, ...]
    version: int
    at: datetime
    partial: bool = False
    """A node of the network's switch is away and gets it before it takes calls."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What the network did not do yet."""

    span: Range
    code: str
    attempts: int
    version: int
    at: datetime

    @property
    def rings_nowhere(self) -> bool:
        """Whether a diverted number rings nowhere by it; else it still rings there."""
        return self.code == "target_down"


@dataclass(frozen=True, slots=True)
class Started:
    """A cause that a person started and nobody stopped."""

    span: Range
    cause: Cause
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure of places, open or past."""

    id: str
    kind: str
    since: datetime
    estimated_end: datetime | None
    voice_reachable: bool
    places: frozenset[str]
    is_open: bool = True
    cleared_at: datetime | None = None
    reason: str | None = None
    note: str | None = None
    touched: frozenset[str] = frozenset()
    clears_at: datetime | None = None
    """It works again: when it is over, unless it fails before."""
    flapping: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Work that is planned at places."""

    id: str
    state: str
    places: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    takes_calls: bool
    note: str | None = None


@dataclass(frozen=True)
class Picture:
    """All facts on the numbers of one customer, or of those around one number."""

    now: datetime
    today: date
    options: dict[Range, Option]
    planned: Mapping[Range, Sequence[Planned]] = field(default_factory=dict)
    """The days on which a range comes, as they are to be expected."""
    wishes: dict[Range, Wish] = field(default_factory=dict)
    applied: dict[Range, Applied] = field(default_factory=dict)
    failed: dict[Range, Failed] = field(default_factory=dict)
    started: dict[Range, list[Started]] = field(default_factory=dict)
    ended: dict[Range, End] = field(default_factory=dict)
    lines: dict[str, frozenset[str]] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    closed: frozenset[str] = frozenset()
    """The outages that were told as causes and are over since, or elsewhere."""
    stopped: frozenset[tuple[Range, str]] = frozenset()
    """What a person started (manual, drill) and stopped again."""

    @cached_property
    def blocks(self) -> list[Range]:
        """Return the enabled blocks, lowest first."""
        return sorted(
            span
            for span, option in self.options.items()
            if option.enabled and is_block(span)
        )

    def block_of(self, number: str) -> Range | None:
        """Return the enabled block in which the number lies."""
        return find_block(self.blocks, number)

    def is_here(self, span: Range) -> bool:
        """Tell whether the option is on: for the range itself, or by its block."""
        if (option := self.options.get(span)) or is_block(span):
            return option is not None and option.enabled
        return self.block_of(span[0]) is not None

    def has_ended(
        self, span: Range, *, since: datetime, after: int | None = None
    ) -> bool:
        """
        Tell whether the option of the range, or of its block, ended since then.

        After a version of it where that is known: clocks of services may differ.
        """
        if not self.ended:
            return False  # as with most customers; asked of every number they have
        block = None if is_block(span) else self._block_that_was(span)
        ends = (self.ended.get(one) for one in (span, block) if one)
        return any(end is not None and end.is_after(after, since) for end in ends)

    def _block_that_was(self, span: Range) -> Range | None:
        """Return the block whose end a number shared: none that ended beside it."""
        own = self.options.get(span)
        if own is None or not own.enabled:
            return self.block_of(span[0])
        block = find_block(self._ended_blocks, span[0])
        came_later = block and self.ended[block].is_before(own.opened_on, own.version)
        return block if came_later else None

    @cached_property
    def _ended_blocks(self) -> list[Range]:
        return sorted(filter(is_block, self.ended))

    def option_version(self, span: Range) -> int | None:
        """Return the newest fact that is known on the option of the range or block."""
        block = None if is_block(span) else self.block_of(span[0])
        known = (self.options.get(one) for one in (span, block) if one)
        return max((one.version for one in known if one), default=None)

    def places_of(self, line: str | None) -> frozenset[str]:
        """Return the line and all elements above it."""
        return frozenset({line} if line else ()) | self.lines.get(
            line or "", frozenset()
        )


def find_block(blocks: list[Range], number: str) -> Range | None:
    """Return the block of the sorted, disjoint `blocks` that holds the number."""
    place = bisect_right(blocks, (number, "~")) - 1
    for block in reversed(blocks[max(0, place - 2) : place + 1]):
        if covers(block, number):
            return block
    return None
