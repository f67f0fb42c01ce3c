"""Signs of life: of a source, and of the eyes with which it sees."""

from datetime import datetime

import structlog

from chassis.postgres import Connection
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.board import Board
from outage_watcher.store import OutageStore, SourceStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Heard, Machine

log = structlog.get_logger()


async def beat(
    machine: Machine, heard: Heard, connection: Connection, now: datetime
) -> None:
    """Note a sign of life, and let what it changes take effect."""
    source, at = heard.event.reported_by, min(heard.time, now)
    sources = SourceStore(connection)
    before = await sources.lost(now)
    await _note_beat(machine, heard.event, sources, at)
    after = await sources.lost(now)
    await sources.note(source, is_lost=source in after)
    if (source in before) == (source in after):
        return
    log.warning("source_lost" if source in after else "source_returned", source=source)
    if source in before:
        await sources.want(source)
        await sources.hold_anew(source, now)
    ids = await OutageStore(connection).of_source(source)
    outages = await machine.first_of(ids, connection, now)
    known = await known_of(connection, now, machine.policy, outages=outages)
    board = Board(known, now=now, policy=machine.policy)
    board.lost = before
    board.settle()
    board.lost = after
    board.settle()
    await machine.telling.tell(board, connection, cause="heartbeat")


async def _note_beat(
    machine: Machine, beat: NetworkSignal, sources: SourceStore, at: datetime
) -> None:
    source = beat.reported_by
    if eye := reading.eye_of(beat):
        if beat.state != "unknown":
            await sources.look(source, eye, sees=beat.state == "up", at=at)
    elif beat.state == "up":
        patience = machine.policy.of(source).heartbeat_timeout
        await sources.alive(source, at=at, patience=patience)
    elif beat.state == "down":
        await sources.silent(source, at=at)
