"""Asks each source every minute, and at once when something was missed."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

import structlog

from chassis.clock import Clock
from chassis.inbox import Received
from chassis.postgres import TRANSIENT, Connection, Transaction
from contracts.event import new_id
from contracts.signals import NetworkSignal
from outage_watcher import metrics
from outage_watcher.asking.clients import CannotBeAsked, Client, Listing
from outage_watcher.domain import reading
from outage_watcher.domain.snapshot import Correction, Snapshot
from outage_watcher.sources import times
from outage_watcher.sources.formats import Inbound
from outage_watcher.sources.said import Said
from outage_watcher.store import SourceStore
from outage_watcher.usecases import Watcher

log = structlog.get_logger()

MOST_SAID = 5
LOOK_SECONDS = 0.5
"""How soon it is seen that a source has to be asked at once."""
LONGEST_ANSWER = timedelta(minutes=5)
"""Who still speaks then, however slowly, hangs: it is asked anew at its next turn."""


class Asker:
    """Holds what sources list against what they told by themselves."""

    def __init__(
        self,
        watcher: Watcher,
        transaction: Transaction,
        clock: Clock,
        sources: Mapping[str, tuple[Client, Inbound]],
        every: timedelta,
        *,
        longest: timedelta = LONGEST_ANSWER,
    ) -> None:
        self._watcher = watcher
        self._transaction = transaction
        self._clock = clock
        self._sources = sources
        self._every = every
        self._longest = longest
        self._began = clock.now()
        for name in sources:  # a rate needs a series before its first
            for kind in get_args(Correction):
                metrics.CORRECTIONS.labels(name, kind)

    async def run(self) -> None:
        """
        Ask for ever; what was down while we were away is asked at the start.

        Each source has a task of its own: one that hangs keeps no other waiting.
        """
        async with asyncio.TaskGroup() as tasks:
            for name in self._sources:
                tasks.create_task(self._keep_asking(name))

    async def _keep_asking(self, name: str) -> None:
        while True:
            try:
                await self.look(name)
            except TRANSIENT as error:
                log.warning("asking_interrupted", source=name, error=repr(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, *names: str) -> None:
        """Ask those of these sources whose time has come; without names, of all."""
        now, names = self._clock.now(), names or tuple(self._sources)
        async with self._transaction() as connection:
            store = SourceStore(connection)
            await store.can_be_asked(names)
            claimed = await store.claim(names, now=now, every=self._every)
            answers = await store.answers()
        for name in names:
            # Who never answered is late from our start on.
            answered_at = answers.get(name, self._began)
            metrics.ANSWERED.labels(name).set(answered_at.timestamp())
        await asyncio.gather(
            *(self.ask(name, counts=counts) for name, counts in claimed.items())
        )

    async def ask(self, name: str, *, counts: bool = True) -> None:
        """
        Ask one source and repair what it told wrongly; without an answer do nothing.

        `counts`: what it no longer lists is one step nearer to its end.
        """
        client, inbound = self._sources[name]
        asked_at = self._clock.now()
        try:
            listing = await self._listing(client)
        except CannotBeAsked as why:
            log.warning("source_cannot_be_asked", source=name, reason=str(why))
            metrics.ASKED.labels(name, "failed").inc()
            return
        said = inbound.values(list(listing.bodies), now=asked_at)
        if said.failures:
            log.error("reader_failed", source=name, reasons=said.failures[:MOST_SAID])
        async with self._transaction() as connection:
            await self._take(said, listing, asked_at, connection, counts=counts)
        metrics.ASKED.labels(name, "ok").inc()

    async def _listing(self, client: Client) -> Listing:
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                return await client.listing()
        except TimeoutError:
            raise CannotBeAsked(f"No whole answer within {self._longest}.") from None

    async def _take(
        self,
        said: Said,
        listing: Listing,
        asked_at: datetime,
        connection: Connection,
        *,
        counts: bool,
    ) -> None:
        store = SourceStore(connection)
        expected = await store.beats(said.source)
        beats = [each for each in said.signals if reading.is_heartbeat(each)]
        alive = any(reading.eye_of(each) == "" for each in beats)
        sees = listing.sees and (alive or not expected)
        fed_at = _fed_at(listing, said)
        heard = [Received(each, new_id(), fed_at or asked_at) for each in beats]
        if sees:
            heard += await self._opened(said.source, beats, asked_at, store)
        elif expected:
            heard.append(_beat(said.source, "down", asked_at))
        await self._watcher.hear(heard, connection)
        lost = await store.lost(self._clock.now())
        blind = not counts or not sees or said.source in lost or bool(said.failures)
        signals = tuple(
            self._watcher.plain(Received(each, new_id(), asked_at), asked_at)
            for each in said.signals
            if not reading.is_heartbeat(each)
        )
        snapshot = Snapshot(said.source, asked_at, signals, is_blind=blind)
        repaired = await self._watcher.compare(snapshot, connection)
        await store.answered(said.source, at=asked_at)
        for kind, number in repaired.items():
            metrics.CORRECTIONS.labels(said.source, kind).inc(number)
        if repaired:
            log.warning("source_corrected", source=said.source, kinds=dict(repaired))

    async def _opened(
        self,
        source: str,
        beats: list[NetworkSignal],
        asked_at: datetime,
        store: SourceStore,
    ) -> list[Received[NetworkSignal]]:
        """Return that eyes see again of which the list says nothing any more."""
        listed = {reading.eye_of(each) for each in beats}
        return [
            _beat(source, "up", asked_at, eye)
            for eye in await store.blind_eyes(source)
            if eye not in listed
        ]


def _fed_at(listing: Listing, said: Said) -> datetime | None:
    """Return when the alert that always fires was last sent to Alertmanager."""
    found: list[datetime] = []
    for body in listing.bodies:
        for alert in body if isinstance(body, list) else ():
            labels: Any = alert.get("labels") if isinstance(alert, dict) else None
            if isinstance(labels, dict) and (
                labels.get("alertname") in said.rules.heartbeats
            ):
                at = times.instant(alert.get("updatedAt"), said.tz)
                found += [at] if at else []
    return max(found, default=None)


def _beat(
    source: str, state: str, at: datetime, eye: str = ""
) -> Received[NetworkSignal]:
    alarm_id = f"{reading.HEARTBEAT}/{eye}" if eye else reading.HEARTBEAT
    said = {"source": source, "alarm_id": alarm_id, "state": state}
    return Received(NetworkSignal.model_validate(said), new_id(), at)
