"""What sources tell beside states: maintenance, flapping, gaps, restarts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.postgres import Connection
from contracts.event import derived_id
from outage_watcher.domain.board import Board
from outage_watcher.domain.evidence import Word
from outage_watcher.domain.notice import Notice
from outage_watcher.domain.window import Phase, Window
from outage_watcher.store import OutageStore, SourceStore, WindowStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Machine

A_DAY = timedelta(days=1)
"""How long work lasts whose source does not say when it ends."""


async def heed(
    machine: Machine, notices: Sequence[Notice], connection: Connection
) -> None:
    """Take what sources tell beside states: maintenance, flapping, gaps."""
    if not notices:
        return
    await OutageStore(connection).lock()
    now = machine.clock.now()
    sources = SourceStore(connection)
    for notice in notices:
        machine.telling.count_notice(notice)
        match notice.kind:
            case "incomplete":
                await sources.want(notice.source)
            case "restarted":
                await _doubt(notice, connection, now)
                await sources.want(notice.source)
            case "flapping_began" | "flapping_ended":
                await _flap(machine, notice, connection, now)
            case "maintenance_began" | "maintenance_ended":
                await _work(machine, notice, connection, now)


async def _doubt(notice: Notice, connection: Connection, now: datetime) -> None:
    places = sorted(Word(notice.element, notice.lines).places)
    store = OutageStore(connection)
    await store.doubt(notice.source, notice.alarm_id or "", places, now)


async def _flap(
    machine: Machine, notice: Notice, connection: Connection, now: datetime
) -> None:
    if not notice.alarm_id:
        return
    keys = [(notice.source, notice.alarm_id)]
    known = await known_of(connection, now, machine.policy, keys=keys)
    board = Board(known, now=now, policy=machine.policy)
    alarm = board.alarm(keys[0])
    if alarm:  # also without an outage: the next one must not begin with an old word
        begins = notice.kind == "flapping_began"
        board.renew(replace(alarm, flapping=begins, confirmed_at=now))
        await machine.telling.tell(board, connection, cause="notice")


async def _work(
    machine: Machine, notice: Notice, connection: Connection, now: datetime
) -> None:
    word = Word(notice.element, notice.lines, "planned", note=notice.note)
    if notice.alarm_id and not word.places:
        keys = [(notice.source, notice.alarm_id)]
        for alarm in await OutageStore(connection).alarms(keys):
            word = Word(alarm.word.element, alarm.word.lines, "planned")
    if not word.places:
        return
    window_id = derived_id("window", notice.source, *sorted(word.places))
    known = await WindowStore(connection).one(window_id)
    if notice.kind == "maintenance_ended":
        if known and known.is_running:
            await machine.move([known.moved(Phase.OVER)], connection, now)
        return
    begins, ends = notice.at or now, notice.until or now + A_DAY
    if ends > now:
        version = known.version + 1 if known else 1
        running = Window(
            id=window_id,
            word=word,
            starts_at=begins,
            ends_at=ends,
            takes_service=False,
            phase=Phase.RUNNING,
            version=version,
            planned_by=notice.source,
            external=True,
        )
        await machine.move([running], connection, now)
