"""Maintenance windows: planned, changed and cancelled by operators."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.operations import OutageCommanded
from outage_watcher.domain import reading
from outage_watcher.domain.evidence import Word
from outage_watcher.domain.window import Phase, Window
from outage_watcher.store import WindowStore
from outage_watcher.usecases.faults import (
    BadWindow,
    UnknownWindow,
    VersionConflict,
    WindowIsOver,
)
from outage_watcher.usecases.machine import Machine


class Planning:
    """Keeps the calendar of planned work."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def do(self, command: OutageCommanded, connection: Connection) -> Window:
        """Carry out one command about a window; raises Rejected."""
        now = self._machine.clock.now()
        if command.action == "plan":
            window = _planned(command)
        else:
            known = await WindowStore(connection).one(command.subject)
            window = _changed(known, command)
        _check(window, now)
        if window.phase is Phase.PLANNED and window.starts_at <= now:
            window = replace(window, phase=Phase.RUNNING)
        await self._machine.move([window], connection, now)
        return window


def _planned(command: OutageCommanded) -> Window:
    if command.starts_at is None or command.ends_at is None:
        raise BadWindow("Say when it starts and ends: starts_at and ends_at.")
    return Window(
        id=derived_id("window", command.command_id),
        word=_word(command),
        starts_at=_instant(command.starts_at),
        ends_at=_instant(command.ends_at),
        takes_service=command.takes_service is not False,
        planned_by=command.commanded_by,
    )


def _changed(known: Window | None, command: OutageCommanded) -> Window:
    if known is None:
        raise UnknownWindow(command.subject)
    if known.due_at is None:
        raise WindowIsOver(known.id)
    if command.expected_version not in (None, known.version):
        raise VersionConflict(command.expected_version or 0, known.version)
    if command.action == "cancel":
        return known.moved(Phase.CANCELLED)
    if known.is_running and command.starts_at not in (None, known.starts_at):
        raise BadWindow("It runs already: only its end can be changed.")
    news: dict[str, Any] = {}
    if command.starts_at:
        news["starts_at"] = _instant(command.starts_at)
    if command.ends_at:
        news["ends_at"] = _instant(command.ends_at)
    if command.takes_service is not None:
        news["takes_service"] = command.takes_service
    said = {
        name: value
        for name in ("voice_reachable", "note")
        if (value := getattr(command, name)) is not None
    }
    word = _word(command)
    if word.places:
        said |= {"element": word.element, "lines": word.lines}
    return replace(
        known, version=known.version + 1, word=replace(known.word, **said), **news
    )


def _check(window: Window, now: datetime) -> None:
    if window.phase is Phase.CANCELLED:
        return
    if not window.word.places:
        raise reading.Unmapped
    if window.ends_at <= window.starts_at:
        raise BadWindow("It must end after it starts.")
    if window.ends_at <= now:
        raise BadWindow("It would be over already: ends_at is in the past.")


def _word(command: OutageCommanded) -> Word:
    element = (command.element or "").strip() or None
    lines = {line.strip() for line in command.lines if line.strip()}
    return Word(
        element,
        tuple(sorted(lines)),
        "planned",
        command.voice_reachable,
        note=command.note,
    )


def _instant(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise BadWindow("Times need an offset, such as 2026-12-01T01:00:00+01:00.")
    return at.astimezone(UTC)
