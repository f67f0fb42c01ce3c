"""What `make bench` measures: our own figures, the peers', calls, pages or growth."""

import asyncio
import os
import statistics
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import asyncpg
import psutil

from devstack.background import running_servers
from devstack.bench import asked, capacity, peers, rules
from devstack.bench.alone import forwarding_alone, until_ready
from devstack.bench.flipping import Bench
from devstack.console import say
from devstack.database import Place
from devstack.deploy import deploy, wait_for_servers
from devstack.postgres import admin_url
from devstack.settings import ROOT, Settings


async def measure(settings: Settings) -> int:
    """
    Print our figures; with PEERS_DIR, the peers' harness with us in it instead.

    BENCH=sip measures the switch with real calls, BENCH=portal pages and live news,
    BENCH=capacity how cost grows.
    """
    chosen = asked.bench()
    if chosen in {"sip", "portal"}:
        return await _script(f"{chosen}.py")
    if chosen == asked.FLIPS and (folder := os.environ.get("PEERS_DIR")):
        return await asyncio.to_thread(peers.run, Path(folder))
    sizes, rounds = asked.sizes(), asked.rounds()
    enter = running_servers(settings)
    await asyncio.to_thread(enter.__enter__)
    try:
        await wait_for_servers(settings)
        await deploy(settings, say)
        if chosen == "capacity":
            await capacity.measure(settings)
            return 0
        await _seed(settings, sizes)
        async with forwarding_alone(settings) as process, Bench.on(settings) as bench:
            many = sum(size for size in sizes if size >= rules.MANY)
            await until_ready(settings, int(many * rules.MOST))
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
            "TRUNCATE arming, sheet, rule, option, line, coverage, outage, flip, flag"
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
