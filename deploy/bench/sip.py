"""
What the switch does in which time: `make bench BENCH=sip`.

Kamailio with our configuration, on a loopback network of its own, and calls through
it. BENCH_SIZES says how many numbers hang on an element (1,1000,100000), BENCH_ROUNDS
how often each is flipped (100), BENCH_RATES how many calls a second are offered,
BENCH_RESTARTS how often a node is restarted (7).
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path

import asyncpg
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from chassis.clock import SystemClock  # noqa: E402
from chassis.postgres import connect_pool  # noqa: E402
from devstack.bench import asked  # noqa: E402
from devstack.errors import StackError  # noqa: E402
from devstack.settings import which  # noqa: E402
from forwarding.reconciler import Reconciler  # noqa: E402
from forwarding.switch import Operation  # noqa: E402
from forwarding.switches.gate import Gate  # noqa: E402
from forwarding.switches.kamailio import KamailioSwitch  # noqa: E402
from forwarding.switches.nodes import Node  # noqa: E402
from support.sip_lab import REDIRECT, SipLab, sip_lab  # noqa: E402
from support.stack import fresh_database, started_stack  # noqa: E402

MOBILE = "+4917717712345"
PARTS = ("flips", "calls", "reconcile", "load")
try:
    SIZES = asked.sizes()
    ROUNDS = asked.number("BENCH_ROUNDS", 100)
    RATES = asked.numbers("BENCH_RATES", "500,2000")
    RESTARTS = asked.number("BENCH_RESTARTS", 7)
    CHOSEN = asked.parts(sys.argv[1:], PARTS)
except StackError as error:
    sys.exit(str(error))
SECONDS = 5
BATCH = 5000
ASK = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="ask"><send retrans="500"><![CDATA[
INVITE sip:[field0]@home.example;user=phone SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:ask@home.example>;tag=[call_number]
To: <sip:[field0]@home.example>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:ask@[local_ip]:[local_port]>
Content-Length: 0

]]></send><recv response="STATUS"/><send><![CDATA[
ACK sip:[field0]@home.example;user=phone SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:ask@home.example>;tag=[call_number]
To: <sip:[field0]@home.example>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send></scenario>
"""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def number(size: int, n: int) -> str:
    """Return the n-th number behind the element of that size."""
    return f"+4930{SIZES.index(size)}{n:07}"


def rules(size: int) -> Iterator[Operation]:
    """Return a rule for each number behind an element."""
    for n in range(size):
        first = number(size, n)
        value = {
            "first": first,
            "last": None,
            "line": f"L-{n // 10}",
            "places": [f"L-{n // 10}", f"AN-{size}", "AGG-1", "REGION-1"],
            "target": MOBILE,
            "keep_extension": False,
            "fallback": None,
            "target_places": [],
            "off": False,
            "planned": True,
            "reason": "unavailable",
        }
        yield Operation(f"rule/{first}", n + 1, value)


async def load(switch: KamailioSwitch, size: int) -> float:
    """Arm all numbers of an element; return the seconds it took."""
    began = time.perf_counter()
    some: list[Operation] = []
    for one in rules(size):
        some.append(one)
        if len(some) == BATCH:
            await switch.apply(some)
            some = []
    await switch.apply(some)
    return time.perf_counter() - began


async def memory(switch: KamailioSwitch) -> int:
    """Return the bytes of shared memory that are in use."""
    sizes = await switch.sizes()
    return int(sizes["memory"]["result"]["real_used"])


async def time_to_divert(lab: SipLab, switch: KamailioSwitch, size: int) -> str:
    """Flip an element, and ask where a call behind it rings once that was said."""
    acked, seen, wrong = [], [], 0
    for turn in range(2 * ROUNDS):
        raised, dialled = turn % 2 == 0, number(size, turn * 7919 % size)
        flag = Operation(f"flag/fault/AN-{size}", 1000 + turn, {"raised": raised})
        began = time.perf_counter()
        await switch.apply([flag])
        acked.append((time.perf_counter() - began) * 1000)
        rings = await lab.rings(dialled)
        seen.append((time.perf_counter() - began) * 1000)
        wrong += rings != (MOBILE if raised else dialled)
    return (
        f"{size:>9,} numbers: said after {_spread(acked)},"
        f" next call answered after {_spread(seen)},"
        f" {wrong} of {len(seen)} wrong"
    )


def _spread(them: list[float]) -> str:
    late = sorted(them)[int(len(them) * 0.99)]
    return f"{statistics.median(them):.2f} ms (p99 {late:.2f})"


async def flips() -> None:
    """Measure loading, memory, flips of each size and the audit, on one switch."""
    async with sip_lab(memory=256 + sum(SIZES) // 1500) as lab:
        switch = lab.nodes[0].adapter(timeout=60)
        empty, took, total = await memory(switch), 0.0, sum(SIZES)
        for size in SIZES:
            took += await load(switch, size)
        used = await memory(switch) - empty
        say(f"arm {total:,} rules: {took:.2f} s; {used / total:.0f} bytes each, "
            f"{(1 << 30) * total // used:,} a GiB")  # fmt: skip
        for size in SIZES:
            say("flip one flag, " + (await time_to_divert(lab, switch, size)).strip())

        async def desired() -> AsyncGenerator[list[Operation], None]:
            for size in SIZES:
                every = rules(size)
                while some := list(islice(every, 1000)):
                    yield some

        began = time.perf_counter()
        found = [one async for one in switch.audit(desired)]
        say(f"audit all, without a dump: {time.perf_counter() - began:.2f} s, "
            f"{sum(one.kind != 'stuck' for one in found)} differ")  # fmt: skip
        await switch.close()


def processes_cpu(pid: int) -> float:
    """Return the seconds that a process and what it forked have used."""
    used = 0.0
    for each in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            used += sum(each.cpu_times()[:2])
    return used


def cpu(lab: SipLab) -> float:
    """Return the seconds that all processes of the switch have used."""
    return processes_cpu(lab.nodes[0].process.pid) if lab.nodes[0].process else 0.0


async def ask(lab: SipLab, rate: int, status: int, size: int) -> str:
    """Offer calls at a rate with SIPp; each must get the status."""
    count = rate * SECONDS
    with tempfile.TemporaryDirectory() as folder:
        scenario, numbers = Path(folder) / "ask.xml", Path(folder) / "numbers.csv"
        scenario.write_text(ASK.replace("STATUS", str(status)), encoding="utf-8")
        some = (number(size, n * 7919 % size) for n in range(2000))
        numbers.write_text("SEQUENTIAL\n" + "\n".join(some), encoding="utf-8")
        command = [
            *(which("sipp") or "sipp", f"{lab.nodes[0].host}:{REDIRECT}"),
            *("-sf", str(scenario), "-inf", str(numbers), "-i", f"{lab.network}.6"),
            *("-r", str(rate), "-m", str(count), "-l", str(rate), "-nostdin"),
            *("-skip_rlimit", "-f", "86400", "-trace_stat", "-stf", f"{folder}/stat"),
        ]
        before, began = cpu(lab), time.perf_counter()
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        took, used = time.perf_counter() - began, cpu(lab) - before
        stat = _last_line(Path(folder) / "stat")
    failed, again = stat["FailedCall(C)"], stat["Retransmissions(C)"]
    return (
        f"{count / took:,.0f} of {rate:,}/s, {used / count * 1e6:.0f} µs CPU a call, "
        f"{failed} failed, {again} sent again{'' if done.returncode == 0 else ' (!)'}"
    )


def _last_line(statistics_of_sipp: Path) -> dict[str, str]:
    names, *_, last = statistics_of_sipp.read_text(encoding="utf-8").splitlines()
    return dict(zip(names.split(";"), last.split(";"), strict=False))


async def calls() -> None:
    """Measure calls that are looked up, beside those of a switch that looks up none."""
    size = max(SIZES)
    for rate in RATES:
        for name, options, raised in (
            ("no lookup", ("-A", "NO_LOOKUP"), False),
            ("armed, no outage", (), False),
            ("its element is down", (), True),
        ):
            async with sip_lab(*options, memory=256 + size // 1500) as lab:
                switch = lab.nodes[0].adapter(timeout=60)
                await load(switch, size)
                flag = Operation(f"flag/fault/AN-{size}", 1, {"raised": raised})
                await switch.apply([flag])
                said = await ask(lab, rate, 302 if raised else 404, size)
                say(f"calls, {name}: {said}")
                await switch.close()


@asynccontextmanager
async def _facts(size: int) -> AsyncIterator[asyncpg.Pool]:
    """Return a database with armed rules, read as the service reads it."""
    async with started_stack() as stack, fresh_database(stack) as database:
        pool = await connect_pool(database.url("forwarding"), name="bench", size=5)
        await pool.copy_records_to_table(
            "arming",
            records=(_arming(one) for one in rules(size)),
            columns=[
                *("scope", "number", "last", "customer_number", "places", "value"),
                *("off", "planned", "head", "hash", "seq", "live_seq"),
            ],
        )
        try:
            yield pool
        finally:
            await pool.close()


def _arming(one: Operation) -> tuple[object, ...]:
    scope = one.key.removeprefix("rule/")
    # Each has a target of its own: what is looked up of them is seen only once.
    value = {**(one.value or {}), "target": f"+491771{scope[-7:]}"}
    known = (scope, scope, scope, "K1", value["places"], json.dumps(value))
    return (*known, False, True, "{}", 1, one.version, one.version)


async def server_cpu(pool: asyncpg.Pool) -> float:
    """Return the seconds that the database server's processes have used."""
    pid = await pool.fetchval("SELECT pg_backend_pid()")
    server = psutil.Process(pid).parent()
    return processes_cpu(server.pid) if server else 0.0


async def reconcile() -> None:
    """
    Restart a node again and again: how long until it takes calls, and what that costs.

    By the service's own parts, from the moment when the node answers again and that
    was seen until it was told that it is ready. The first fill warms up.
    """
    size = max(SIZES)
    async with _facts(size) as pool, sip_lab(memory=256 + size // 1500) as lab:
        node = Node(Gate(lab.nodes[0].adapter(timeout=60)))
        reconciler = Reconciler(
            pool, node, SystemClock(), every=60, limit=0.1, batch=1000
        )
        await reconciler.reconcile()
        filled, compared, used = [], [], []
        for _ in range(RESTARTS):
            lab.nodes[0].stop()
            await lab.nodes[0].start()
            before = time.process_time(), cpu(lab), await server_cpu(pool)
            filled.append(await _took(reconciler, size))
            after = time.process_time(), cpu(lab), await server_cpu(pool)
            used.append([b - a for a, b in zip(before, after, strict=True)])
            compared.append(await _took(reconciler, size))
        say(
            f"restart with {size:,} rules, {RESTARTS} times: filled from PostgreSQL "
            f"and ready after {_range(filled)}; compared again in {_range(compared)}"
        )
        ours, switch, database = (
            statistics.median(some) for some in zip(*used, strict=True)
        )
        say(f"processor for one fill: forwarding {ours:.2f} s, Kamailio {switch:.2f} s,"
            f" PostgreSQL {database:.2f} s; load {os.getloadavg()[0]:.1f}")  # fmt: skip
        await node.switch.close()


async def _took(reconciler: Reconciler, size: int) -> float:
    began = time.perf_counter()
    found = await reconciler.reconcile()
    took = time.perf_counter() - began
    if (found.entries, found.differences) != (size, 0):
        raise SystemExit(f"{found.entries} entries, {found.differences} differ")
    return took


def _range(them: list[float]) -> str:
    middle = statistics.median(them)
    return f"{middle:.2f} s ({min(them):.2f} to {max(them):.2f})"


def under_load() -> None:
    """Run the suite's accounting of every call, larger."""
    size = str(max(SIZES))
    given = {"SIP_LOAD_RATE": "500", "SIP_LOAD_NUMBERS": size, "SIP_LOAD_SECONDS": "10"}
    test = "tests/integration/switches/test_load.py"
    command = [sys.executable, "-m", "pytest", "-q", "-s", test]
    subprocess.run(command, cwd=ROOT, check=True, env={**given, **os.environ})


async def main() -> None:
    """Measure all of it, or the parts that are named."""
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "flips": flips,
        "calls": calls,
        "reconcile": reconcile,
        "load": partial(asyncio.to_thread, under_load),
    }
    for name in CHOSEN:
        await parts[name]()


if __name__ == "__main__":
    asyncio.run(main())
