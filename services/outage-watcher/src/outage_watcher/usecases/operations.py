"""What operators command: each command has one effect, one answer and one audit row."""

from dataclasses import replace
from typing import Any

from chassis import outbox
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.operations import OutageCommandAnswered, OutageCommanded
from outage_watcher import metrics
from outage_watcher.domain import reading
from outage_watcher.domain.board import Board
from outage_watcher.domain.correlation import reconsider
from outage_watcher.domain.evidence import Word
from outage_watcher.domain.outage import OPERATOR, Lost, Outage, Reason
from outage_watcher.domain.report import Correction
from outage_watcher.store import CommandStore, OutageStore, SourceStore, WindowStore
from outage_watcher.usecases.faults import (
    EndIsPast,
    OutageIsOver,
    TimeOutOfRange,
    UnknownOutage,
    UnknownWindow,
    VersionConflict,
)
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Machine, id_of
from outage_watcher.usecases.planning import Planning
from outage_watcher.usecases.shown import shown, shown_window

ENDS: dict[str, Reason] = {"withdraw": "withdrawn", "clear": "operator"}
SAID = ("kind", "voice_reachable", "estimated_end", "note")


class Operations:
    """Carries out commands; the outages follow as if a source had spoken."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._planning = Planning(machine)

    async def on_command(
        self, received: Received[OutageCommanded], connection: Connection
    ) -> None:
        """Carry out a command from Kafka."""
        await self.execute(received.event, connection)

    async def execute(
        self, command: OutageCommanded, connection: Connection
    ) -> OutageCommandAnswered:
        """Carry out a command once; its repeat gets the same answer again."""
        await OutageStore(connection).lock()
        audit = CommandStore(connection)
        answer = await audit.answer_to(command.command_id)
        if answer is None:
            answer = await self._answer(command, connection)
            await audit.keep(command, answer)
            metrics.COMMANDS.labels(command.action, answer.outcome).inc()
        event_id = derived_id("answer", command.command_id)
        await outbox.add(
            connection, answer, at=self._machine.clock.now(), event_id=event_id
        )
        return answer

    async def before(
        self, command_id: str, connection: Connection
    ) -> OutageCommanded | None:
        """Return what was commanded by this id; none comes in between until commit."""
        await OutageStore(connection).lock()
        return await CommandStore(connection).command(command_id)

    async def outage(
        self, outage_id: str, connection: Connection
    ) -> tuple[Outage, Lost]:
        """Return one outage, and the sources that are lost; raises UnknownOutage."""
        found = await OutageStore(connection).one(outage_id)
        if not found:
            raise UnknownOutage(outage_id)
        return found, await SourceStore(connection).lost(self._machine.clock.now())

    async def open(self, connection: Connection) -> tuple[list[Outage], Lost]:
        """Return every open outage, the oldest first, and the lost sources."""
        found = await OutageStore(connection).all_open()
        return found, await SourceStore(connection).lost(self._machine.clock.now())

    async def story(self, outage_id: str, connection: Connection) -> dict[str, Any]:
        """Return one outage with all that happened to it; raises UnknownOutage."""
        found, lost = await self.outage(outage_id, connection)
        moves = await OutageStore(connection).history(outage_id)
        return shown(found, lost) | {
            "history": [
                {
                    "at": move["at"].isoformat(),
                    "from": move["before"],
                    "to": move["after"],
                    "cause": move["cause"],
                    "version": move["version"],
                }
                for move in moves
            ],
            "commands": await CommandStore(connection).on_outage(outage_id),
        }

    async def windows(self, connection: Connection) -> list[dict[str, Any]]:
        """Return the windows that are planned or run, the next first."""
        found = await WindowStore(connection).to_come()
        return [shown_window(each) for each in found]

    async def window(self, window_id: str, connection: Connection) -> dict[str, Any]:
        """Return one window and what people did to it; raises UnknownWindow."""
        found = await WindowStore(connection).one(window_id)
        if not found:
            raise UnknownWindow(window_id)
        commands = await CommandStore(connection).on_window(window_id)
        return shown_window(found) | {"commands": commands}

    async def _answer(
        self, command: OutageCommanded, connection: Connection
    ) -> OutageCommandAnswered:
        said: dict[str, Any] = {"outcome": "accepted"}
        try:
            async with connection.transaction():
                said |= await self._do(command, connection)
        except Rejected as why:
            said = {"outcome": "refused", "code": why.code, "reason": why.reason}
        return OutageCommandAnswered(
            command_id=command.command_id,
            action=command.action,
            subject=command.subject,
            commanded_by=command.commanded_by,
            answered_at=self._machine.clock.now(),
            **said,
        )

    async def _do(
        self, command: OutageCommanded, connection: Connection
    ) -> dict[str, Any]:
        if command.unmeant:
            raise TimeOutOfRange(command.unmeant)
        end = reading.instant(command.estimated_end)
        if end and end <= self._machine.clock.now():
            raise EndIsPast(end)
        if command.action in ("plan", "replan", "cancel"):
            window = await self._planning.do(command, connection)
            return {"window_id": window.id, "version": window.version}
        if command.action == "declare":
            outage = await self._declare(command, connection)
        else:
            outage = await self._by_hand(command, connection)
        return {"outage_id": outage.id, "version": outage.version}

    async def _declare(
        self, command: OutageCommanded, connection: Connection
    ) -> Outage:
        machine = self._machine
        now = machine.clock.now()
        event = reading.read(
            {
                "source": OPERATOR,
                "alarm_id": command.command_id,
                "state": "down",
                "confirmed": True,
                # A person's word needs nobody to confirm it, however old it is.
                "evidence": "snapshot",
                "element": command.element,
                "lines": command.lines,
                "occurred_at": command.occurred_at,
                "kind": command.kind or "fault",
                "voice_reachable": command.voice_reachable,
                "estimated_end": command.estimated_end,
                "note": command.note,
            }
        )
        heard = Received(event, command.command_id, now)
        signal = machine.plain(heard, now)
        board = await machine.take([signal], connection, now, cause="operator")
        alarm = board.alarm(signal.key)
        return board.outage(
            alarm.outage_id if alarm and alarm.outage_id else id_of(signal)
        )

    async def _by_hand(
        self, command: OutageCommanded, connection: Connection
    ) -> Outage:
        machine = self._machine
        now = machine.clock.now()
        found = await OutageStore(connection).one(command.subject)
        if not found:
            raise UnknownOutage(command.subject)
        places = word_of(command)
        known = await known_of(
            connection, now, machine.policy, words=[places], outages=[found]
        )
        board = Board(known, now=now, policy=machine.policy)
        board.settle()
        outage = next((each for each in board.open if each.id == found.id), None)
        if outage is None:
            raise OutageIsOver(found.id)
        if command.expected_version not in (None, outage.version):
            raise VersionConflict(command.expected_version or 0, outage.version)
        failing = set(board.failing)
        if command.action in ENDS:
            changed = board.close(outage, ENDS[command.action])
        else:
            correction = _corrected(command, outage)
            changed = board.correct(
                outage, lambda _before: correction, unsaid=command.unset
            )
        said = outage.report.places | changed.report.places
        reconsider(board, said, new=board.failing - failing)
        await machine.telling.tell(board, connection, cause="operator")
        return board.outage(changed.id)


def _corrected(command: OutageCommanded, outage: Outage) -> Correction:
    """Return what people say of the outage after the command; raises Rejected."""
    before = outage.correction
    places = word_of(command)
    if command.action in ("extend", "reduce") and not places.places:
        raise reading.Unmapped
    match command.action:
        case "extend":
            return before.extended(outage.report, places)
        case "reduce":
            return replace(before, places=_without(outage.report, places))
    news: dict[str, Any] = dict.fromkeys(
        name for name in command.unset if name in ("places", *SAID)
    )
    news |= {
        name: value for name in SAID if (value := getattr(command, name)) is not None
    }
    if end := reading.instant(command.estimated_end):
        news["estimated_end"] = end
    if places.places:
        news["places"] = places
    if not news:
        raise Rejected("nothing_to_change", "The command names no field to change.")
    return replace(before, **news)


def word_of(command: OutageCommanded) -> Word:
    """Return the places of a command in their one form; raises Rejected."""
    plain = reading.read(
        {
            "source": OPERATOR,
            "alarm_id": command.command_id,
            "state": "up",
            "element": (command.element or "").strip() or None,
            "lines": command.lines,
            "kind": command.kind or "fault",
            "voice_reachable": command.voice_reachable,
            "note": command.note,
        }
    )
    return reading.word(plain)


def _without(report: Word, less: Word) -> Word:
    left = report.places - less.places
    if not left:
        raise Rejected(
            "nothing_left", "Nothing would be left: withdraw or clear the outage."
        )
    element = report.element if report.element in left else None
    return Word(element, tuple(sorted(each for each in left if each != element)))
