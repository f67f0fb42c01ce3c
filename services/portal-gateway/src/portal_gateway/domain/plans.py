"""Which plans hold, of all that porting and inventory told of a customer's numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from chassis.clock import start_of_day
from portal_gateway.domain.facts import Planned, Range


@dataclass(frozen=True, slots=True)
class Plan:
    """A fact: numbers come to a customer's line on a day, or leave him."""

    numbers: Range
    leaves: bool
    effective_on: date
    told_at: datetime
    line: str = ""
    ported: bool = True
    """From or to another carrier; False: provisioned or moved here."""

    @property
    def order(self) -> tuple[date, datetime, bool, str]:
        """Return what orders plans: the day, then what was told last."""
        return (self.effective_on, self.told_at, self.leaves, self.line)

    @property
    def told(self) -> tuple[datetime, date, str]:
        """Return what says which of two was told last."""
        return (self.told_at, self.effective_on, self.line)


@dataclass(frozen=True, slots=True)
class Arrival(Plan):
    """A plan, with what is shown of it until its numbers are here."""

    extension: str | None = None
    order_id: str | None = None
    has_option: bool = True

    @property
    def shown(self) -> Planned:
        """Return what its customer sees."""
        return Planned(
            self.numbers, self.line, self.extension, self.effective_on, self.order_id
        )


P = TypeVar("P", bound=Plan)


def holding(plans: Iterable[P]) -> list[P]:
    """Return those that no newer one replaced before their day began."""
    alike: defaultdict[Range, list[P]] = defaultdict(list)
    for plan in plans:
        alike[plan.numbers].append(plan)
    return [
        old
        for known in alike.values()
        for old in known
        if not any(_replaces(new, old, known) for new in known)
    ]


def to_come(plans: Iterable[Arrival], today: date) -> Mapping[Range, Sequence[Planned]]:
    """Return arrivals with the option by their numbers, as they are to be expected."""
    held = holding(plans)
    leaving: defaultdict[Range, list[Plan]] = defaultdict(list)
    for plan in held:
        if plan.leaves:
            leaving[plan.numbers].append(plan)
    found: defaultdict[Range, list[Planned]] = defaultdict(list)
    told_last = sorted(held, key=lambda one: one.told, reverse=True)
    for plan in sorted(told_last, key=lambda one: _nearness(one, today)):
        # What leaves on the day on which it comes never does: it was called off.
        until = max(today, plan.effective_on)
        is_gone = any(
            left.order > plan.order and left.effective_on <= until
            for left in leaving[plan.numbers]
        )
        if plan.has_option and not plan.leaves and not is_gone:
            found[plan.numbers].append(plan.shown)
    return found


def _nearness(plan: Plan, today: date) -> tuple[bool, int]:
    """Sort the newest whose day began before those to come, which come in order."""
    days = (plan.effective_on - today).days
    return days > 0, abs(days)


def _replaces(new: Plan, old: Plan, known: Iterable[Plan]) -> bool:
    return (
        new.leaves == old.leaves
        and new.told > old.told
        and new.told_at < start_of_day(old.effective_on)
        and not _is_next_move(new, old)
        and not any(_parts(between, old, new) for between in known)
    )


def _is_next_move(new: Plan, old: Plan) -> bool:
    """Tell whether the newer one is a step of its own, to another line."""
    return (
        not new.leaves
        and not (new.ported and old.ported)
        and new.line != old.line
        and new.effective_on > old.effective_on
    )


def _parts(between: Plan, old: Plan, new: Plan) -> bool:
    """Tell whether the numbers left (or came back) between two plans."""
    is_between = old.effective_on <= between.effective_on <= new.effective_on
    return between.leaves != old.leaves and is_between
