"""What readers hear of outages that recover: when they end, or that they do not."""

from datetime import datetime

from contracts.event import Event, derived_id
from contracts.outages import RecoveryNoticed
from outage_watcher.domain.board import Board, Move
from outage_watcher.domain.outage import Outage, State


def recoveries(board: Board) -> dict[str, Event]:
    """Return what readers hear last of holds that began, changed or were broken."""
    told: dict[str, Event] = {}
    last = {each[2].id: each for each in (*board.moves, *_recovering_at_first(board))}
    for before, after, outage in last.values():
        # When it is over, that is told, too.
        if State.RECOVERING in (before, after) and after is not State.OVER:
            told |= _noticed(board.changed.get(outage.id, outage), outage.since)
    for changed in board.rescheduled - last.keys():
        told |= _noticed(board.changed[changed], board.now)
    return told


def _noticed(outage: Outage, at: datetime) -> dict[str, Event]:
    if not outage.version or outage.is_over:
        return {}
    event = RecoveryNoticed(
        outage_id=outage.id, clears_at=outage.ends_at, noticed_at=at
    )
    return {derived_id(outage.id, f"{outage.state} {at.isoformat()}"): event}


def _recovering_at_first(board: Board) -> list[Move]:
    """Return what recovered untold below an element, and is told by now."""
    first = {each.outage_id for each in board.events if each.version == 1}
    return [
        (State.RECOVERING, State.RECOVERING, outage)
        for outage in board.open
        if outage.id in first and outage.state is State.RECOVERING
    ]
