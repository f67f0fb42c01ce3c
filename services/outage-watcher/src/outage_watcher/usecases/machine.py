"""What every use case stands on: signals, windows and time move outages."""

from collections.abc import Sequence
from datetime import datetime

from chassis.clock import Clock
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.board import Board, outage_id
from outage_watcher.domain.correlation import WHOLE, Rest, hear_all, settle
from outage_watcher.domain.evidence import Signal, Verdict
from outage_watcher.domain.outage import Outage
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.window import SOURCE as WINDOWS
from outage_watcher.domain.window import Window
from outage_watcher.store import OutageStore, SourceStore, WindowStore
from outage_watcher.usecases.loading import known_of
from outage_watcher.usecases.telling import Telling, Traces

Heard = Received[NetworkSignal]
AT_ONCE = 2000
"""So many outages move in one transaction; whoever waits has his turn after it."""


class Machine:
    """Loads what a change concerns, lets it take effect, and tells what follows."""

    def __init__(self, policy: Policy, clock: Clock, names: Sequence[str] = ()) -> None:
        self.policy = policy
        self.clock = clock
        self.at_once = AT_ONCE
        self.telling = Telling({*names, *policy.sources})

    def plain(self, heard: Heard, now: datetime) -> Signal:
        """Return a signal as the machine takes it."""
        return reading.plain(
            heard.event,
            now=now,
            sent_at=heard.time,
            message_id=heard.id,
            policy=self.policy,
        )

    async def take(
        self,
        signals: Sequence[Signal],
        connection: Connection,
        now: datetime,
        *,
        cause: str = "signal",
        traces: Traces | None = None,
        rest: Rest = WHOLE,
    ) -> Board:
        """Let signals take effect, and tell what follows; the caller has the lock."""
        known = await known_of(
            connection,
            now,
            self.policy,
            keys=[signal.key for signal in signals],
            words=[signal.word for signal in signals],
            new_ids=[id_of(signal) for signal in signals],
            beside=rest.signals,
        )
        board = Board(known, now=now, policy=self.policy)
        verdicts = hear_all(board, signals, rest)
        for signal, verdict in zip(signals, verdicts, strict=True):
            self.telling.count(signal, verdict)
            if verdict is Verdict.HELD:
                await SourceStore(connection).want(signal.source)
        await self.telling.tell(board, connection, cause=cause, traces=traces)
        return board

    async def settle(
        self,
        outages: Sequence[Outage],
        connection: Connection,
        now: datetime,
        *,
        cause: str,
    ) -> None:
        """Move these outages to where time, sources and windows put them."""
        known = await known_of(connection, now, self.policy, outages=outages)
        board = Board(known, now=now, policy=self.policy)
        settle(board)
        await self.telling.tell(board, connection, cause=cause)

    async def first_of(
        self, ids: Sequence[str], connection: Connection, now: datetime
    ) -> list[Outage]:
        """Return as many of these outages as move at once; the timer moves the rest."""
        store = OutageStore(connection)
        await store.make_due(ids[self.at_once :], now)
        return await store.concerned(ids[: self.at_once], (), ())

    async def move(
        self, windows: Sequence[Window], connection: Connection, now: datetime
    ) -> None:
        """Store windows as they stand now, tell of them, and let them take effect."""
        store, places = WindowStore(connection), set[str]()
        for window in windows:
            before = await store.one(window.id)
            places |= window.word.places | (before.word.places if before else set())
            await store.save(window)
            await self.telling.announce(window, connection, now)
        keys = [(WINDOWS, window.id) for window in windows]
        said = {a.alarm_id: a for a in await OutageStore(connection).alarms(keys)}
        words = [window.signal(now, said.get(window.id)) for window in windows]
        if signals := [word for word in words if word]:
            await self.take(signals, connection, now, cause="maintenance")
        ids = await OutageStore(connection).at(sorted(places))
        outages = await self.first_of(ids, connection, now)
        await self.settle(outages, connection, now, cause="maintenance")


def id_of(signal: Signal) -> str:
    """Return the id of the outage that a signal would begin."""
    return outage_id(
        signal.key, signal.occurred_at if signal.timed else signal.message_id
    )
