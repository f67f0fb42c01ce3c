"""
A small world for random histories: forwarding without Kafka, and a slow model of it.

The model knows nothing of flips, armings or versions: it takes the facts of now and
says where each number's calls go.
"""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from typing import Any

import asyncpg
from typing_extensions import override

from chassis.clock import SetClock
from chassis.inbox import Received
from chassis.postgres import Connection, Pool, transaction
from contracts.event import Event, new_id
from contracts.forwardings import ForwardingRequested
from contracts.holds import ForwardingsHeld
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled
from contracts.outages import OutageCleared, OutageDetected
from contracts.refusal import ONLY_SHOWN
from forwarding.binder import Binder
from forwarding.fan_out import FanOut
from forwarding.flips import Flipper
from forwarding.holding import Holding
from forwarding.keeper import Keeper
from forwarding.options import Options
from forwarding.requests import Requests
from forwarding.sheets import Sheet
from forwarding.splicing import Shared
from forwarding.switches.simulated import HttpSwitch
from support.forwarding_facts import NOON
from support.sheets import rows_of
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab

HOME = "home"
NOWHERE = "nowhere"


@dataclass(frozen=True)
class Word:
    """What one event says of a scope."""

    id: str
    version: int
    rings: str
    """HOME, NOWHERE (its target is down too) or a target."""


class RecordedFanOut(FanOut):
    """Keeps what a flip tells, in Kafka's place."""

    def __init__(self, said: dict[str, list[Word]]) -> None:
        super().__init__({}, "ForwardingApplied")
        self._said = said

    @override
    async def few(self, rows: Iterable[tuple[str, int, str]], common: Shared) -> None:
        for scope, _, head in rows:
            self._hear(scope, head, common)

    @override
    async def stream(self, common: Shared) -> Any:
        return RecordedStream(self, common)

    @override
    async def renew(self) -> None:
        return

    def _hear(self, scope: str, head: str, common: Shared) -> None:
        event = json.loads(head.encode() + common.tail)
        rings = event["target"] if event["in_effect"] else HOME
        word = Word(f"{common.id_prefix.decode()}{scope}", event["version"], rings)
        self._said.setdefault(scope, []).append(word)


class RecordedStream:
    """Keeps what a mass flip tells."""

    base, partitions = 10, 3

    def __init__(self, fan_out: RecordedFanOut, common: Shared) -> None:
        self._fan_out, self._common = fan_out, common
        self.count = 0

    async def add_sheet(self, sheet: Sheet, partition: int) -> None:
        assert partition < self.partitions
        for scope, head in rows_of(sheet):
            self._fan_out._hear(scope.decode(), head.decode(), self._common)  # noqa: SLF001 - its own half
            self.count += 1

    async def add(self, data: bytes) -> None:
        for line in data.decode().splitlines():
            _, scope, head = line.split("\t", 2)
            self._fan_out._hear(scope, head, self._common)  # noqa: SLF001 - its own half
            self.count += 1

    async def end(self) -> None:
        return


@dataclass
class World:
    """Forwarding's use cases, Flipper and Keeper on a real database and switch."""

    pool: Pool
    url: str
    first: int = 2
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))
    said: dict[str, list[Word]] = field(default_factory=dict)
    heard: list[Event] = field(default_factory=list)
    crowded: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Put forwarding together, as at its start."""
        self.switch = HttpSwitch(self.url, timeout=timedelta(seconds=5))
        self.keeper = Keeper(
            self.pool,
            self.switch,
            _NoRelay(),  # type: ignore[arg-type]  # only ever woken
            self.clock,
            batch=50,
            told_after=timedelta(seconds=5),
        )
        self.flipper = Flipper(
            self.pool,
            self.switch,
            RecordedFanOut(self.said),
            self.clock,
            transaction=lambda: transaction(self.pool),
            first=self.first,
            crowded=self.crowded,
            when_told=lambda: None,
        )
        self._requests = Requests(self.clock)
        self._options = Options(self.clock, self._requests)
        self._holding = Holding(self)  # type: ignore[arg-type]  # what it needs of one

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction, as a Service does."""
        async with transaction(self.pool) as connection:
            yield connection

    async def bind(self, *, least: int = 1) -> None:
        """Put on sheets what may be, however little it is."""
        binder = Binder(
            self.pool,
            RecordedFanOut(self.said),
            every=0,
            least=least,
            crowd=self.first,
        )
        await binder.round(RecordedStream.partitions)
        self.crowded |= binder.crowded

    async def hear(self, event: Event) -> None:
        """Take in one message."""
        self.heard.append(event)
        if isinstance(event, OutageDetected):
            await self.flipper.on_detected([Received(event, new_id(), NOON)])
        elif isinstance(event, OutageCleared):
            await self.flipper.on_cleared([Received(event, new_id(), NOON)])
        else:
            async with transaction(self.pool) as db:
                await self._hear(event, db)

    async def hear_together(
        self, wishes: Sequence[Any], traces: Sequence[str | None] = ()
    ) -> None:
        """Take in wishes that have come together."""
        self.heard += wishes
        received = [
            Received(wish, "", NOON, trace)
            for wish, trace in zip_longest(wishes, traces)
        ]
        async with transaction(self.pool) as db:
            await self._requests.on_requested(received, db)

    async def answers(self) -> list[tuple[str, str | None, str]]:
        """Return what waits to be told of wishes: outcome, code and trace."""
        rows = await self.pool.fetch(
            "SELECT value, headers FROM outbox"
            " WHERE topic = 'ForwardingConfigured' ORDER BY id"
        )
        told = [(json.loads(row["value"]), json.loads(row["headers"])) for row in rows]
        return [(a["outcome"], a["code"], h["traceparent"]) for a, h in told]

    async def _hear(self, event: Event, db: Any) -> None:
        match event:
            case LineConnected():
                await self._options.on_line(Received(event, "", NOON), db)
            case OptionEnabled():
                await self._options.on_enabled(Received(event, "", NOON), db)
            case OptionDisabled():
                await self._options.on_disabled(Received(event, "", NOON), db)
            case ForwardingRequested():
                await self._requests.on_requested([Received(event, "", NOON)], db)
            case ForwardingsHeld():
                await self._holding.on_held(Received(event, "", NOON), db)

    async def quiet(self) -> None:
        """Let everything come to its end."""
        for _ in range(100):
            await self._holding.catch_up()
            for seq in await self.pool.fetch(
                "SELECT seq FROM flip WHERE told_at IS NULL"
            ):
                self.flipper.start(seq["seq"])
            await self.flipper.drain()
            await self.keeper.round()
            if not await self.pool.fetchval(
                """
                SELECT (SELECT count(*) FROM flip WHERE told_at IS NULL)
                     + (SELECT count(*) FROM arming WHERE live_seq IS NULL)
                     + (SELECT count(*) FROM cause WHERE NOT live)
                """
            ):
                await self.relay()
                return
        raise AssertionError("it does not come to rest")

    async def relay(self) -> None:
        """Hear what the outbox holds."""
        rows = await self.pool.fetch(
            "DELETE FROM outbox RETURNING id, topic, value, headers"
        )
        for row in sorted(rows, key=lambda row: row["id"]):
            event = json.loads(row["value"])
            if row["topic"] == "ForwardingConfigured":
                continue
            if event.get("code") in {"switch_refused", "switch_away"}:
                continue
            last = f"-{event['last']}" if event["last"] else ""
            rings = NOWHERE
            if row["topic"] == "ForwardingApplied":
                rings = event["target"] if event["in_effect"] else HOME
            word = Word(json.loads(row["headers"])["ce_id"], event["version"], rings)
            self.said.setdefault(f"{event['number']}{last}", []).append(word)

    def last_word(self, scope: str) -> Word:
        """Return the word with the highest version."""
        words = self.said.get(scope, [])
        return max(words, key=lambda w: w.version, default=Word("", 0, HOME))

    async def close(self) -> None:
        """Let go of the switch."""
        await self.switch.close()


class _NoRelay:
    def wake(self) -> None:
        """Nobody listens."""


@dataclass
class Facts:
    """The facts of now, as plain rows."""

    lines: dict[str, list[str]]
    options: dict[tuple[str, str], asyncpg.Record]
    rules: dict[tuple[str, str], asyncpg.Record]
    causes: list[asyncpg.Record]
    entries: set[str]
    held: bool
    open: dict[str, OutageDetected]
    """What is open by the newest word of outage-watcher."""

    @classmethod
    async def read(cls, pool: Pool, outages: dict[str, OutageDetected]) -> "Facts":
        """Read what was taken in."""
        options = await pool.fetch("SELECT * FROM option")
        rules = await pool.fetch("SELECT * FROM rule")
        return cls(
            {r["line"]: r["places"] for r in await pool.fetch("SELECT * FROM line")},
            {(r["number"], r["last"]): r for r in options},
            {(r["number"], r["last"]): r for r in rules},
            await pool.fetch("SELECT * FROM cause WHERE active"),
            {r["scope"] for r in await pool.fetch("SELECT scope FROM arming")},
            await pool.fetchval("SELECT held FROM hold"),
            outages,
        )

    def block_of(self, number: str) -> tuple[str, str] | None:
        """Return the block that a number lies in."""
        found = [k for k in self.options if k[0] < k[1] and k[0] <= number <= k[1]]
        return found[0] if found else None

    def rings(self, number: str) -> str:
        """Say where calls go: HOME, NOWHERE or a target."""
        own, block = self.options.get((number, number)), self.block_of(number)
        around = self.options[block] if block else None
        option = own or around
        if option is None or not option["enabled"] or self.held:
            return HOME
        rule, whole = self.rules.get((number, number)), None
        if rule is None and block and around and around["enabled"]:
            if self._whose(around) != self._whose(option):
                return HOME
            rule, whole = self.rules.get(block), block
        if rule is None or not self._is_armed(rule):
            return HOME
        is_guest = bool(around and self._whose(around) != self._whose(option))
        if not (
            self._is_used(number, is_guest=is_guest)
            or self._is_cut_off(option["line"], rule)
        ):
            return HOME
        target = _extended(rule, number, whole[0] if whole else number)
        # Of those that follow their block, the block's first number is looked at.
        if self._is_down(target if number in self.entries else rule["target"]):
            return rule["fallback_target"] or NOWHERE
        return target

    def _is_armed(self, rule: asyncpg.Record) -> bool:
        is_barred = rule["flagged"] and rule["flagged"] not in ONLY_SHOWN
        return bool(rule["enabled"] and rule["target"] and not is_barred)

    def _whose(self, option: asyncpg.Record) -> str:
        return str(option["customer_number"])

    def _is_used(self, number: str, *, is_guest: bool) -> bool:
        """Say whether it is diverted by hand: alone, or with a block of its owner."""
        return any(
            c["number"] <= number <= c["last"]
            and not (is_guest and c["number"] != c["last"])
            for c in self.causes
        )

    def _is_cut_off(self, line: str, rule: asyncpg.Record) -> bool:
        return any(
            self._hits(outage, line)
            for outage in self.open.values()
            if rule["follows_planned_work"] or outage.kind != "planned"
        )

    def _is_down(self, target: str) -> bool:
        block = self.block_of(target)
        option = self.options.get((target, target)) or (
            self.options[block] if block else None
        )
        if option is None or not option["enabled"]:
            return False
        return any(self._hits(outage, option["line"]) for outage in self.open.values())

    def _hits(self, outage: OutageDetected, line: str) -> bool:
        return outage.takes_voice and bool(
            {line, *self.lines.get(line, [])} & set(outage.places)
        )

    def by_words(self, world: World, number: str) -> str:
        """Say where calls go by what was told: of the number, else of its block."""
        own, block = world.last_word(number), self.block_of(number)
        if number in self.entries or block is None:
            return own.rings
        told = world.last_word(f"{block[0]}-{block[1]}")
        if own.version > told.version:
            return own.rings
        rule = self.rules.get(block)
        if rule and told.rings == rule["target"]:
            return _extended(rule, number, block[0])
        return told.rings


def _extended(rule: asyncpg.Record, number: str, first: str) -> str:
    if not rule["keep_extension"]:
        return str(rule["target"])
    return f"+{int(rule['target']) + int(number) - int(first)}"


def newest(events: Sequence[Event]) -> dict[str, OutageDetected]:
    """Return the open outages after these facts, whatever their order."""
    over = {e.outage_id for e in events if isinstance(e, OutageCleared)}
    open_: dict[str, OutageDetected] = {}
    for event in events:
        if isinstance(event, OutageDetected) and event.outage_id not in over:
            known = open_.get(event.outage_id)
            if known is None or known.version < event.version:
                open_[event.outage_id] = event
    return open_


@asynccontextmanager
async def running_world(
    stack: Stack, switch: SwitchLab, *, first: int = 2
) -> AsyncIterator[World]:
    """Put a world together, on a database of its own and a switch that begins anew."""
    await switch.restart()
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1, max_size=6) as pool,
    ):
        world = World(pool, switch.url, first=first)
        try:
            yield world
        finally:
            await world.close()
