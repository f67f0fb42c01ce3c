"""The option, number by number: who has it now, and what is to be told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from chassis.clock import day_in_berlin
from provisioning.domain import numbers as n
from provisioning.domain.numbers import Movement, Status, Stays, Tenure
from provisioning.domain.option_changes import Grant, OptionChange, Telling
from provisioning.domain.orders import Order, contract_of, option_since


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from the facts about some numbers now."""

    changes: list[OptionChange]
    """To be told, in this order."""
    movements: list[Movement]
    """Those whose status is another than before."""

    @property
    def contested(self) -> list[Movement]:
        """Return the arrivals that wait until another customer has left."""
        return [m for m in self.movements if m.status == "contested"]


def settle(
    movements: Sequence[Movement],
    told: Iterable[OptionChange],
    orders: Mapping[str, Sequence[Order]],
    now: datetime,
) -> Settlement:
    """
    Return what to tell and to note so that all that is known has been told.

    All movements and changes that overlap each other belong in one call; `orders`
    are those of every customer among them. Settling again changes nothing.
    """
    telling = Telling(told, now)
    spans = [m.span for m in movements] + [n.span_of(r) for r in telling.facts]
    pieces = n.segments(spans)
    replaced = n.replaced(movements)
    stays = n.stays((m for m in movements if m.id not in replaced), pieces, now)
    holders = [
        _holder(there, telling.fact(piece))
        for there, piece in zip(stays, pieces, strict=True)
    ]
    grants = _grants(holders, orders)
    telling.end_blocks(pieces, grants, holders)
    telling.begin_blocks(pieces, grants)
    telling.settle_numbers(pieces, grants, holders)
    return Settlement(telling.changes, _noted(movements, replaced, stays, holders, now))


def _holder(there: Stays, told: OptionChange | None) -> Tenure | None:
    """Return whose stay counts: who has the number keeps it until he leaves."""
    having = told.grant.customer_number if told and not told.ended else None
    return min(
        there.values(),
        key=lambda stay: (
            stay.first.customer_number != having,
            stay.opened_at is None,
            stay.opened_at or stay.first.due_at,
            stay.first.as_of,
        ),
        default=None,
    )


def _grants(
    holders: Iterable[Tenure | None], orders: Mapping[str, Sequence[Order]]
) -> list[Grant | None]:
    @cache
    def granted(stay: Tenure) -> Grant | None:
        return _grant(stay, orders.get(stay.first.customer_number, ()))

    return [granted(stay) if stay else None for stay in holders]


def _grant(stay: Tenure, orders: Sequence[Order]) -> Grant | None:
    first, latest = stay.first, stay.latest
    contract = contract_of(stay.order_id, first.shape, first.told_at, orders)
    since = option_since(contract, orders) if contract else None
    if contract is None or since is None:
        return None
    return Grant(
        latest.numbers,
        first.customer_number,
        contract.order_id,
        contract.product,
        latest.line,
        stay.extension,
        max(first.effective_on, day_in_berlin(since)),
    )


def _noted(
    movements: Iterable[Movement],
    replaced: set[int],
    stays: Iterable[Stays],
    holders: Iterable[Tenure | None],
    now: datetime,
) -> list[Movement]:
    live = {stay.latest.id for stay in holders if stay}
    staying = {stay.latest.id for there in stays for stay in there.values()}

    def status(movement: Movement) -> Status:
        if movement.id in replaced:
            return "replaced"
        if not movement.is_due(now):
            return "planned"
        if movement.direction == "out":
            return "done"
        if movement.id in live:
            return "live"
        return "contested" if movement.id in staying else "ended"

    noted = (_with_status(movement, status(movement), now) for movement in movements)
    return [new for new, old in zip(noted, movements, strict=True) if new != old]


def _with_status(movement: Movement, status: Status, now: datetime) -> Movement:
    opened = movement.opened_at or (now if status in ("live", "done") else None)
    return replace(movement, status=status, opened_at=opened)
