"""Turns signals, remarks and time into outages, one caller at a time."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import structlog

from chassis.inbox import Received
from chassis.postgres import Connection
from contracts import canary
from contracts.numbers import LineConnected
from outage_watcher.domain import reading
from outage_watcher.domain.board import Board
from outage_watcher.domain.correlation import Rest
from outage_watcher.domain.evidence import Signal
from outage_watcher.domain.outage import Lost, Outage
from outage_watcher.domain.remark import Remark
from outage_watcher.domain.snapshot import Correction, Snapshot, compare
from outage_watcher.store import OutageStore, SourceStore, WindowStore
from outage_watcher.usecases import inventory
from outage_watcher.usecases import remarks as remarks_
from outage_watcher.usecases.heartbeats import beat
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.machine import Heard, Machine, id_of

log = structlog.get_logger()

LOGGED_IDS = 5


class Watcher(Machine):
    """The watcher; whoever changes outages holds their lock until commit."""

    async def heed(self, remarks: Sequence[Remark], connection: Connection) -> None:
        """Take what sources tell beside states: maintenance, flapping, gaps."""
        await remarks_.heed(self, remarks, connection)

    async def connect(
        self, events: Sequence[Received[LineConnected]], connection: Connection
    ) -> None:
        """Take what hangs on what; what moves or goes takes its outages along."""
        await inventory.connect(self, events, connection)

    async def hear(
        self,
        heard: Sequence[Heard],
        connection: Connection,
        *,
        behind: Sequence[Heard] = (),
        ahead: Sequence[Heard] = (),
    ) -> None:
        """
        Let signals take effect in their order; heartbeats come first.

        Those `behind` were told together with them and took effect before, those
        `ahead` will: a storm and an element that fails are seen by all of a list.
        """
        await OutageStore(connection).lock()
        now = self.clock.now()
        for each in heard:
            if reading.is_heartbeat(each.event):
                await beat(self, each, connection, now)
        signals = [self.plain(each, now) for each in _of_places(heard)]
        traces = {
            (each.event.reported_by, each.event.alarm_id): each.traceparent
            for each in reversed(heard)  # of several the first counts
            if each.traceparent
        }
        if signals:
            log.info("signals_heard", **_summary(signals))
            rest = self._rest(_of_places(behind), _of_places(ahead), now)
            await self.take(signals, connection, now, traces=traces, rest=rest)

    def _rest(
        self, behind: Sequence[Heard], ahead: Sequence[Heard], now: datetime
    ) -> Rest:
        """Return the other parts; one between them need not look at any."""
        others = () if behind and ahead else (*behind, *ahead)
        signals = [self.plain(each, now) for each in others]
        return Rest(signals, begins=not behind, ends=not ahead)

    async def fire(self, connection: Connection) -> datetime | None:
        """
        Move what is due, and return when the next deadline comes.

        Of very much the first is moved, and the deadline that comes next has passed.
        """
        store = OutageStore(connection)
        now = self.clock.now()
        due_at = await store.next_due(now)
        if due_at is None or due_at > now:
            return due_at
        await store.lock()
        now = self.clock.now()
        windows = [each.at(now) for each in await WindowStore(connection).due(now)]
        outages = await store.due(now, at_most=self.at_once)
        for source in await SourceStore(connection).just_lost(now):
            log.warning("source_lost", source=source)
            ids = await store.of_source(source)
            outages += await self.first_of(ids, connection, now)
        if windows:
            await self.move(windows, connection, now)
        await self.settle(outages, connection, now, cause="deadline")
        return await store.next_due(now)

    async def compare(
        self, snapshot: Snapshot, connection: Connection
    ) -> Counter[Correction]:
        """Repair what a source told wrongly or not at all; return what it was."""
        store = OutageStore(connection)
        await store.lock()
        now = self.clock.now()
        mine = await store.of_source(snapshot.source)
        known = await known_of(
            connection,
            now,
            self.policy,
            keys=[
                *(signal.key for signal in snapshot.signals),
                *(each.key for each in await store.unplaced(source=snapshot.source)),
            ],
            words=[each.word for each in snapshot.signals if each.is_down],
            outages=await store.concerned(mine, (), ()),
            new_ids=[id_of(signal) for signal in snapshot.signals],
        )
        board = Board(known, now=now, policy=self.policy)
        repaired = compare(board, snapshot)
        await self.telling.tell(board, connection, cause="reconciliation")
        return repaired

    async def outages(self, connection: Connection) -> tuple[list[Outage], Lost]:
        """Return every open outage, the oldest first, and the lost sources."""
        found = await OutageStore(connection).all_open()
        return found, await SourceStore(connection).lost(self.clock.now())

    async def measure(self, connection: Connection) -> None:
        """Set the gauges that count what is stored."""
        now = self.clock.now()
        sources = SourceStore(connection)
        self.telling.gauge_outages(
            await OutageStore(connection).census(without=canary.SOURCE)
        )
        self.telling.gauge_windows(await WindowStore(connection).running())
        self.telling.gauge_sources(
            await sources.all(), await sources.lost(now), await sources.gated(now), now
        )

    def count_bad(self, source: object, result: str) -> None:
        """Count a signal that was not taken; an unknown source has no label."""
        self.telling.count_bad(source, result)


def _of_places(heard: Sequence[Heard]) -> list[Heard]:
    return [each for each in heard if not reading.is_heartbeat(each.event)]


def _summary(signals: Sequence[Signal]) -> dict[str, object]:
    """Return what a log says of signals: who says what, and of the first few where."""
    said = Counter(f"{each.source} {each.state}" for each in signals)
    return {"said": dict(said), "alarms": [s.alarm_id for s in signals[:LOGGED_IDS]]}
