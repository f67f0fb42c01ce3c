"""
What is in effect, and why: derived from facts, never toggled.

Everything here is pure. The same rules stand in SQL where a mass flip needs them
(`moved` in the migrations); a test holds the two against each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.forwardings import Cause, CauseType, RuleSetting
from contracts.number_range import NumberRange
from contracts.phone_number import PhoneNumber


@dataclass(frozen=True, slots=True)
class Option:
    """The option of a number or block, as provisioning told it last."""

    numbers: NumberRange
    customer_number: str
    line: str
    enabled: bool
    version: int


@dataclass(frozen=True, slots=True)
class KeptRule:
    """Whose a rule is, and from when: by the option that its customer had then."""

    customer_number: str
    wished_at: datetime
    option_version: int | None

    def is_before(self, version: int, at: datetime) -> bool:
        """Return whether a fact on the option is newer; by its time if need be."""
        if self.option_version is None:
            return self.wished_at <= at
        return self.option_version < version


@dataclass(frozen=True, slots=True)
class Arming:
    """What the switch shall hold for a number or block, ready for an outage."""

    numbers: NumberRange
    customer_number: str
    places: tuple[str, ...]
    """The line, then the elements above it."""
    target: PhoneNumber | None
    keep_extension: bool = False
    fallback: PhoneNumber | None = None
    target_places: tuple[str, ...] = ()
    """Where the target itself hangs, when it is a number of this carrier."""
    planned: bool = True
    line_first: bool = False
    alone: bool = False
    """It is not its block's: another customer's or gone. Only causes of its own divert
    it, and the block's rule diverts no call to a number that lengthens it."""
    source: Literal["own", "block"] = "own"

    @property
    def off(self) -> bool:
        """Return whether this is an exception: not forwarded though its block is."""
        return self.target is None

    @property
    def line(self) -> str:
        """Return the access line."""
        return self.places[0]


@dataclass(frozen=True, slots=True)
class OpenOutage:
    """An outage that takes voice now, at these places."""

    outage_id: str
    places: frozenset[str]
    since: datetime
    planned: bool = False


@dataclass(frozen=True, slots=True)
class ActiveCause:
    """A drill or »divert now« that the switch knows of."""

    type: CauseType
    id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Diversion:
    """Calls go to the target, because of these causes."""

    target: PhoneNumber | None
    """None: the target's own line is down and there is no fallback."""
    causes: tuple[Cause, ...]


def block_around(numbers: NumberRange, options: Iterable[Option]) -> Option | None:
    """Return the option of the block in which a single number lies."""
    if not numbers.is_single:
        return None
    around = (
        one
        for one in options
        if not one.numbers.is_single
        and one.numbers.first <= numbers.first <= one.numbers.last
    )
    return max(around, key=_nearness, default=None)


def _nearness(block: Option) -> tuple[bool, int, str]:
    """Return what decides between blocks that overlap: always the same one."""
    return block.enabled, -block.numbers.size, block.numbers.first


def option_in_force(own: Option | None, block: Option | None) -> Option | None:
    """Return which option a number has: its own fact wins over its block's."""
    option = own or block
    return option if option and option.enabled else None


def arming_of(
    numbers: NumberRange,
    *,
    own: tuple[Option | None, RuleSetting | None],
    block: tuple[Option | None, RuleSetting | None],
    places: tuple[str, ...],
    apart: bool = False,
) -> Arming | None:
    """
    Return what the switch shall hold; None: nothing, the block's entry serves.

    `own` is the option and rule of exactly these numbers, `block` of the block around
    one. `apart`: it gets an entry without a rule of its own too. `places`: of the
    option in force, else of the block around; the caller adds those of the target.
    """
    option = option_in_force(own[0], block[0])
    stands_in_block = bool(block[0] and block[0].enabled)
    stranger = is_stranger(own[0], block[0])
    exception = _exception(numbers, block[0], places, alone=stranger or option is None)
    if option is None:
        return exception if stands_in_block and own[0] else None
    rule, source = _rule_for(own, block, option, apart=apart)
    if rule is None:
        return exception if stands_in_block and stranger else None
    if not rule.enabled or rule.target is None:
        return exception if stands_in_block else None
    keeps, target = rule.keep_extension, rule.target
    if source == "block" and keeps and block[0]:
        keeps, target = False, _extended(target, block[0].numbers, numbers)
    return replace(
        exception,
        customer_number=option.customer_number,
        places=places,
        target=target,
        keep_extension=keeps,
        fallback=rule.fallback_target,
        planned=rule.follows_planned_work,
        line_first=rule.line_first,
        source=source,
    )


def _exception(
    numbers: NumberRange,
    block: Option | None,
    places: tuple[str, ...],
    *,
    alone: bool,
) -> Arming:
    # Until now its calls were the block's: its customer hears that they are no more.
    customer = block.customer_number if block else ""
    return Arming(numbers, customer, places or ("",), None, alone=alone)


def _extended(target: str, block: NumberRange, inner: NumberRange) -> str:
    """Return where calls to a number of a block go that keeps its extensions."""
    other = NumberRange.starting(target, size=block.size)
    return block.same_extension_in(other, inner.first)


def _rule_for(
    own: tuple[Option | None, RuleSetting | None],
    block: tuple[Option | None, RuleSetting | None],
    option: Option,
    *,
    apart: bool,
) -> tuple[RuleSetting | None, Literal["own", "block"]]:
    if own[1] is not None:
        return own[1], "own"
    around = block[0]
    if around is None or not around.enabled or is_stranger(own[0], around):
        return None, "own"
    # The block's rule, on the number's own line or for a cause of its own.
    return block[1] if apart or option.line != around.line else None, "block"


def is_stranger(own: Option | None, block: Option | None) -> bool:
    """Return whether a number is another customer's than the block around it."""
    return bool(own and block and own.customer_number != block.customer_number)


def diversion(
    arming: Arming | None,
    outages: Iterable[OpenOutage],
    causes: Iterable[ActiveCause] = (),
    *,
    held: bool = False,
) -> Diversion | None:
    """Return where calls go now and why; None: they ring at the line."""
    if arming is None or arming.off or held:
        return None
    outages = list(outages)
    places = set(arming.places)
    why = [
        Cause(type="outage", id=outage.outage_id, since=outage.since)
        for outage in outages
        if places & outage.places and (arming.planned or not outage.planned)
    ]
    why += [Cause(type=cause.type, id=cause.id, since=cause.since) for cause in causes]
    if not why:
        return None
    down = frozenset().union(*(outage.places for outage in outages))
    target = arming.fallback if down & set(arming.target_places) else arming.target
    return Diversion(
        target, tuple(sorted(why, key=lambda cause: (cause.since, cause.id)))
    )
