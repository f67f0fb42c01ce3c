"""From a board to rows, events and figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args

import structlog

from chassis import outbox, tracing
from chassis.postgres import Connection
from contracts import canary
from contracts.event import derived_id
from contracts.operations import MaintenanceAnnounced, OutageCommandAnswered
from contracts.outages import (
    OutageCleared,
    OutageDetected,
    OutageEvent,
    RecoveryNoticed,
)
from outage_watcher import metrics
from outage_watcher.domain.board import Board, Move
from outage_watcher.domain.evidence import AlarmKey, Signal, Verdict
from outage_watcher.domain.outage import Lost, Reason, State
from outage_watcher.domain.remark import Remark
from outage_watcher.domain.window import Window
from outage_watcher.store import OutageStore, SourceStore, TraceStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.recoveries import recoveries

log = structlog.get_logger()

LOGGED_IDS = 5
LINE, ELEMENT, ABOVE = ROOT_CAUSES = ("line", "element", "element above")
FLAGS = ("flapping", "planned", "uncertain")
UNREAD = ("unmapped", "invalid")
TOLD = frozenset(
    event.topic()
    for event in (
        OutageDetected,
        RecoveryNoticed,
        OutageCleared,
        OutageCommandAnswered,
        MaintenanceAnnounced,
    )
)
CLEARED_UNHEARD = 1
"""The version in which an outage ends that readers never heard of before."""
OTHER = "other"
GONE_AFTER = timedelta(days=7)
"""For how long the silence of a source that no setting names is measured."""
"""The label of sources that nobody named to us."""
Row = Mapping[str, Any]
Traces = Mapping[AlarmKey, str]
"""The traceparent in which each alarm was told."""


class Telling:
    """Stores what changed, tells readers, and counts."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        self._begin_counting()

    async def tell(
        self,
        board: Board,
        connection: Connection,
        *,
        cause: str,
        traces: Traces | None = None,
    ) -> None:
        """Store and tell what became of a board; `traces`: of the signals it heard."""
        store = OutageStore(connection)
        if board.uncovered:
            await _uncover(board, connection)
        await store.save(board)
        await SourceStore(connection).keep_storms(board.storms)
        events = {
            derived_id(each.outage_id, each.version): each for each in board.events
        }
        if began := _began(board, traces or {}):
            await TraceStore(connection).note(began)
        if events:
            told_in = await traces_of(events, connection)
            await outbox.add_all(
                connection,
                events,
                at=board.now,
                traces=told_in,
                awaited=_awaited(board),
            )
        await outbox.add_all(connection, recoveries(board), at=board.now)
        moves = [
            (o.id, before or "up", after, o.version) for before, after, o in board.moves
        ]
        await store.note(moves, cause=cause, at=board.now)
        for move in board.moves:
            self._measure(move, cause, board.now)
        for event in board.events:
            _count_start(event)
        if events:
            log.info("outages_told", cause=cause, **_summary(board))

    async def announce(
        self, window: Window, connection: Connection, now: datetime
    ) -> None:
        """Tell readers of a maintenance window, unless a source told of it."""
        if not window.external:
            event = window.announced(now)
            event_id = derived_id(window.id, window.version)
            await outbox.add(connection, event, at=now, event_id=event_id)

    def count(self, signal: Signal, verdict: Verdict) -> None:
        """Count a signal and what became of it."""
        source = self.label(signal.source)
        metrics.SIGNALS.labels(source, signal.word.kind, verdict).inc()
        if verdict is Verdict.REPEAT:
            return  # it was on time when it was first said
        delay = (signal.heard_at - signal.occurred_at).total_seconds()
        metrics.DELAY.labels(source).observe(max(0.0, delay))

    def count_remark(self, remark: Remark) -> None:
        """Count what a source told beside states."""
        metrics.REMARKS.labels(self.label(remark.source), remark.kind).inc()

    def count_bad(self, source: object, result: str) -> None:
        """Count a signal that was not taken; an unknown source has no label."""
        metrics.SIGNALS.labels(self.label(str(source)), "unknown", result).inc()

    def gauge_outages(self, census: Iterable[Row]) -> None:
        """Set how many places stand in each state, and how many have a flag."""
        metrics.LINES.clear()
        metrics.FLAGGED.clear()
        metrics.OPEN.clear()
        for state in (State.SUSPECT, State.DOWN, State.RECOVERING):
            metrics.LINES.labels(state).set(0)
            metrics.OPEN.labels(state).set(0)
        for flag in FLAGS:
            metrics.FLAGGED.labels(flag).set(0)
        for row in census:
            metrics.OPEN.labels(row["state"]).inc(row["outages"])
            metrics.LINES.labels(row["state"]).inc(int(row["places"]))
            for flag in FLAGS:
                metrics.FLAGGED.labels(flag).inc(int(row["places"]) * row[flag])

    def gauge_windows(self, running: Sequence[Window]) -> None:
        """Set how many maintenance windows run."""
        metrics.WINDOWS.set(len(running))

    def gauge_sources(
        self,
        sources: Iterable[Row],
        lost: Lost,
        gated: Mapping[str, int],
        now: datetime,
    ) -> None:
        """
        Set which sources live, and which report too much at once.

        Of those that no setting names, the worst counts. One of them that was silent
        for long is gone for good: its row stays, and would page for ever.
        """
        for gauge in (metrics.HEARTBEAT, metrics.SILENT_FROM, metrics.SOURCE_UP):
            gauge.clear()
        worst: dict[str, Row] = {}
        for row in sorted(sources, key=lambda row: row["silent_at"]):
            if row["name"] in self._names or now < row["silent_at"] + GONE_AFTER:
                worst.setdefault(self.label(row["name"]), row)
        for name, row in worst.items():
            metrics.HEARTBEAT.labels(name).set(row["heartbeat_at"].timestamp())
            metrics.SILENT_FROM.labels(name).set(row["silent_at"].timestamp())
            metrics.SOURCE_UP.labels(name).set(row["name"] not in lost)
        for source in sorted({*self._names, *gated}):
            name = self.label(source)
            metrics.GATE.labels(name).set(source in gated)
            metrics.GATED.labels(name).set(gated.get(source, 0))

    def label(self, source: str) -> str:
        """Return the source's name where we know it: others could be without end."""
        return source if source in self._names else OTHER

    def _begin_counting(self) -> None:
        """Show zeros: who asks for an increase does not see a counter's first one."""
        for reason in get_args(Reason):
            metrics.DURATION.labels(reason)
        for topic in TOLD:
            metrics.PUBLISHED.labels(topic)
        for root_cause in ROOT_CAUSES:
            metrics.STARTED.labels(root_cause)
        for name in (*sorted(self._names), OTHER):
            metrics.GLITCHES.labels(name)
            for result in UNREAD:
                metrics.SIGNALS.labels(name, "unknown", result)

    def _measure(self, move: Move, cause: str, now: datetime) -> None:
        before, after, outage = move
        metrics.TRANSITIONS.labels(before or "up", after, cause).inc()
        if after is not State.OVER:
            return
        too_short = outage.reason == "suppressed"
        # The canary's are true by design: they would hide false alarms among others.
        is_real = outage.reported_by != canary.SOURCE
        if is_real and (too_short or outage.version > CLEARED_UNHEARD):
            lasted = max(0.0, (now - outage.occurred_at).total_seconds())
            metrics.DURATION.labels(outage.reason).observe(lasted)
        if too_short:
            metrics.GLITCHES.labels(self.label(outage.reported_by)).inc()


def count_told(topic: str, waited: timedelta | None) -> None:
    """Count an event that Kafka has; an outage's first one is timed (`_awaited`)."""
    if topic in TOLD:
        metrics.PUBLISHED.labels(topic).inc()
    if waited is not None:
        metrics.DETECTION.observe(waited.total_seconds())


async def _uncover(board: Board, connection: Connection) -> None:
    """Look at what an element's outage covered, with all that concerns it."""
    under = await OutageStore(connection).under(board.uncovered)
    more = await known_of(connection, board.now, board.policy, outages=under)
    board.take_in(more)


def _awaited(board: Board) -> dict[str, datetime]:
    """Return since when readers wait for the first word of each outage."""
    return {
        derived_id(outage.id, outage.version): outage.opened_at
        for before, after, outage in board.moves
        if after is State.DOWN and before in (None, State.SUSPECT) and outage.version
    }


def _began(board: Board, traces: Traces) -> dict[str, str]:
    """Return the trace of each outage that began now: of its own first signal."""
    here = tracing.here()
    return {
        after.id: next(
            (traces[each.key] for each in after.evidence if each.key in traces), here
        )
        for before, _, after in board.moves
        if before is None
    }


async def traces_of(
    events: Mapping[str, OutageEvent], connection: Connection
) -> dict[str, str]:
    """Return the trace of each event: that of its outage, whatever caused it now."""
    ids = [each.outage_id for each in events.values()]
    known = await TraceStore(connection).of(ids)
    return {
        event_id: known[each.outage_id]
        for event_id, each in events.items()
        if each.outage_id in known
    }


def _summary(board: Board) -> dict[str, object]:
    """Return what a log says of a change: a mass outage is one line, not thousands."""
    topics = Counter(event.topic() for event in board.events)
    ids = dict.fromkeys(event.outage_id for event in board.events)
    return {"events": dict(topics), "outages": list(ids)[:LOGGED_IDS]}


def _count_start(event: OutageEvent) -> None:
    if not isinstance(event, OutageDetected) or event.version > 1:
        return
    if event.reported_by != canary.SOURCE:
        failed = ELEMENT if event.element else LINE
        metrics.STARTED.labels(ABOVE if event.root_cause else failed).inc()
