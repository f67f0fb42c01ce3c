"""
The portal under load: `make bench BENCH=portal`.

One gateway on Kafka and PostgreSQL, and many customers who each have a live page open.
News come by Kafka one by one; each is timed from just before it is handed over until
the customer's own stream names it, and again until the list that the page then asks
for is there. Beside that customers open pages at a rate that does not wait for answers,
and every open page looks again each 20 seconds, as it does in a browser.
At last one outage touches everybody at once.

BENCH_CUSTOMERS (300), BENCH_SECONDS (20), BENCH_RATE (pages and news a second, 10).
"""

import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx
import psutil
from aiokafka import AIOKafkaProducer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from chassis.clock import SystemClock  # noqa: E402
from contracts.event import Event, new_id  # noqa: E402
from contracts.forwardings import ForwardingApplied  # noqa: E402
from contracts.outages import OutageDetected  # noqa: E402
from devstack.bench import asked  # noqa: E402
from devstack.errors import StackError  # noqa: E402
from devstack.ports import free_port  # noqa: E402
from portal_gateway.http.people import COOKIE  # noqa: E402
from portal_gateway.usecases.passwords import new_token, token_hash  # noqa: E402
from support.stack import Database, Stack, fresh_database, started_stack  # noqa: E402

try:
    CUSTOMERS = asked.number("BENCH_CUSTOMERS", 300)
    SECONDS = asked.number("BENCH_SECONDS", 20)
    RATE = asked.number("BENCH_RATE", 10)
except StackError as error:
    sys.exit(str(error))
NUMBERS_EACH = 10
MANY = 10_000
TIMES = 20
"""How often each page of the customer with many numbers is opened."""
PAGES = ("/konfigurator", "/stoerungen", "/verlauf", "/auftraege")
PAGES_OF_MANY = (
    "/konfigurator",
    "/konfigurator?suche=4711",
    "/konfigurator?zeigen=bereit&seite=200",
    "/konfigurator/nummer/{number}",
    "/konfigurator/was-waere-wenn",
    "/auftraege",
    "/stoerungen",
    "/verlauf",
    "/rufumleitungen.csv",
)
RANGES = ("+493023125", "+492214710", "+496990009", "+494066969", "+498999998")
"""Reserved for fiction, each with three more digits."""
TARGET = "+4915228817386"
NODE = "bench-node"
PATIENCE = 60.0
LOOK_AGAIN = 20.0
"""Seconds after which an open page asks anew, whatever the stream says (portal.js)."""
PARTS = ("/lage", "/konfigurator")
"""What an open configurator asks for then."""
LIVE = httpx.Timeout(PATIENCE, read=None)


@dataclass
class Person:
    """A customer with a session and a live page."""

    number: str
    numbers: list[str]
    token: str = field(default_factory=new_token)
    heard: defaultdict[str, asyncio.Event] = field(
        default_factory=lambda: defaultdict(asyncio.Event)
    )

    @property
    def cookies(self) -> dict[str, str]:
        """Return what his browser shows."""
        return {COOKIE: self.token}


def fictional() -> Iterator[str]:
    """Return the numbers that nobody has, 5,000 of them."""
    for start in RANGES:
        for last in range(1000):
            yield f"{start}{last:03d}"


def people() -> list[Person]:
    """Return the customers."""
    numbers = fictional()
    return [
        Person(f"BENCH-{n:04d}", [next(numbers) for _ in range(NUMBERS_EACH)])
        for n in range(CUSTOMERS)
    ]


async def seed(database: Database, crowd: list[Person]) -> None:
    """Give everybody an account, a session, a line and numbers with a target."""
    now = SystemClock().now()
    db = await asyncpg.connect(
        database.admin_url, server_settings={"search_path": "portal_gateway"}
    )
    rule = json.dumps({"enabled": True, "target": TARGET})
    for one in crowd:
        await db.execute(
            "INSERT INTO customer VALUES ($1, 'Firma', 'Weg 1', '{DE}', 'bench', $2)",
            one.number,
            now,
        )
        account = await db.fetchval(
            """
            INSERT INTO account (role, customer_number, username, username_key,
                                 password_hash, created_at)
                 VALUES ('customer', $1, $1, $1, '-', $2) RETURNING id
            """,
            one.number,
            now,
        )
        await db.execute(
            """
            INSERT INTO session (token_hash, account_id, must_change, created_at,
                                 seen_at) VALUES ($1, $2, false, $3, $3)
            """,
            token_hash(one.token),
            account,
            now,
        )
        line = f"L-{one.number}"
        await db.execute(
            "INSERT INTO line VALUES ($1, $2, $3, 1)", line, one.number, [NODE]
        )
        await db.executemany(
            """
            INSERT INTO number_option (number, last, customer_number, order_id, enabled,
                                       product, line, opened_on, version)
                 VALUES ($1, $1, $2, 'O', true, 'sip-trunk-2.0', $3, '2026-01-01', 1)
            """,
            [(number, one.number, line) for number in one.numbers],
        )
        await db.executemany(
            """
            INSERT INTO wish (number, last, customer_number, version, wished, asked_at,
                              asked_by, settled_version, settled_at, in_force, outcome)
                 VALUES ($1, $1, $2, 1, $3, $4, 'x', 1, $4, $3, 'accepted')
            """,
            [(number, one.number, rule, now) for number in one.numbers],
        )
    await db.execute("ANALYZE")
    await db.close()


def keeper_of_many() -> Person:
    """Return a customer with 10,000 numbers: a reserved block, one digit longer."""
    return Person("BENCH-MANY", [f"+493023125{n:04d}" for n in range(MANY)])


@contextlib.asynccontextmanager
async def gateway(
    stack: Stack, database: Database
) -> AsyncIterator[tuple[str, psutil.Process]]:
    """Run one gateway and return its address."""
    port = free_port()
    with TemporaryDirectory() as folder:
        env = os.environ | {
            "PORTAL_GATEWAY_DATABASE_URL": database.url("portal_gateway"),
            "PORTAL_GATEWAY_PORT": str(port),
            "PORTAL_GATEWAY_LETTERS_DIR": folder,
            "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
            "LOG_LEVEL": "ERROR",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "portal_gateway", env=env
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await ready(url)
            yield url, psutil.Process(process.pid)
        finally:
            process.kill()
            await process.wait()


async def ready(url: str) -> None:
    """Wait until the gateway takes requests."""
    async with httpx.AsyncClient() as http, asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(f"{url}/health/ready")).is_success:
                    return
            await asyncio.sleep(0.1)


async def listen(http: httpx.AsyncClient, one: Person) -> None:
    """Hear one customer's stream for ever."""
    headers = {"Cookie": f"{COOKIE}={one.token}"}
    async with http.stream("GET", "/live", headers=headers, timeout=LIVE) as stream:
        stream.raise_for_status()
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                one.heard[line.removeprefix("event: ")].set()


def spread(crowd: list[Person]) -> Iterator[tuple[Person, float]]:
    """Return everybody with the moment of his first look, one after the other."""
    for n, one in enumerate(crowd):
        yield one, LOOK_AGAIN * n / len(crowd)


class Bench:
    """Customers, what they ask, and what is told to them."""

    def __init__(
        self, http: httpx.AsyncClient, producer: AIOKafkaProducer, crowd: list[Person]
    ) -> None:
        self.http, self.producer, self.crowd = http, producer, crowd
        self.pages: list[float] = []
        self.news: list[float] = []
        self.lists: list[float] = []
        self.looks: list[float] = []
        self.refused = 0
        self._version = 0

    async def send(self, event: Event) -> None:
        """Hand an event to Kafka."""
        await self.producer.send_and_wait(
            event.topic(),
            event.model_dump_json(by_alias=True).encode(),
            event.key.encode(),
            headers=[("ce_id", new_id().encode())],
        )

    async def open_page(self, one: Person, path: str) -> None:
        """Time one page."""
        begun = time.perf_counter()
        if await self.ask(one, path):
            self.pages.append(time.perf_counter() - begun)

    async def ask(self, one: Person, path: str, **headers: str) -> bool:
        """Ask for a page as the customer; False when the portal is too busy (503)."""
        headers["Cookie"] = f"{COOKIE}={one.token}"
        answer = await self.http.get(path, headers=headers)
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self.refused += 1
            return False
        answer.raise_for_status()
        return True

    async def hear_news(self, one: Person) -> None:
        """Time one number's news until the stream has it, and until the list is new."""
        heard = one.heard["numbers"]
        heard.clear()
        begun = time.perf_counter()
        await self.send(self.applied(one))
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
        self.news.append(time.perf_counter() - begun)
        if await self.ask(one, "/konfigurator", **{"HX-Request": "true"}):
            self.lists.append(time.perf_counter() - begun)

    def applied(self, one: Person) -> ForwardingApplied:
        """Return that calls to one of his numbers go to the target now, or home."""
        self._version += 1
        now, on = SystemClock().now(), bool(self._version % 2)
        causes = [{"type": "manual", "id": "x", "since": now}] if on else []
        return ForwardingApplied.model_validate(
            {
                "number": one.numbers[self._version % NUMBERS_EACH],
                "customer_number": one.number,
                "line": f"L-{one.number}",
                "target": TARGET,
                "in_effect": on,
                "causes": causes,
                "reason": "manual",
                "version": self._version,
                "applied_at": now,
            }
        )

    async def look_again(self, one: Person, first: float) -> None:
        """Ask for the parts of his open page for ever, as browsers do."""
        await asyncio.sleep(first)
        while True:
            for part in PARTS:
                begun = time.perf_counter()
                if await self.ask(one, part, **{"HX-Request": "true"}):
                    self.looks.append(time.perf_counter() - begun)
            await asyncio.sleep(LOOK_AGAIN)

    async def offer(self) -> None:
        """Let pages and news come at their rate, whether answers come or not."""
        loop = asyncio.get_running_loop()
        end, turn, tasks = loop.time() + SECONDS, 0, set[asyncio.Task[None]]()
        due = loop.time()
        while due < end:
            # News go round, so that no stream waits for two of them at once.
            one = self.crowd[turn % len(self.crowd)]
            other = self.crowd[-1 - turn * 7 % len(self.crowd)]
            path = PAGES[turn % len(PAGES)]
            tasks.add(asyncio.create_task(self.hear_news(one)))
            tasks.add(asyncio.create_task(self.open_page(other, path)))
            turn, due = turn + 1, due + 1 / RATE
            await asyncio.sleep(max(0.0, due - loop.time()))
        await asyncio.gather(*tasks)

    async def tell_everybody(self) -> list[float]:
        """Let one outage touch all; return when each stream named it."""
        for one in self.crowd:
            one.heard["outages"].clear()
        now, begun = SystemClock().now(), time.perf_counter()
        taken: list[float] = []

        async def hear(one: Person) -> None:
            await one.heard["outages"].wait()
            taken.append(time.perf_counter() - begun)

        hearing = [asyncio.create_task(hear(one)) for one in self.crowd]
        await self.send(
            OutageDetected(
                outage_id=new_id(),
                version=1,
                element=NODE,
                occurred_at=now - timedelta(seconds=5),
                detected_at=now,
            )
        )
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*hearing)
        return taken


async def pages_of_many(bench: Bench, one: Person) -> dict[str, list[float]]:
    """Time the pages of who has 10,000 numbers, after news and when nothing is new."""
    taken: dict[str, list[float]] = {}
    for path in PAGES_OF_MANY:
        bench.pages = []
        for _ in range(TIMES):
            await bench.open_page(one, path.format(number=one.numbers[MANY // 2]))
        taken[f"`{path}`"] = bench.pages
    bench.pages = []
    for _ in range(TIMES):
        await bench.hear_news(one)  # and so nothing that was kept is true any more
    taken["news, until the new list is there"] = bench.lists[-TIMES:]
    return taken


def row(name: str, taken: list[float]) -> str:
    """Return one line of the table: milliseconds."""
    cuts = statistics.quantiles(taken, n=100)
    middle, high, most = (1000 * each for each in (cuts[49], cuts[98], max(taken)))
    return f"| {name} | {len(taken)} | {middle:.0f} | {high:.0f} | {most:.0f} |"


async def main() -> None:
    """Measure and print the tables."""
    crowd, keeper = people(), keeper_of_many()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with (
        started_stack() as stack,
        fresh_database(stack) as database,
        AIOKafkaProducer(bootstrap_servers=stack.bootstrap_servers) as producer,
    ):
        await seed(database, [*crowd, keeper])
        async with (
            gateway(stack, database) as (url, process),
            httpx.AsyncClient(base_url=url, limits=limits, timeout=PATIENCE) as http,
        ):
            everyone = [*crowd, keeper]
            streams = [asyncio.create_task(listen(http, one)) for one in everyone]
            async with asyncio.timeout(PATIENCE):
                for one in everyone:
                    await one.heard["resync"].wait()
            bench = Bench(http, producer, crowd)
            await measure(bench, process)
            many(await pages_of_many(bench, keeper))
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)


async def measure(bench: Bench, process: psutil.Process) -> None:
    """Let everybody look, ask and hear at once, and print how long it took."""
    before = process.cpu_times()
    looking = [
        asyncio.create_task(bench.look_again(one, first))
        for one, first in spread(bench.crowd)
    ]
    await bench.offer()
    used = process.cpu_times()
    everybody = await bench.tell_everybody()
    for each in looking:
        each.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    report(bench, everybody, used.user + used.system, before)
    print(f"Memory of the gateway: {process.memory_info().rss >> 20} MiB")


def many(taken: dict[str, list[float]]) -> None:
    """Print how long the pages of a customer with many numbers took."""
    print(f"\nA customer with {MANY:,} numbers")
    print(f"| {TIMES} times each | p50 ms | most ms |\n|---|--:|--:|")
    for name, times in taken.items():
        middle, most = 1000 * statistics.median(times), 1000 * max(times)
        print(f"| {name} | {middle:.0f} | {most:.0f} |")


def report(bench: Bench, everybody: list[float], used: float, before: object) -> None:
    """Print what was measured."""
    busy = used - getattr(before, "user", 0.0) - getattr(before, "system", 0.0)
    print(f"\n{CUSTOMERS} customers with a live page, {RATE:g} pages and news a second")
    print("| | measured | p50 ms | p99 ms | most ms |\n|---|--:|--:|--:|--:|")
    print(row("page opened", bench.pages))
    print(row("news, until the stream names it", bench.news))
    print(row("news, until the new list is there", bench.lists))
    print(row("part looked at again, as every page does", bench.looks))
    print(row("one outage, until each stream names it", everybody))
    print(f"Pages refused because it was too busy: {bench.refused}")
    print(f"Processor time of the gateway: {busy / SECONDS:.2f} of one core")


if __name__ == "__main__":
    asyncio.run(main())
