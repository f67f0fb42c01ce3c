"""What sources tell beside states: maintenance, flapping, gaps, restarts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.postgres import Connection
from contracts.event import derived_id
from outage_watcher.domain.board import Board
from outage_watcher.domain.evidence import Word
from outage_watcher.domain.remark import Remark
from outage_watcher.domain.window import Phase, Window
from outage_watcher.store import OutageStore, SourceStore, WindowStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Machine

A_DAY = timedelta(days=1)
"""How long work lasts whose source does not say when it ends."""


async def heed(
    machine: Machine, remarks: Sequence[Remark], connection: Connection
) -> None:
    """Take what sources tell beside states: maintenance, flapping, gaps."""
    if not remarks:
        return
    await OutageStore(connection).lock()
    now = machine.clock.now()
    sources = SourceStore(connection)
    for remark in remarks:
        machine.telling.count_remark(remark)
        match remark.kind:
            case "incomplete":
                await sources.want(remark.source)
            case "restarted":
                await _doubt(remark, connection, now)
                await sources.want(remark.source)
            case "flapping_began" | "flapping_ended":
                await _flap(machine, remark, connection, now)
            case "maintenance_began" | "maintenance_ended":
                await _work(machine, remark, connection, now)


async def _doubt(remark: Remark, connection: Connection, now: datetime) -> None:
    places = sorted(Word(remark.element, remark.lines).places)
    store = OutageStore(connection)
    await store.doubt(remark.source, remark.alarm_id or "", places, now)


async def _flap(
    machine: Machine, remark: Remark, connection: Connection, now: datetime
) -> None:
    if not remark.alarm_id:
        return
    keys = [(remark.source, remark.alarm_id)]
    known = await known_of(connection, now, machine.policy, keys=keys)
    board = Board(known, now=now, policy=machine.policy)
    alarm = board.alarm(keys[0])
    if alarm:  # also without an outage: the next one must not begin with an old word
        begins = remark.kind == "flapping_began"
        board.renew(replace(alarm, flapping=begins, confirmed_at=now))
        await machine.telling.tell(board, connection, cause="remark")


async def _work(
    machine: Machine, remark: Remark, connection: Connection, now: datetime
) -> None:
    word = Word(remark.element, remark.lines, "planned", note=remark.note)
    if remark.alarm_id and not word.places:
        keys = [(remark.source, remark.alarm_id)]
        for alarm in await OutageStore(connection).alarms(keys):
            word = Word(alarm.word.element, alarm.word.lines, "planned")
    if not word.places:
        return
    own = [remark.work] if remark.work else sorted(word.places)
    window_id = derived_id("window", remark.source, *own)
    known = await WindowStore(connection).one(window_id)
    if remark.kind == "maintenance_ended":
        if known and known.is_running:
            await machine.move([known.moved(Phase.OVER)], connection, now)
        return
    told = Window(
        id=window_id,
        word=word,
        starts_at=min(remark.at or now, now),  # a clock may be fast
        ends_at=remark.until or now + A_DAY,
        takes_service=False,
        phase=Phase.RUNNING,
        planned_by=remark.source,
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
