"""
How cost grows with what there is of each kind (`GROWN`): BENCH=capacity.

One forwarding on servers of its own, whose switch acknowledges at once. Each kind grows
through some sizes while the others stay as usual.
"""

import asyncio
import json
import os
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.outbox import headers_of
from contracts.event import new_id
from contracts.forwardings import ForwardingConfigured, ForwardingRequested
from devstack.bench import holdings
from devstack.bench.alone import forwarding_alone
from devstack.bench.flipping import NOON, Bench
from devstack.bench.holdings import GROWN, NODE, Holding
from devstack.bench.shards import table as shards_table
from devstack.clients import brokers
from devstack.console import say
from devstack.database import Place
from devstack.postgres import admin_url
from devstack.rights import DEPLOYER
from devstack.settings import Settings

FLIPS = int(os.environ.get("BENCH_FLIPS", "40"))
SAVES = 20
LIST = 500
"""So many saves come at once, as from a file."""
COLUMNS = (
    "a line fails, p50 ms",
    "p95 ms",
    "CPU ms",
    "the node fails, last s",
    "a save, p50 ms",
    f"{LIST} saves at once, s",
    "database MiB",
    "service MiB",
)


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured with one holding."""

    flips: list[float]
    cpu: float
    """Seconds of processor that the service took for one flip of a line."""
    node: float
    saves: list[float]
    many: float
    database: float
    service: float

    def row(self, size: int) -> str:
        """Return it as a row of the table."""
        p95 = sorted(self.flips)[int(len(self.flips) * 0.95)]
        figures = (
            f"{statistics.median(self.flips) * 1000:.1f}",
            f"{p95 * 1000:.1f}",
            f"{self.cpu * 1000:.1f}",
            f"{self.node:.2f}",
            f"{statistics.median(self.saves) * 1000:.1f}",
            f"{self.many:.2f}",
            f"{self.database:,.0f}",
            f"{self.service:.0f}",
        )
        return f"| {size:,} | {' | '.join(figures)} |"


class Saver:
    """Saves rules as the portal does, and waits for the answers."""

    def __init__(self, producer: AIOKafkaProducer, answers: AIOKafkaConsumer) -> None:
        self._producer, self._answers = producer, answers

    @classmethod
    @asynccontextmanager
    async def on(cls, servers: dict[str, Any]) -> AsyncIterator["Saver"]:
        """Connect."""
        async with (
            AIOKafkaProducer(**servers) as producer,
            AIOKafkaConsumer(
                ForwardingConfigured.topic(), **servers, fetch_max_wait_ms=50
            ) as answers,
        ):
            await answers.seek_to_end()
            for place in answers.assignment():
                await answers.position(place)
            yield cls(producer, answers)

    async def save(self, holding: Holding, index: int, count: int = 1) -> float:
        """Point numbers elsewhere; return the seconds until all are answered."""
        loop = asyncio.get_running_loop()
        wishes = [_wish(holding, index + more) for more in range(count)]
        began = loop.time()
        for wish in wishes:
            headers = headers_of(wish.topic(), wish.source, new_id(), wish.requested_at)
            await self._producer.send(
                wish.topic(),
                wish.model_dump_json().encode(),
                key=wish.key.encode(),
                headers=[(name, text.encode()) for name, text in headers.items()],
            )
        waiting = {wish.request_id for wish in wishes}
        async with asyncio.timeout(120):
            while waiting:
                answer = json.loads((await self._answers.getone()).value)
                waiting.discard(answer["request_id"])
        return loop.time() - began


def _wish(holding: Holding, index: int) -> ForwardingRequested:
    number = index * 7 % holding.numbers
    return ForwardingRequested.model_validate(
        {
            "request_id": new_id(),
            "customer_number": holding.customer_of(number),
            "number": f"+49211{number:08d}",
            "action": "set",
            "rule": {"enabled": True, "target": f"+49302312{index:04d}"},
            "version": index + 1,
            "requested_by": "bench",
            "requested_at": NOON,
        }
    )


async def measure(settings: Settings) -> None:
    """Print a table for each that grows, and what follows for many databases."""
    servers = dict(brokers(settings, DEPLOYER))
    url = Place(admin_url(settings)).url
    db = await asyncpg.connect(url, server_settings={"search_path": "forwarding"})
    try:
        async with (
            # What was filled in a moment ago is told as what changed a moment ago.
            forwarding_alone(settings, FORWARDING_SHEET_NUMBERS="0") as process,
            Bench.on(settings) as bench,
            Saver.on(servers) as saver,
        ):
            for grows in os.environ.get("BENCH_GROWS", ",".join(GROWN)).split(","):
                sizes = GROWN[grows]
                say(f"\n| {grows} | {' | '.join(COLUMNS)} |")
                say(f"|{'--:|' * (len(COLUMNS) + 1)}")
                for holding in sizes:
                    await holdings.fill(db, holding)
                    point = await _point(db, process, bench, saver, holding)
                    say(point.row(getattr(holding, grows)))
    finally:
        await db.close()
    say(shards_table())


async def _point(
    db: asyncpg.Connection,
    process: psutil.Process,
    bench: Bench,
    saver: Saver,
    holding: Holding,
) -> Point:
    opened = [bench.new_id() for _ in range(holding.outages)]
    for index, outage in enumerate(opened):
        await bench.send(outage, f"L{holding.lines - 1 - index}", over=False)
    await _all_told(db)
    await _flips(bench, holding, 5)  # warms up
    cpu = sum(process.cpu_times()[:2])
    flips = await _flips(bench, holding, FLIPS)
    cpu = (sum(process.cpu_times()[:2]) - cpu) / (2 * FLIPS)
    saves = [await saver.save(holding, index) for index in range(SAVES)]
    many = await saver.save(holding, SAVES, LIST)
    database, service = await holdings.mebibytes(db), process.memory_info().rss / 2**20
    for index, outage in enumerate(opened):
        await bench.send(outage, f"L{holding.lines - 1 - index}", over=True)
    await _all_told(db)
    node = bench.new_id()
    _, took = await bench.flip(node, NODE, holding.numbers, over=False)
    await bench.flip(node, NODE, holding.numbers, over=True)
    return Point(flips, cpu, took, saves, many, database, service)


async def _flips(bench: Bench, holding: Holding, count: int) -> list[float]:
    """Let lines fail one after the other, and come back."""
    took = []
    for index in range(count):
        outage, line = bench.new_id(), f"L{index % holding.lines}"
        took.append((await bench.flip(outage, line, holding.a_line, over=False))[1])
        await bench.flip(outage, line, holding.a_line, over=True)
    return took


async def _all_told(db: asyncpg.Connection) -> None:
    """Wait until every flip was told, and the outages that were sent are recorded."""
    quiet = 0
    before = -1
    async with asyncio.timeout(120):
        while quiet < 3:  # noqa: PLR2004 - looks in a row
            await asyncio.sleep(0.1)
            known = await db.fetchval("SELECT count(*) FROM outage")
            untold = await db.fetchval(
                "SELECT count(*) FROM flip WHERE told_at IS NULL"
            )
            quiet = quiet + 1 if known == before and not untold else 0
            before = known
