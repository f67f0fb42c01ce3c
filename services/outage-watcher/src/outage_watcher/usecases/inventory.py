"""Lines that come, move to other elements, or go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.numbers import LineConnected
from outage_watcher.domain.board import Board, Known, outage_id
from outage_watcher.domain.correlation import reconsider
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.topology import SOURCE as TOPOLOGY
from outage_watcher.store import InventoryStore, OutageStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Machine

Chains = Mapping[str, tuple[str, ...]]
"""Lines, and the elements above each."""


async def connect(
    machine: Machine, events: Sequence[Received[LineConnected]], connection: Connection
) -> None:
    """Take what hangs on what; what moves or goes takes its outages along."""
    store = OutageStore(connection)
    await store.lock()
    now = machine.clock.now()
    inventory = InventoryStore(connection)
    before = await inventory.above(each.event.line for each in events)
    lines = await inventory.connect([each.event for each in events])
    after = await inventory.above(lines)
    chains = (*before.values(), *after.values())
    elements = {element for chain in chains for element in chain}
    left = {line: before[line] for line in lines if line in before}
    await inventory.count(_difference(left, after), len(after) - len(left))
    waiting = await store.unplaced(lines=lines)
    known = await _concerned(machine, lines, elements, waiting, connection, now)
    if not (known.outages or known.failing or waiting):
        return
    board = Board(known, now=now, policy=machine.policy)
    for outage in board.open:
        if outage.report.places <= board.gone:
            board.close(outage, "decommissioned")
    for alarm in waiting:
        board.renew(alarm)  # counts where its line is back
    moved = {line for line, chain in after.items() if chain != before.get(line)}
    reconsider(board, board.failing | set(lines), elements, new=moved)
    board.settle()
    await machine.telling.tell(board, connection, cause="inventory")


def _difference(left: Chains, joined: Chains) -> Counter[str]:
    """Return by how many lines each element has more now, or fewer."""
    changes = Counter(each for chain in joined.values() for each in set(chain))
    changes.subtract(each for chain in left.values() for each in set(chain))
    return changes


async def _concerned(
    machine: Machine,
    lines: Sequence[str],
    elements: set[str],
    waiting: Sequence[Evidence],
    connection: Connection,
    now: datetime,
) -> Known:
    """Return what hangs on the lines, and on the elements they left or came to."""
    return await known_of(
        connection,
        now,
        machine.policy,
        keys=[
            *((TOPOLOGY, element) for element in sorted(elements)),
            *(each.key for each in waiting),
        ],
        words=[
            *(Word(None, (line,)) for line in lines),
            *(Word(element) for element in sorted(elements)),
        ],
        outages=await OutageStore(connection).naming(lines),
        new_ids=[outage_id(each.key, each.down_at) for each in waiting],
    )
