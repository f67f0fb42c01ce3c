"""What the watcher does; each verb runs in the transaction of its caller."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from chassis import outbox
from chassis.clock import Clock
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.signals import NetworkSignal
from outage_watcher import metrics
from outage_watcher.domain import reading
from outage_watcher.domain.board import Board, Move, outage_id
from outage_watcher.domain.evidence import Signal, Verdict
from outage_watcher.domain.notice import Notice
from outage_watcher.domain.outage import Lost, Outage, Reason, State
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.report import Correction
from outage_watcher.store import OutageStore

log = structlog.get_logger()

Heard = Received[NetworkSignal]

LOGGED_IDS = 5


class UnknownOutage(Rejected):
    """There is no outage with this id."""

    def __init__(self, outage: str) -> None:
        super().__init__("unknown_outage", f"There is no outage {outage}.")


class OutageIsOver(Rejected):
    """Nobody can change an outage that has ended."""

    def __init__(self, outage: str) -> None:
        super().__init__("outage_is_over", f"The outage {outage} is over.")


class Watcher:
    """Turns signals, time and people's words into outages, one caller at a time."""

    def __init__(self, policy: Policy, clock: Clock, names: Sequence[str] = ()) -> None:
        self.policy = policy
        self.clock = clock
        self._names = {*names, *policy.sources}

    async def hear(self, heard: Sequence[Heard], connection: Connection) -> None:
        """Let signals take effect in their order; heartbeats come first."""
        store = OutageStore(connection)
        await store.lock()
        now = self.clock.now()
        for each in heard:
            if reading.is_heartbeat(each.event):
                await self._beat(each, store, now)
        signals = [
            reading.plain(
                each.event,
                now=now,
                sent_at=each.time,
                message_id=each.id,
                policy=self.policy,
            )
            for each in heard
            if not reading.is_heartbeat(each.event)
        ]
        if signals:
            await self._hear(signals, store, now)

    async def heed(self, notices: Sequence[Notice], connection: Connection) -> None:
        """Take what sources tell beside states: maintenance, flapping, gaps."""
        for notice in notices:
            source = self._label(notice.source)
            metrics.NOTICES.labels(source, notice.kind).inc()

    async def fire(self, connection: Connection) -> datetime | None:
        """Move what is due, and return when the next deadline comes."""
        store = OutageStore(connection)
        due_at = await store.next_due()
        if due_at is None or due_at > self.clock.now():
            return due_at
        await store.lock()
        now = self.clock.now()
        board = Board(await store.due(now), now=now, policy=self.policy)
        board.settle()
        await self._tell(board, store, cause="deadline")
        return await store.next_due()

    async def outages(self, connection: Connection) -> tuple[list[Outage], Lost]:
        """Return every open outage, the oldest first, and the lost sources."""
        known = await OutageStore(connection).all_open(self.clock.now())
        return list(known.outages), known.lost

    async def close(
        self, outage: str, reason: Reason, connection: Connection
    ) -> Outage:
        """End an outage at once by a person's word; the same failure stays ended."""
        return await self._by_hand(
            outage, lambda board, found: board.close(found, reason), connection
        )

    async def correct(
        self,
        outage: str,
        change: Callable[[Correction], Correction],
        connection: Connection,
    ) -> Outage:
        """Let a person's word replace what the sources say of an outage."""
        return await self._by_hand(
            outage, lambda board, found: board.correct(found, change), connection
        )

    async def declare(
        self, heard: Heard, connection: Connection
    ) -> tuple[Outage, bool]:
        """Take a person's word as a failure; return its outage, and if it is new."""
        store = OutageStore(connection)
        await store.lock()
        key = (heard.event.reported_by, heard.event.alarm_id)
        words, now = [reading.word(heard.event)], self.clock.now()
        before = await store.known([key], words, [], now=now)
        await self.hear([heard], connection)
        for outage in (await store.known([key], words, [], now=now)).outages:
            if any(each.key == key for each in outage.failures):
                return outage, outage.id not in {each.id for each in before.outages}
        raise Rejected("already_ended", "This failure was declared and ended before.")

    async def measure(self, connection: Connection) -> None:
        """Set the gauges that count what is stored."""
        store = OutageStore(connection)
        now = self.clock.now()
        metrics.LINES.clear()
        metrics.FLAGGED.clear()
        for row in await store.census():
            metrics.LINES.labels(row["state"]).inc(int(row["places"]))
            for flag in ("flapping", "planned"):
                metrics.FLAGGED.labels(flag).inc(int(row["places"]) * row[flag])
        for row in await store.sources():
            name = self._label(row["name"])
            metrics.HEARTBEAT.labels(name).set(row["heartbeat_at"].timestamp())
            metrics.SOURCE_UP.labels(name).set(row["silent_at"] > now)

    async def forget(self, retention: timedelta, connection: Connection) -> None:
        """Delete what ended longer ago than the retention."""
        before = self.clock.now() - retention
        await OutageStore(connection).forget(before=before)

    async def _hear(
        self, signals: list[Signal], store: OutageStore, now: datetime
    ) -> None:
        known = await store.known(
            [signal.key for signal in signals],
            [signal.word for signal in signals],
            [outage_id(signal) for signal in signals],
            now=now,
        )
        board = Board(known, now=now, policy=self.policy)
        for signal in signals:
            self._count(signal, board.hear(signal))
        await self._tell(board, store, cause="signal")

    async def _beat(self, beat: Heard, store: OutageStore, now: datetime) -> None:
        source, at = beat.event.reported_by, min(beat.time, now)
        before = await store.of_source(source, now)
        if beat.event.state == "up":
            patience = self.policy.of(source).heartbeat_timeout
            await store.alive(source, at=at, patience=patience)
        elif beat.event.state == "down":
            await store.silent(source, at=at)
        lost = await store.lost(now)
        if lost == before.lost:
            return
        log.warning(
            "source_lost" if source in lost else "source_returned", source=source
        )
        board = Board(before, now=now, policy=self.policy)
        board.settle()
        board.lost = lost
        board.settle()
        await self._tell(board, store, cause="heartbeat")

    async def _by_hand(
        self,
        outage: str,
        act: Callable[[Board, Outage], Outage],
        connection: Connection,
    ) -> Outage:
        store = OutageStore(connection)
        await store.lock()
        now = self.clock.now()
        known = await store.one(outage, now)
        if not known.outages:
            raise UnknownOutage(outage)
        board = Board(known, now=now, policy=self.policy)
        board.settle()
        if not board.open:
            raise OutageIsOver(outage)
        changed = act(board, board.open[0])
        await self._tell(board, store, cause="operator")
        return changed

    async def _tell(self, board: Board, store: OutageStore, *, cause: str) -> None:
        await store.save(board)
        events = {
            derived_id(each.outage_id, each.version): each for each in board.events
        }
        await outbox.add_all(store.connection, events, at=board.now)
        for event in board.events:
            metrics.PUBLISHED.labels(event.topic()).inc()
        for move in board.moves:
            self._note(move, cause, board.now)
        if events:
            log.info("outages_told", cause=cause, **_summary(board))

    def _note(self, move: Move, cause: str, now: datetime) -> None:
        before, after, outage = move
        metrics.TRANSITIONS.labels(before or "up", after, cause).inc()
        if after is State.DOWN and before in (None, State.SUSPECT):
            metrics.DETECTION.observe((now - outage.opened_at).total_seconds())
        elif after is State.OVER:
            lasted = max(0.0, (now - outage.occurred_at).total_seconds())
            metrics.DURATION.labels(outage.reason).observe(lasted)
            if outage.reason == "suppressed":
                metrics.GLITCHES.labels(self._label(outage.reported_by)).inc()

    def _count(self, signal: Signal, verdict: Verdict) -> None:
        source = self._label(signal.source)
        metrics.SIGNALS.labels(source, signal.word.kind, verdict).inc()
        delay = (signal.heard_at - signal.occurred_at).total_seconds()
        metrics.DELAY.labels(source).observe(max(0.0, delay))

    def count_bad(self, source: object, result: str) -> None:
        """Count a signal that was not taken; an unknown source has no label."""
        metrics.SIGNALS.labels(self._label(str(source)), "unknown", result).inc()

    def _label(self, source: str) -> str:
        return source if source in self._names else "other"


def _summary(board: Board) -> dict[str, object]:
    """Return what a log says of a change: a mass outage is one line, not thousands."""
    topics = Counter(event.topic() for event in board.events)
    ids = dict.fromkeys(event.outage_id for event in board.events)
    return {"events": dict(topics), "outages": list(ids)[:LOGGED_IDS]}
