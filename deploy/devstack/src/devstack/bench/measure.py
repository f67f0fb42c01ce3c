"""
Our own figures: one forwarding service on Kafka and PostgreSQL of its own.

A flip is timed from just before the outage is handed to Kafka until its first and its
last ForwardingApplied are read; every number must be there. The reader works on the
same processors and is inside every time, so read ratios, not absolutes.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from devstack.background import running_servers
from devstack.bench import peers, rules
from devstack.bench.alone import forwarding_alone
from devstack.clients import brokers
from devstack.console import say
from devstack.database import Place
from devstack.deploy import deploy, wait_for_servers
from devstack.postgres import admin_url
from devstack.rights import DEPLOYER
from devstack.settings import ROOT, Settings

APPLIED = "ForwardingApplied"
NOON = "2026-11-23T12:00:00Z"
DEADLINE = 120.0


async def measure(settings: Settings) -> int:
    """
    Print our figures; with PEERS_DIR, the peers' harness with us in it instead.

    BENCH=sip measures the switch with real calls, BENCH=portal pages and live news,
    BENCH=capacity how cost grows.
    """
    if os.environ.get("BENCH") == "sip":
        return await _script("sip.py")
    if os.environ.get("BENCH") == "portal":
        return await _script("portal.py")
    if folder := os.environ.get("PEERS_DIR"):
        return await asyncio.to_thread(peers.run, Path(folder))
    sizes = [int(n) for n in os.environ.get("BENCH_SIZES", "1,1000,100000").split(",")]
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    enter = running_servers(settings)
    await asyncio.to_thread(enter.__enter__)
    try:
        await wait_for_servers(settings)
        await deploy(settings, say)
        if os.environ.get("BENCH") == "capacity":
            await import_module("devstack.bench.capacity").measure(settings)
            return 0
        await _seed(settings, sizes)
        async with forwarding_alone(settings) as process, Bench.on(settings) as bench:
            say(await _rounds(bench, process, sizes, rounds))
    finally:
        await asyncio.to_thread(enter.__exit__, None, None, None)
    return 0


async def _script(name: str) -> int:
    """Run a bench that is a file of its own: it takes parts of everything."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "deploy" / "bench" / name), cwd=ROOT
    )
    return await process.wait()


async def _seed(settings: Settings, sizes: Sequence[int]) -> None:
    known = list(rules.population(sizes))
    say(f"Arming {len(known):,} numbers")
    db = await asyncpg.connect(
        Place(admin_url(settings)).url, server_settings={"search_path": "forwarding"}
    )
    try:
        await db.execute(
            "TRUNCATE arming, rule, option, line, coverage, outage, flip, flag"
        )
        columns = ["line", "customer_number", "places", "version"]
        await _copy(db, "line", columns, rules.lines(known))
        for table, makers in rules.TABLES.items():
            await _copy(db, table, list(makers), rules.rows(known, table))
        await db.execute("SELECT setval('flip_seq', 10)")
        await db.execute("ANALYZE")
    finally:
        await db.close()


async def _copy(
    db: asyncpg.Connection,
    table: str,
    columns: list[str],
    rows: Iterable[tuple[str, ...]],
) -> None:
    async def text() -> AsyncIterator[bytes]:
        for row in rows:
            yield ("\t".join(row) + "\n").encode()

    await db.copy_to_table(table, source=text(), columns=columns)


class Bench:
    """Sends outages and reads what is told of them."""

    def __init__(self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer) -> None:
        self._producer, self._consumer = producer, consumer
        self._serial = int(time.time()) * 1000

    @classmethod
    @asynccontextmanager
    async def on(cls, settings: Settings) -> AsyncIterator["Bench"]:
        """Connect to the servers of a stack."""
        servers = brokers(settings, DEPLOYER)
        async with (
            AIOKafkaProducer(**servers) as producer,
            AIOKafkaConsumer(
                **servers,
                max_partition_fetch_bytes=8 << 20,
                fetch_max_bytes=64 << 20,
            ) as consumer,
        ):
            parts = await producer.partitions_for(APPLIED)
            places = [TopicPartition(APPLIED, part) for part in sorted(parts)]
            consumer.assign(places)
            await consumer.seek_to_end(*places)
            yield cls(producer, consumer)

    def new_id(self) -> str:
        """Return an id for an outage."""
        self._serial += 1
        return f"o-{self._serial}"

    async def send(self, outage: str, place: str, *, over: bool) -> None:
        """Tell that an outage is there, or over."""
        event: dict[str, Any] = {"outage_id": outage, "element": place}
        event |= (
            {"version": 2, "cleared_at": NOON}
            if over
            else {"occurred_at": NOON, "detected_at": NOON}
        )
        topic = "OutageCleared" if over else "OutageDetected"
        await self._producer.send(
            topic, json.dumps(event).encode(), key=outage.encode()
        )

    async def read(self) -> list[bytes]:
        """Return the values that came; empty after a moment without any."""
        found = await self._consumer.getmany(timeout_ms=20)
        return [record.value for records in found.values() for record in records]

    async def flip(
        self, outage: str, place: str, size: int, *, over: bool
    ) -> tuple[float, float]:
        """Time one flip to its first and last result; every number must be there."""
        began = time.perf_counter()
        await self.send(outage, place, over=over)
        first, numbers = 0.0, set[str]()
        while len(numbers) < size:
            values = [one for one in await self.read() if outage.encode() in one]
            at = time.perf_counter() - began
            first = first or (at if values else 0.0)
            numbers.update(_number(value) for value in values)
            if at > DEADLINE:
                message = f"{len(numbers)} of {size} results after {DEADLINE} s"
                raise TimeoutError(message)
        return first, time.perf_counter() - began

    async def singles(self, per_second: float, crowd: int = 0) -> list[float]:
        """Time outages of one number each, while one of `crowd` numbers is told."""
        mass, sent, took = self.new_id(), dict[str, float](), list[float]()
        left = crowd
        if crowd:
            await self.send(mass, f"E{crowd}", over=False)
        begin, index = time.perf_counter(), 0
        while len(took) < rules.SINGLES or left > 0:
            now = time.perf_counter()
            if index < rules.SINGLES and now >= begin + index / per_second:
                outage = self.new_id()
                sent[outage] = now
                await self.send(outage, f"S-A{index}", over=False)
                index += 1
            for value in await self._quickly(begin + index / per_second):
                if mass.encode() in value:
                    left -= 1
                elif (outage := json.loads(value)["outage_id"]) in sent:
                    took.append(time.perf_counter() - sent[outage])
        await self._take_back(mass if crowd else None, sent, crowd)
        return sorted(took)

    async def _quickly(self, due: float) -> list[bytes]:
        wait = max(1, min(20, int((due - time.perf_counter()) * 1000)))
        found = await self._consumer.getmany(timeout_ms=wait)
        return [record.value for records in found.values() for record in records]

    async def _take_back(
        self, mass: str | None, sent: Iterable[str], crowd: int
    ) -> None:
        for index, outage in enumerate(sent):
            await self.send(outage, f"S-A{index}", over=True)
        if mass:
            await self.send(mass, f"E{crowd}", over=True)
        left = rules.SINGLES + crowd
        while left > 0:
            left -= len(await self.read())


def _number(value: bytes) -> str:
    start = value.index(b'"number":"') + 10
    return value[start : value.index(b'"', start)].decode()


async def _rounds(
    bench: Bench, process: psutil.Process, sizes: Sequence[int], rounds: int
) -> str:
    flips: dict[int, list[tuple[float, float, float]]] = {size: [] for size in sizes}
    singles, crowded = list[list[float]](), list[list[float]]()
    crowd = max((size for size in sizes if size <= 100_000), default=0)  # noqa: PLR2004
    for number in range(-1, rounds):  # the first warms up and is not counted
        for size in sizes:
            outage, cpu = bench.new_id(), sum(process.cpu_times()[:2])
            first, last = await bench.flip(outage, f"E{size}", size, over=False)
            cpu = sum(process.cpu_times()[:2]) - cpu
            await bench.flip(outage, f"E{size}", size, over=True)
            if number >= 0:
                flips[size].append((first, last, cpu))
        alone = await bench.singles(50)
        among = await bench.singles(100, crowd) if crowd > 1 else []
        if number >= 0:
            singles.append(alone)
            crowded += [among] if among else []
        say(f"round {number + 1} of {rounds}")
    return _table(flips, singles, crowded, process.memory_info().rss)


def _table(
    flips: dict[int, list[tuple[float, float, float]]],
    singles: list[list[float]],
    crowded: list[list[float]],
    rss: int,
) -> str:
    out = [
        "",
        "| one outage of | first ms | last ms | numbers/s | CPU s of forwarding |",
        "|--:|--:|--:|--:|--:|",
    ]
    for size, runs in flips.items():
        first, last, cpu = zip(*runs, strict=True)
        rate = size / statistics.median(last)
        out.append(
            f"| {size:,} | {_spread(first)} | {_spread(last)} | {rate:,.0f} "
            f"| {statistics.median(cpu):.2f} |"
        )
    out += ["", "| outages of one number | p50 ms | p99 ms |", "|---|--:|--:|"]
    for name, runs_of in (("50 a second", singles), ("in a mass flip", crowded)):
        if runs_of:
            middle = [run[len(run) // 2] for run in runs_of]
            high = [run[int(len(run) * 0.99)] for run in runs_of]
            out.append(f"| {name} | {_spread(middle)} | {_spread(high)} |")
    out += ["", f"forwarding: {rss / 2**20:.0f} MiB; median (min to max) of rounds"]
    return "\n".join(out)


def _spread(seconds: Sequence[float]) -> str:
    low, high = min(seconds) * 1000, max(seconds) * 1000
    return f"{statistics.median(seconds) * 1000:,.1f} ({low:,.1f} to {high:,.1f})"
