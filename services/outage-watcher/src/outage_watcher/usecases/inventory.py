"""Lines that come, move to other elements, or go."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.numbers import LineConnected
from outage_watcher.domain.board import Board, Known
from outage_watcher.domain.correlation import reconsider
from outage_watcher.domain.evidence import Word
from outage_watcher.domain.outage import Outage
from outage_watcher.domain.topology import SOURCE as TOPOLOGY
from outage_watcher.store import InventoryStore, OutageStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Machine


async def connect(
    machine: Machine, events: Sequence[Received[LineConnected]], connection: Connection
) -> None:
    """Take what hangs on what; what moves or goes takes its outages along."""
    await OutageStore(connection).lock()
    now = machine.clock.now()
    inventory = InventoryStore(connection)
    before = await inventory.above(each.event.line for each in events)
    lines = await inventory.connect([each.event for each in events])
    after = await inventory.above(lines)
    chains = (*before.values(), *after.values())
    elements = {element for chain in chains for element in chain}
    await inventory.recount(elements)
    gone = {each.event.line for each in events if each.event.gone} & set(lines)
    known = await _concerned(machine, lines, elements, connection, now)
    if not (known.outages or known.failing):
        return
    board = Board(known, now=now, policy=machine.policy)
    for outage in board.open:
        _take_away(board, outage, gone)
    reconsider(board, board.failing | set(lines), elements)
    board.settle()
    await machine.telling.tell(board, connection, cause="inventory")


async def _concerned(
    machine: Machine,
    lines: Sequence[str],
    elements: set[str],
    connection: Connection,
    now: datetime,
) -> Known:
    """Return what hangs on the lines, and on the elements they left or came to."""
    return await known_of(
        connection,
        now,
        machine.policy,
        keys=[(TOPOLOGY, element) for element in sorted(elements)],
        words=[
            *(Word(None, (line,)) for line in lines),
            *(Word(element) for element in sorted(elements)),
        ],
        outages=await OutageStore(connection).naming(lines),
    )


def _take_away(board: Board, outage: Outage, gone: set[str]) -> None:
    """End an outage whose places are gone; one of more places loses those."""
    left = outage.report.places - gone
    if not left:
        board.close(outage, "decommissioned")
    elif left != outage.report.places:
        lines = tuple(line for line in outage.report.lines if line not in gone)
        rest = Word(outage.report.element, lines)
        board.correct(outage, lambda before: replace(before, places=rest))
