"""
Network operations: what is down, what is planned, and commands to outage-watcher.

A command is an event; what it did comes back as events, too. So a command can be given
while outage-watcher is down, and the page says that the answer is out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from chassis import outbox
from contracts.event import new_id
from contracts.operations import OutageCommand, OutageCommanded
from portal_gateway.domain.refused import Refused
from portal_gateway.store import history, operations
from portal_gateway.store.operations import Command, Situation, Window
from portal_gateway.store.sessions import Session
from portal_gateway.usecases.gateway import Gateway

SHOWN_AFTER_END: Final = timedelta(days=1)
MOST_SHOWN: Final = 200
MOST_COMMANDS: Final = 20
MOST_PLACES: Final = 1000
LONGEST_PLACE: Final = 255
NAMES_PLACES: Final = frozenset({"declare", "extend", "reduce", "plan"})
NEEDS_SUBJECT: Final = frozenset(
    {"extend", "reduce", "correct", "withdraw", "clear", "replan", "cancel"}
)


@dataclass(frozen=True, slots=True)
class Board:
    """All that network operations have before them."""

    outages: Sequence[Situation]
    windows: Sequence[Window]
    commands: Sequence[Command]


@dataclass(frozen=True, slots=True)
class Order:
    """A command as somebody gives it; `more` goes into the event as it is."""

    action: OutageCommand
    because: str
    subject: str | None = None
    places: Sequence[str] = ()
    command_id: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


async def board(gateway: Gateway) -> Board:
    """Return open and just ended outages, planned work and the newest commands."""
    since = gateway.now() - SHOWN_AFTER_END
    async with gateway.transaction() as connection:
        return Board(
            await operations.situations(connection, since, MOST_SHOWN),
            await operations.windows(connection, since, MOST_SHOWN),
            await operations.commands(connection, MOST_COMMANDS),
        )


async def command(gateway: Gateway, session: Session, order: Order) -> str:
    """Tell outage-watcher; the same id again has no second effect."""
    places = _places(order)
    event = OutageCommanded(
        command_id=order.command_id or new_id(),
        action=order.action,
        subject=_subject(order, places),
        element=places[0] if len(places) == 1 else None,
        lines=places if len(places) > 1 else (),
        because=_because(order),
        commanded_by=session.name,
        commanded_at=gateway.now(),
        **order.more,
    )
    _check_times(event)
    async with gateway.transaction() as connection:
        if await operations.add(connection, event):
            await outbox.add(connection, event, at=event.commanded_at)
            await history.note(
                connection,
                "outage_commanded",
                at=event.commanded_at,
                actor=session.name,
                detail={
                    "action": event.action,
                    "subject": event.subject,
                    "command_id": event.command_id,
                },
            )
    return event.command_id


def _places(order: Order) -> tuple[str, ...]:
    places = tuple(dict.fromkeys(place.strip() for place in order.places))
    places = tuple(place for place in places if place)
    if order.action in NAMES_PLACES and not places:
        raise Refused("places_missing")
    if len(places) > MOST_PLACES:
        raise Refused("too_many_places", facts={"places": MOST_PLACES})
    if any(len(place) > LONGEST_PLACE for place in places):
        raise Refused("place_too_long", facts={"most": LONGEST_PLACE})
    return places


def _subject(order: Order, places: tuple[str, ...]) -> str:
    if order.action in NEEDS_SUBJECT:
        if not order.subject:
            raise Refused("subject_missing")
        return order.subject
    return places[0]


def _because(order: Order) -> str:
    because = order.because.strip()
    if not because:
        raise Refused("because_missing")
    return because


def _check_times(event: OutageCommanded) -> None:
    if event.unmeant:
        raise Refused("time_out_of_range")
    if event.starts_at and event.ends_at and event.ends_at <= event.starts_at:
        raise Refused("window_ends_before_start")
