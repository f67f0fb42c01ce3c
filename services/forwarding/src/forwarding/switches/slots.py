"""
A slot per number that the customer may use himself, and how we borrow it.

What stands there is kept before the first write, and only what is ours is ever taken
away: a setting that the customer makes meanwhile is his, now or when we give back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from chassis.logging import masked
from forwarding.slot_store import SlotStore
from forwarding.switch import Conflict

log = structlog.get_logger()

TRIES = 3
Value = Mapping[str, Any]


class NoSuchSubscriber(Exception):
    """The switch does not know the number: it never will by itself."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where calls of a number go."""

    number: str
    line_first: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in a slot, and what its switch needs to change exactly that."""

    value: dict[str, Any]
    tag: Any = None


class Slots(Protocol):
    """A switch with one slot a number; raises what its answers mean."""

    @property
    def name(self) -> str:
        """For metrics and logs."""

    async def read(self, number: str) -> Slot:
        """Return what stands there; raises NoSuchSubscriber."""

    async def write(self, number: str, value: Value, slot: Slot) -> None:
        """Write; raises Conflict when something else stands there by now."""

    def is_ours(self, value: Value) -> bool:
        """Tell whether the diversion there is ours."""

    def with_ours(self, value: Value, target: Target) -> dict[str, Any]:
        """Return the value with our diversion in it."""

    def without_ours(self, value: Value, before: Value) -> dict[str, Any]:
        """Return the value with what was there before."""

    async def close(self) -> None:
        """Let go of connections."""


async def borrow(slots: Slots, kept: SlotStore, number: str, target: Target) -> None:
    """Divert a number; repeating it changes nothing."""
    for _ in range(TRIES):
        slot = await slots.read(number)
        # First here, or the customer changed it meanwhile: he gets that back.
        theirs = slot.value
        if slots.is_ours(slot.value):
            before = await kept.before(number) or {}
            theirs = slots.without_ours(slot.value, before)
        want = slots.with_ours(theirs, target)
        await kept.take(number, before=theirs, ours=want)
        if slot.value == want:
            return
        try:
            await slots.write(number, want, slot)
        except Conflict:
            log.info("slot_changed_meanwhile", number=masked(number))
        else:
            return
    raise Conflict(f"{slots.name}: changes as often as we look")


async def give_back(slots: Slots, kept: SlotStore, number: str) -> None:
    """End our diversion of a number, and nothing but ours."""
    before = await kept.before(number)
    if before is None:
        return
    for _ in range(TRIES):
        slot = await slots.read(number)
        if not slots.is_ours(slot.value):
            break
        try:
            await slots.write(number, slots.without_ours(slot.value, before), slot)
        except Conflict:
            log.info("slot_changed_meanwhile", number=masked(number))
        else:
            break
    else:
        raise Conflict(f"{slots.name}: changes as often as we look")
    await kept.give_back(number)
