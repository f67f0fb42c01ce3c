"""A watcher on a real database for random stories, and what its readers know."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiokafka import ConsumerRecord

from chassis import postgres
from chassis.clock import SetClock
from chassis.inbox import Received
from chassis.postgres import Connection, Pool
from contracts.event import new_id
from contracts.numbers import LineConnected
from contracts.operations import OutageCommandAnswered, OutageCommanded
from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from outage_watcher.domain import reading
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.snapshot import Snapshot
from outage_watcher.handlers import Inlet
from outage_watcher.usecases import Operations, Watcher
from support.outage_alarm import Key, Said
from support.records import record
from support.watching import NOON

Told = OutageDetected | OutageCleared | RecoveryNoticed
KINDS: dict[str, type[Told]] = {
    kind.topic(): kind for kind in (OutageDetected, OutageCleared, RecoveryNoticed)
}
ELEMENTS = ("N", "M", "AGG")
KEPT = (
    *("outage", "evidence", "source", "eye", "storm", "line", "element"),
    *("maintenance", "history", "outbox", "inbox", "asked"),
)
"""The tables in which a story leaves something, but for what people commanded."""


class Crash(Exception):
    """The process ends before its transaction is committed."""


class World:
    """Takes what a story says as Kafka and operators bring it."""

    def __init__(self, pool: Pool, policy: Policy) -> None:
        self.pool = pool
        self.clock = SetClock(NOON)
        self.policy = policy
        self.watcher = Watcher(policy, self.clock)
        self.inlet = Inlet(self.watcher, self.transaction)
        self.crashes = False
        self.told: list[Told] = []
        self._read = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with postgres.transaction(self.pool) as connection:
            yield connection
            if self.crashes:
                raise Crash

    # What happens

    async def hear(self, records: Sequence[ConsumerRecord]) -> None:
        await self.inlet.on_signals(records)

    def record(self, said: Said) -> ConsumerRecord:
        """Return a signal as the message that Kafka brings."""
        alarm = said.alarm
        body = {
            "source": alarm.source,
            "alarm_id": alarm.name,
            "state": "down" if said.down else "up",
            "lines": sorted(each for each in alarm.places if each not in ELEMENTS),
            "element": next((each for each in alarm.places if each in ELEMENTS), None),
            "kind": alarm.kind,
            "voice_reachable": alarm.voice,
            "confirmed": said.confirmed,
            "occurred_at": said.at.isoformat() if said.at else None,
            "evidence": "edge" if said.edge else "level",
        }
        return self.message(body)

    def message(self, body: dict[str, Any]) -> ConsumerRecord:
        stamp = int(self.now.timestamp() * 1000)
        return replace(record(body), timestamp=stamp)

    async def connect(self, events: Sequence[LineConnected]) -> None:
        self.tick()
        received = [Received(event, new_id(), self.now) for event in events]
        async with self.transaction() as connection:
            await self.watcher.connect(received, connection)

    async def command(self, action: str, **said: Any) -> OutageCommandAnswered:
        self.tick()
        plain = {"command_id": new_id(), "action": action, "subject": "?"}
        plain |= {"because": "Anruf", "commanded_by": "s.meier"}
        command = OutageCommanded.model_validate(
            plain | {"commanded_at": self.now} | said
        )
        async with self.transaction() as connection:
            return await Operations(self.watcher).execute(command, connection)

    async def ask(self, source: str, listed: Sequence[Said]) -> None:
        self.tick()
        signals = []
        for said in listed:
            body = self.record(said).value
            event = reading.read(json.loads(body or b"") | {"evidence": "snapshot"})
            heard = Received(event, new_id(), self.now)
            signals.append(self.watcher.plain(heard, self.now))
        async with self.transaction() as connection:
            snapshot = Snapshot(source, self.now, tuple(signals))
            await self.watcher.compare(snapshot, connection)

    async def fire(self) -> datetime | None:
        while True:
            async with self.transaction() as connection:
                due_at = await self.watcher.fire(connection)
            if due_at is None or due_at > self.now:
                return due_at

    def move_to(self, at: datetime) -> None:
        self.clock.move(max(timedelta(0), at - self.now))

    def tick(self) -> None:
        """Let a moment pass: no two transactions are at the same time."""
        self.clock.move(timedelta(microseconds=1))

    # What is known of it

    async def homes(self) -> dict[Key, str]:
        found = await self.pool.fetch("SELECT * FROM evidence WHERE outage_id <> ''")
        return {(row["source"], row["alarm_id"]): row["outage_id"] for row in found}

    async def news(self) -> list[Told]:
        """Return what was told since the last time."""
        rows = await self.pool.fetch(
            "SELECT id, topic, value FROM outbox WHERE id > $1 ORDER BY id", self._read
        )
        self._read = rows[-1]["id"] if rows else self._read
        news = [
            KINDS[row["topic"]].model_validate_json(row["value"])
            for row in rows
            if row["topic"] in KINDS
        ]
        self.told += news
        return news

    async def everything(self) -> dict[str, list[str]]:
        """Return every row, to see whether anything changed."""
        return {
            table: [
                str(row["line"])
                for row in await self.pool.fetch(
                    f"SELECT to_jsonb({table})::text AS line FROM {table} ORDER BY 1"  # noqa: S608
                )
            ]
            for table in KEPT
        }

    def last(self) -> dict[str, OutageDetected | OutageCleared]:
        """Return the last word on each outage."""
        return {
            each.outage_id: each
            for each in self.told
            if not isinstance(each, RecoveryNoticed)
        }

    def open(self) -> list[OutageDetected]:
        return [w for w in self.last().values() if isinstance(w, OutageDetected)]
