"""The doors that need no request: Kafka, and time itself."""

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import structlog
from pydantic_core import from_json, to_json

from chassis import dead_letters, inbox
from chassis.clock import Clock
from chassis.errors import Rejected
from chassis.inbox import Envelope, Received, Record
from chassis.postgres import TRANSIENT, Connection, Transaction
from contracts.event import derived_id
from contracts.signals import NetworkSignal
from outage_watcher import intake
from outage_watcher.domain import reading
from outage_watcher.domain.evidence import Verdict
from outage_watcher.domain.remark import Remark
from outage_watcher.sources.formats import Inbounds
from outage_watcher.sources.payload import parts
from outage_watcher.sources.said import Said
from outage_watcher.usecases import Heard, Watcher

log = structlog.get_logger()

FIELD = re.compile(rb'"(\w+)"\s*:')
OUR_FORM = {b"alarm_id", b"state"}
LOOKED_AT = 4096
LONGEST_REST = 1.0
"""Seconds between looks for deadlines that another instance set."""
SHORTEST_REST = 0.005


class Inlet:
    """Takes NetworkSignal records, each of them one signal or a list."""

    def __init__(
        self,
        watcher: Watcher,
        transaction: Transaction,
        inbounds: Inbounds | None = None,
        *,
        at_once: int = 2000,
    ) -> None:
        self._watcher = watcher
        self._transaction = transaction
        self._inbounds = inbounds or Inbounds()
        self._at_once = at_once
        self._done = set[tuple[int, int]]()
        """What took effect of a batch that broke off; all of it comes again."""

    async def on_signals(self, records: Sequence[Record]) -> int:
        """Let good signals take effect, many at once; park the bad ones."""
        done, rest = 0, deque(records)
        if len(rest) > 1:  # one alone may be a dead letter, mended by now
            rest = deque(each for each in records if _place(each) not in self._done)
        while rest:
            # A backlog has lists without end: what is taken stays, and others go first.
            done += await self._take_some(rest)
        self._done.clear()
        return done

    async def _take_some(self, rest: deque[Record]) -> int:
        async with self._transaction() as connection:
            heard: list[Heard] = []
            remarks: list[Remark] = []
            taken: list[Record] = []
            while rest and len(heard) < self._at_once:
                taken.append(rest.popleft())
                heard += await self._read(taken[-1], remarks, connection)
            ids = [each.id for each in heard]
            topic = NetworkSignal.topic()
            new = await inbox.first_times(connection, topic, ids)
            fresh = {each.id: each for each in heard if each.id in new}
            self._count_repeats(heard, fresh)
            signals = list(fresh.values())
            await intake.hear(signals, remarks, self._watcher, connection)
        self._done.update(map(_place, taken))
        return len(fresh)

    def _count_repeats(self, heard: list[Heard], fresh: dict[str, Heard]) -> None:
        """Count messages that came before; what is fresh counts once in a batch."""
        firsts = {id(each) for each in fresh.values()}
        for each in heard:
            if id(each) not in firsts:
                self._watcher.count_bad(each.event.reported_by, Verdict.DUPLICATE)

    async def _read(
        self, record: Record, remarks: list[Remark], connection: Connection
    ) -> list[Heard]:
        """Return its signals, and add its remarks; what cannot be read is parked."""
        try:
            around = inbox.envelope(record, NetworkSignal)
            if said := self._foreign(record):
                remarks += said.remarks
                return await self._taken(said, record, around, connection)
            body = _body(record, around)
        except Rejected as fate:
            await dead_letters.park(connection, record, fate, service=intake.NAME)
            return []
        if not isinstance(body, list):
            return await self._elements(record, around, [body], connection)
        return await self._elements(record, around, body, connection, of_list=True)

    def _foreign(self, record: Record) -> Said | None:
        """Return how it is read as what a monitoring system sends, or None."""
        headers = inbox.text_headers(record)
        value, now = record.value or b"", self._watcher.clock.now()
        named = self._inbounds.of(headers.get("source", ""))
        if named and value:
            return named.read(value, now=now, headers=headers)
        is_structured = inbox.is_structured(headers.get("content-type", ""))
        if is_structured or OUR_FORM.issubset(FIELD.findall(value, 0, LOOKED_AT)):
            return None  # and it need not be decoded twice
        first = next(iter(parts(value, as_stream=True)))
        inbound = self._inbounds.recognised(first.value)
        return inbound.read(value, now=now) if inbound else None

    async def _taken(
        self, said: Said, record: Record, around: Envelope, connection: Connection
    ) -> list[Heard]:
        await intake.leave(said, record, self._watcher, connection)
        return intake.heard(said, around.id, around.time, around.traceparent)

    async def _elements(
        self,
        record: Record,
        around: Envelope,
        items: list[object],
        connection: Connection,
        *,
        of_list: bool = False,
    ) -> list[Heard]:
        heard: list[Heard] = []
        bad: list[tuple[int, object, Rejected]] = []
        for index, item in enumerate(items):
            try:
                signal = reading.read(item)
            except Rejected as fate:
                bad.append((index, item, fate))
            else:
                # By its content, so that a repaired list may be sent again.
                own = derived_id(around.id, to_json(item).decode())
                message_id = own if of_list else around.id
                heard.append(
                    Received(signal, message_id, around.time, around.traceparent)
                )
        if bad:
            await self._park(record, bad, connection, of_list=of_list)
        return heard

    async def _park(
        self,
        record: Record,
        bad: list[tuple[int, object, Rejected]],
        connection: Connection,
        *,
        of_list: bool,
    ) -> None:
        """Park the bad elements alone: sending them again repeats no good one."""
        for _, _, fate in bad:
            unmapped = isinstance(fate, reading.Unmapped)
            self._watcher.count_bad("", "unmapped" if unmapped else "invalid")
        fate = bad[0][2]
        if of_list:
            record = replace(record, value=to_json([item for _, item, _ in bad]))
            reasons = "; ".join(f"[{index}] {why.reason}" for index, _, why in bad)
            fate = Rejected(fate.code, reasons[:500])
        await dead_letters.park(connection, record, fate, service=intake.NAME)


class Timer:
    """Fires deadlines at their time; they are stored, so a restart loses none."""

    def __init__(
        self, watcher: Watcher, transaction: Transaction, clock: Clock
    ) -> None:
        self._watcher = watcher
        self._transaction = transaction
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that a deadline may have changed."""
        self._wake.set()

    async def run(self) -> None:
        """Wait for the next deadline and fire it, for ever."""
        while True:
            self._wake.clear()
            try:
                pause = await self.fire()
            except TRANSIENT as error:
                log.warning("timer_interrupted", error=repr(error))
                pause = LONGEST_REST
            await self._rest(pause)

    async def fire(self) -> float:
        """Fire what is due and return for how long nothing will be."""
        async with self._transaction() as connection:
            due_at = await self._watcher.fire(connection)
        if due_at is None:
            return LONGEST_REST
        left = (due_at - self._clock.now()).total_seconds()
        return min(LONGEST_REST, max(SHORTEST_REST, left))

    async def _rest(self, pause: float) -> None:
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return


def _place(record: Record) -> tuple[int, int]:
    return record.partition, record.offset


def _body(record: Record, around: Envelope) -> object:
    if not record.value:
        raise Rejected("empty", "The message has no value.")
    try:
        body = from_json(record.value, allow_inf_nan=False)
        if isinstance(body, dict) and body.keys() == {"schema", "payload"}:
            return _connected(body["payload"])
        if inbox.is_structured(around.content_type):
            return from_json(inbox.carried(body), allow_inf_nan=False)
    except (ValueError, LookupError, TypeError) as error:
        raise Rejected("unreadable", str(error)[:200]) from None
    return body


def _connected(payload: object) -> object:
    """Return a signal as Kafka Connect's JsonConverter wraps it; null: not known."""
    if isinstance(payload, dict) and payload.get("state", "") is None:
        return payload | {"state": "unknown"}
    return payload
