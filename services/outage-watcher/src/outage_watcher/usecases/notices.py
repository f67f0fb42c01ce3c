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
    own = [notice.work] if notice.work else sorted(word.places)
    window_id = derived_id("window", notice.source, *own)
    known = await WindowStore(connection).one(window_id)
    if notice.kind == "maintenance_ended":
        if known and known.is_running:
            await machine.move([known.moved(Phase.OVER)], connection, now)
        return
    told = Window(
        id=window_id,
        word=word,
        starts_at=min(notice.at or now, now),  # a clock may be fast
        ends_at=notice.until or now + A_DAY,
        takes_service=False,
        phase=Phase.RUNNING,
        planned_by=notice.source,
        external=True,
    )
    running = _joined(told, known)
    if running.ends_at > now:
        await machine.move([running], connection, now)


def _joined(window: Window, known: Window | None) -> Window:
    """Return work that is told again: it began when that was told first."""
    if known is None:
        return window
    window = replace(window, version=known.version + 1)
    if not known.is_running:
        return window
    return replace(
        window,
        starts_at=min(window.starts_at, known.starts_at),
        ends_at=max(window.ends_at, known.ends_at),
    )
