"""Kafka and PostgreSQL for tests: started once, handed out clean."""

import contextlib
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from devstack.background import running_servers
from devstack.database import Place, connection, deploy_database, open_to_services
from devstack.deploy import wait_for_servers
from devstack.ports import free_port
from devstack.postgres import admin_url
from devstack.programs import database_password
from devstack.settings import SERVICES, Settings, own_network
from devstack.topics import deploy_topics
from support.second_hand import Looks, Template, looks, made_as_new, read_template

HOLDS = {
    "OUTAGE_WATCHER_HOLD_DOWN": "PT0.3S",
    "OUTAGE_WATCHER_HOLD_UP": "PT0.3S",
}
"""How long the stack of all system tests holds back a signal."""

_numbers = itertools.count(1)
_run = f"{os.getpid()}_{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class Stack:
    """The servers that tests share, with every topic and no message of ours."""

    settings: Settings
    template: Template
    spare: list[tuple[Place, Looks]] = field(default_factory=list)
    """Databases that tests are done with, each as new, with how it looks."""

    @property
    def bootstrap_servers(self) -> str:
        """Where Kafka answers."""
        return self.settings.bootstrap_servers


@dataclass(frozen=True, slots=True)
class Database:
    """A database that one test has for itself: every table, and no row."""

    place: Place
    settings: Settings

    @property
    def admin_url(self) -> str:
        """The URL of the user that may do everything."""
        return self.place.url

    @property
    def passwords(self) -> dict[str, str]:
        """The password of each service's role."""
        return _passwords(self.settings)

    def url(self, service: str) -> str:
        """Return the URL that a service gets, by package name: `forwarding`."""
        found = next(each for each in SERVICES if each.package == service)
        return self.place.url_for(found, database_password(self.settings, found))


@contextlib.contextmanager
def separate_settings(**changes: object) -> Iterator[Settings]:
    """Return settings that collide with no other stack; the folder goes at the end."""
    folder = Path(tempfile.mkdtemp(prefix="selfcare-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as nobody and must get in
    settings = replace(
        Settings.from_env(),
        dev_dir=folder,
        kafka_port=free_port(),
        controller_port=free_port(),
        postgres_port=free_port(),
        switch_port=(switch_port := free_port()),
        switch="simulated",  # of tests that look into it
        sip_network=own_network(switch_port),
        mail_port=free_port(),
        sms_port=free_port(),
        ports={service.package: free_port() for service in SERVICES},
        fsync=False,
        canary_port=free_port(),
        canary_every=None,
        secure=False,
    )
    try:
        yield replace(settings, **changes)  # type: ignore[arg-type]  # a test knows them
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def started_stack() -> AsyncIterator[Stack]:
    """Run servers, or use those of the environment, and deploy to them."""
    with separate_settings() as settings, running_servers(settings):
        await wait_for_servers(settings)
        await deploy_topics(settings.bootstrap_servers)
        template = Place(admin_url(settings), f"selfcare_template_{_run}")
        await deploy_database(template, _passwords(settings))
        stack = Stack(settings, await read_template(template))
        try:
            yield stack
        finally:
            for place in (template, *(place for place, _ in stack.spare)):
                await _drop(place)


@contextlib.asynccontextmanager
async def fresh_database(stack: Stack) -> AsyncIterator[Database]:
    """Take one that a test left, made as new, or clone the template."""
    place, looked = stack.spare.pop() if stack.spare else await _cloned(stack)
    try:
        yield Database(place, stack.settings)
    finally:
        if await made_as_new(place, looked, stack.template):
            stack.spare.append((place, looked))
        else:
            await _drop(place)


@contextlib.asynccontextmanager
async def database_away(database: Database) -> AsyncIterator[None]:
    """Throw everybody out of a database, and let nobody in until the end."""
    name = database.place.database
    async with connection(database.place.admin_url) as db:
        await db.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        try:
            await db.execute(
                "SELECT pg_terminate_backend(pid)"
                " FROM pg_stat_activity WHERE datname = $1",
                name,
            )
            yield
        finally:
            await db.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")


@contextlib.asynccontextmanager
async def empty_database(stack: Stack) -> AsyncIterator[Database]:
    """Name a database that does not exist yet, and remove it when somebody made it."""
    place = _another(stack)
    try:
        yield Database(place, stack.settings)
    finally:
        await _drop(place)


def unique_group() -> str:
    """Return a consumer group that nobody used before."""
    return f"test-{_run}-{next(_numbers)}"


async def _cloned(stack: Stack) -> tuple[Place, Looks]:
    place = _another(stack)
    async with connection(place.admin_url) as db:
        await db.execute(
            f"CREATE DATABASE {place.database} TEMPLATE {stack.template.place.database}"
            " STRATEGY FILE_COPY"
        )
    await open_to_services(place)
    return place, await looks(place)


def _another(stack: Stack) -> Place:
    name = f"selfcare_{_run}_{next(_numbers)}"
    return replace(stack.template.place, database=name)


async def _drop(place: Place) -> None:
    async with connection(place.admin_url) as db:
        await db.execute(f"DROP DATABASE IF EXISTS {place.database} WITH (FORCE)")


def _passwords(settings: Settings) -> dict[str, str]:
    return {each.package: database_password(settings, each) for each in SERVICES}
