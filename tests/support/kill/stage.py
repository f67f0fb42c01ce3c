"""The whole system for one story: services under a keeper, people who are logged in."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
from aiokafka import AIOKafkaProducer

from chassis import postgres
from contracts.number_range import NumberRange
from devstack.ports import free_port
from devstack.programs import service_env
from devstack.settings import SERVICES, Settings
from portal_gateway.domain.credentials import name_key
from portal_gateway.http import people
from portal_gateway.store import accounts, sessions
from portal_gateway.usecases.passwords import new_token, token_hash
from support.kill.client import PATIENCE, Client
from support.kill.monitors import NOC, SOURCES
from support.kill.processes import Kept, Nursery
from support.kill.quiet import under_way
from support.stack import Database
from support.waiting import eventually

START_WITHIN = 90.0
AT_WORK = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
                    WHERE usename = $1 AND state = 'idle in transaction')
"""
OPEN = """
    SELECT EXISTS (SELECT FROM portal_gateway.wish
                    WHERE number = $1 AND last = $2 AND version > settled_version)
"""
WISH = """
    SELECT asked_at, version, settled_at, settled_version,
           (SELECT count(*) FROM forwarding.early_wish AS early
             WHERE early.number = wish.number) AS early
      FROM portal_gateway.wish WHERE number = $1 AND last = $2
"""
EXTRA = {
    "FORWARDING_RECONCILE_EVERY": "PT3S",
    "FORWARDING_SWITCH_TIMEOUT": "PT2S",
    # A story has few numbers; of most that fail together it is told as of very many.
    "FORWARDING_FIRST_NUMBERS": "2",
    "FORWARDING_SHEET_NUMBERS": "2",
    "FORWARDING_SHEET_EVERY": "PT0.5S",
    "PORTAL_GATEWAY_CONFIRM_WAIT": "PT0.3S",
    "PORTAL_GATEWAY_NEW_TARGETS_A_DAY": "100000",  # people of a story choose many
    "PORTAL_GATEWAY_CONFIRMATION_VALID": "PT12H",  # nobody types a password again
    "OUTAGE_WATCHER_HOLD_UP": "PT0S",
    # The story knows what sources say, not what follows of many lines together.
    "OUTAGE_WATCHER_ELEMENT_LEAST": "100000",
    "LOG_LEVEL": "INFO",
}


@dataclass
class Stage:
    """Everything that runs."""

    services: dict[str, Kept]
    producer: AIOKafkaProducer
    clients: dict[str, Client]
    switch_url: str
    database: Database
    servers: str
    watching: asyncpg.Pool
    """The administrator's connections."""

    def client(self, name: str) -> Client:
        """Return somebody's client."""
        return self.clients[name]

    async def is_at_work(self, kept: Kept) -> bool:
        """Tell whether a service is in the middle of a transaction."""
        try:
            return bool(await self.watching.fetchval(AT_WORK, kept.nursery.package))
        except (*postgres.TRANSIENT, asyncpg.PostgresError):
            return False  # the database is away, by a fault of its own

    async def answered(self, numbers: NumberRange) -> None:
        """Wait until no wish for the number is under way."""

        async def nothing_is_open() -> bool:
            try:
                return not await self.watching.fetchval(
                    OPEN, numbers.first, numbers.last
                )
            except (*postgres.TRANSIENT, asyncpg.PostgresError):
                return False

        try:
            await eventually(nothing_is_open, within=PATIENCE)
        except AssertionError as error:
            wish = await self.watching.fetchrow(WISH, numbers.first, numbers.last)
            error.add_note(f"the wish: {dict(wish) if wish else None}")
            busy = await under_way(self.database.admin_url, self.servers)
            error.add_note(f"under way: {busy}")
            raise


@dataclass(frozen=True, slots=True)
class Ways:
    """How everything reaches everything else."""

    settings: Settings
    rewired: Callable[[str, Mapping[str, str]], Mapping[str, str]] = (
        lambda _package, env: env
    )
    """Changes a service's environment."""
    doors: Mapping[str, str] = field(default_factory=dict)
    """URLs by package, for people who take another way than the direct one."""


def direct_ways(settings: Settings) -> Ways:
    """Return ports that nobody has, and nothing in between."""
    ports = {service.package: free_port() for service in SERVICES}
    return Ways(replace(settings, switch_port=free_port(), ports=ports))


@contextlib.asynccontextmanager
async def staged(
    database: Database,
    servers: str,
    customers: Iterable[str],
    folder: Path,
    ways: Ways | None = None,
) -> AsyncIterator[Stage]:
    """Start all, and end all."""
    ways = ways or direct_ways(database.settings)
    settings = ways.settings
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(_switch(settings, folder))
        services = {}
        for service in SERVICES:
            kept = _kept(ways, database, service.package, folder)
            await kept.nursery.open()
            stack.push_async_callback(kept.nursery.close)
            stack.push_async_callback(kept.stop)
            services[service.package] = kept
        watching = await asyncpg.create_pool(database.admin_url, min_size=1, max_size=6)
        stack.push_async_callback(watching.close)
        producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True)
        await stack.enter_async_context(producer)
        tokens = await _log_in(database.url("portal_gateway"), customers)
        clients = await _clients(stack, ways, tokens, _secrets(folder))
        for kept in services.values():
            kept.start()
        for kept in services.values():
            await eventually(kept.is_ready, within=START_WITHIN)
        yield Stage(
            services,
            producer,
            clients,
            settings.switch_url,
            database,
            servers,
            watching,
        )


def _kept(ways: Ways, database: Database, package: str, folder: Path) -> Kept:
    settings = ways.settings
    service = next(each for each in SERVICES if each.package == package)
    sources = folder / "sources.json"
    if not sources.exists():
        names = (*SOURCES, NOC, "operator")
        sources.write_text(json.dumps({name: f"secret of {name}" for name in names}))
    env = {
        **os.environ,
        **service_env(settings, service),
        **EXTRA,
        f"{service.prefix}_DATABASE_URL": database.url(package),
        "OUTAGE_WATCHER_SOURCES_FILE": str(sources),
        "PORTAL_GATEWAY_LETTERS_DIR": str(folder / "letters"),
    }
    port, log = settings.ports[package], folder / f"{package}.log"
    return Kept(service.name, Nursery(package), ways.rewired(package, env), port, log)


def _secrets(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "sources.json").read_text())
    return found


@contextlib.asynccontextmanager
async def _switch(settings: Settings, folder: Path) -> AsyncIterator[None]:
    with (folder / "switch.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "simulated_switch",
            "--port",
            str(settings.switch_port),
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _log_in(url: str, customers: Iterable[str]) -> dict[str, str]:
    """Open the customers and an agent with a session each; return their secrets."""
    now, tokens = datetime.now(UTC), {}  # noqa: TID251 - a session of this moment
    pool = await postgres.connect_pool(url, name="test", size=2)
    async with postgres.transaction(pool) as connection:
        await accounts.add_staff(connection, "agent", "agent", "-", now, role="agent")
        for number in customers:
            name = f"Firma {number}"
            await accounts.add_customer(
                connection,
                number,
                name=name,
                address="Musterweg 1",
                countries=["DE"],
                by="test",
                at=now,
            )
        for name in ("agent", *customers):
            account = await accounts.by_name(connection, name, name_key(name))
            assert account
            if name != "agent":
                key = name_key(f"user {name}")
                await accounts.set_credentials(
                    connection, account.id, f"user {name}", key, "-"
                )
            tokens[name] = new_token()
            hashed = token_hash(tokens[name])
            await sessions.add(
                connection, hashed, account.id, must_change=False, at=now
            )
    await pool.close()
    return tokens


async def _clients(
    stack: contextlib.AsyncExitStack,
    ways: Ways,
    tokens: dict[str, str],
    secrets: dict[str, str],
) -> dict[str, Client]:
    urls = {service.package: ways.settings.url(service) for service in SERVICES}
    urls |= ways.doors
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=40)
    portal, watcher = [
        await stack.enter_async_context(
            httpx.AsyncClient(base_url=urls[package], timeout=10, limits=limits)
        )
        for package in ("portal_gateway", "outage_watcher")
    ]
    clients = {
        name: Client(portal, Cookie=f"{people.COOKIE}={token}")
        for name, token in tokens.items()
    }
    return clients | {
        name: Client(watcher, Authorization=f"Bearer {secret}")
        for name, secret in secrets.items()
    }
