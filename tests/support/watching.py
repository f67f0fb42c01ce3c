"""A watched network in memory: signals in, events out, time by hand."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.domain.board import Board, Known
from outage_watcher.domain.correlation import hear_all, settle
from outage_watcher.domain.evidence import AlarmKey, Evidence, Signal, Verdict, Word
from outage_watcher.domain.outage import Outage, Reason
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.report import Correction
from outage_watcher.domain.snapshot import Snapshot, compare
from outage_watcher.domain.topology import Topology
from outage_watcher.domain.window import Window

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATIENT = Policy()


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class Network:
    """Every word takes the way of production: load, work on a board, store."""

    def __init__(self, policy: Policy = PATIENT, **above: tuple[str, ...]) -> None:
        self.policy = policy
        self.now = NOON
        self.lost: dict[str, datetime] = {}
        self.outages: dict[str, Outage] = {}
        self.alarms: dict[AlarmKey, Evidence] = {}
        self.events: list[OutageDetected | OutageCleared] = []
        self.storms: dict[str, datetime] = {}
        self.windows: list[Window] = []
        self.corrections: Counter[str] = Counter()
        self.above: dict[str, tuple[str, ...]] = above

    def hears(
        self,
        state: Literal["down", "up", "unknown"],
        *lines: str,
        source: str = "probe",
        alarm: str = "a1",
        occurred: float | None = None,
        **more: Any,
    ) -> Verdict:
        """Say it now; `more` is `confirmed`, `element` and the rest of a word."""
        said = self.signal(
            state, *lines, source=source, alarm=alarm, occurred=occurred, **more
        )
        return self.hears_all(said)[0]

    def signal(
        self,
        state: Literal["down", "up", "unknown"],
        *lines: str,
        source: str = "probe",
        alarm: str = "a1",
        occurred: float | None = None,
        **more: Any,
    ) -> Signal:
        """Return what would be heard now."""
        own = {
            name: more.pop(name)
            for name in ("confirmed", "started_at", "manner", "aged", "flapping")
            if name in more
        }
        element = more.pop("element", None)
        named = lines or (() if element else ("L1",))
        return Signal(
            source,
            alarm,
            state,
            Word(element, named, **more),
            occurred_at=self.now if occurred is None else at(occurred),
            heard_at=self.now,
            timed=occurred is not None,
            message_id=f"{self.now}",
            **own,
        )

    def hears_all(self, *signals: Signal) -> list[Verdict]:
        """Hear a batch, as one webhook brings it."""
        board = self._board()
        verdicts = hear_all(board, signals)
        self._store(board)
        return verdicts

    def asks(self, *listed: Signal, source: str = "probe", blind: bool = False) -> None:
        """Ask a source, which lists these alarms and no others."""
        board = self._board()
        snapshot = Snapshot(source, self.now, listed, is_blind=blind)
        self.corrections += compare(board, snapshot)
        self._store(board)

    def begins(self, window: Window) -> None:
        """Let a maintenance window run until it is ended."""
        self.windows = [window]
        self._settled()

    def ends_windows(self) -> None:
        self.windows = []
        self._settled()

    def waits(self, seconds: float) -> None:
        """Let time pass, firing each deadline at its time as the timer does."""
        end = self.now + timedelta(seconds=seconds)
        while True:
            due = [each.due_at for each in self.open if each.due_at]
            self.now = min([end, *(max(each, self.now) for each in due)])
            board = self._board()
            settle(board)
            self._store(board)
            if not board.changed and self.now >= end:
                return

    def loses(self, *sources: str) -> None:
        self._settled()
        self.lost = dict.fromkeys(sources, self.now)
        self._settled()

    def finds_all(self) -> None:
        self.loses()

    def closes(self, reason: Reason) -> None:
        board = self._board()
        board.close(board.open[0], reason)
        self._store(board)

    def corrects(self, **said: Any) -> None:
        board = self._board()
        board.correct(board.open[0], lambda _before: Correction(**said))
        self._store(board)

    @property
    def open(self) -> list[Outage]:
        return [each for each in self.outages.values() if not each.is_over]

    @property
    def only(self) -> Outage:
        (outage,) = self.open
        return outage

    @property
    def told(self) -> list[str]:
        """Return each event as `detected 1 L1` or `cleared 2 recovered`."""
        return [_short(event) for event in self.events]

    def _settled(self) -> None:
        board = self._board()
        settle(board)
        self._store(board)

    def _board(self) -> Board:
        return Board(self._known(), now=self.now, policy=self.policy)

    def _known(self) -> Known:
        return Known(
            outages=tuple(self.open),
            alarms=tuple(self.alarms.values()),
            taken_ids=frozenset(self.outages),
            lost=self.lost,
            topology=self._topology(),
            failing=frozenset(
                line
                for outage in self.open
                if outage.is_sure and outage.report.is_fault
                for line in outage.report.lines
            ),
            windows=tuple(self.windows),
            storms=self.storms,
            recent=Counter(
                each.source
                for each in self.alarms.values()
                if each.is_down and each.heard_at > self.now - timedelta(seconds=60)
            ),
        )

    def _topology(self) -> Topology:
        sizes = Counter(element for chain in self.above.values() for element in chain)
        return Topology(self.above, sizes, len(self.above))

    def _store(self, board: Board) -> None:
        if board.uncovered:
            board.take_in(self._known())
        self.storms = board.storms
        self.outages |= board.changed
        self.alarms |= board.renewed
        for event in board.events:
            assert isinstance(event, OutageDetected | OutageCleared)
            self.events.append(event)


def held(**holds: Any) -> Policy:
    return replace(PATIENT, default=replace(PATIENT.default, **holds))


def _short(event: OutageDetected | OutageCleared) -> str:
    if isinstance(event, OutageCleared):
        return f"cleared {event.version} {event.reason}"
    doubt = " uncertain" if event.uncertain else ""
    return f"detected {event.version} {' '.join(sorted(event.places))}{doubt}"
