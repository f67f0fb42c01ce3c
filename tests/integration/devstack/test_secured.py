"""Who may do what, cell by cell, on a Kafka and a PostgreSQL that ask everybody."""

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from confluent_kafka import KafkaException

from contracts.numbers import NumberPorted
from devstack import release
from devstack.access import deploy_access
from devstack.artifacts import obtain
from devstack.background import running_servers
from devstack.clients import brokers, kafka_env
from devstack.database import Place, connection
from devstack.deploy import deploy, wait_for_servers
from devstack.errors import StackError
from devstack.kafka import Kafka
from devstack.postgres import admin_url
from devstack.programs import database_url, service_env
from devstack.rights import (
    DEPLOYER,
    TOPICS,
    Cell,
    all_rights,
    group_cells,
    schema_cells,
    topic_cells,
)
from devstack.settings import HOST, SERVICES, Service, Settings
from support.cells import Trier
from support.stack import separate_settings
from support.waiting import eventually

USERS = [rights.user for rights in all_rights()]


@pytest.fixture(scope="module")
async def secured() -> AsyncIterator[Settings]:
    """Servers with TLS, users, topics, tables and rights; no service runs."""
    with (
        separate_settings(
            secure=True, external_kafka=None, external_database=None
        ) as settings,
        running_servers(settings),
    ):
        await wait_for_servers(settings)
        await deploy(settings)
        yield settings


@pytest.fixture(scope="module")
async def triers(secured: Settings) -> dict[str, Trier]:
    groups = sorted({cell.resource for cell in group_cells()})
    ruler = Trier(secured, DEPLOYER)

    async def loaded() -> bool:
        """Tell whether Kafka has begun to keep offsets, which takes it a moment."""
        try:
            return all((await asyncio.to_thread(ruler.commits, groups)).values())
        except (KafkaException, TimeoutError):
            return False

    await eventually(loaded, within=60)
    return {user: Trier(secured, user) for user in USERS}


def wrong(
    cells: Iterable[Cell], operation: str, user: str, tried: dict[str, bool]
) -> list[Cell]:
    """Return the cells in which Kafka and the table do not agree; all were tried."""
    mine = {
        cell.resource: cell
        for cell in cells
        if (cell.user, cell.operation) == (user, operation)
    }
    assert mine.keys() == tried.keys()
    return [cell for name, cell in mine.items() if cell.allowed != tried[name]]


def hung_up(port: int, context: ssl.SSLContext) -> bool:
    """Say a word by TLS, and tell whether the other side ends the connection."""
    with (
        socket.create_connection((HOST, port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secret,
    ):
        try:
            secret.sendall(b"\0\0\0\0")
            return secret.recv(1) == b""
        except (ssl.SSLError, ConnectionError):
            return True


def test_the_job_of_a_release_comes_with_name_and_password(
    secured: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    env = kafka_env(secured, DEPLOYER)

    assert release.main(["topics"], env) == 0
    assert "0 created" in capsys.readouterr().out
    assert release.main(["topics"], env | {"KAFKA_PASSWORD": "wrong"}) == 1
    assert "KAFKA_PASSWORD" in capsys.readouterr().err


class TestKafka:
    @pytest.mark.parametrize("user", USERS)
    async def test_every_topic_is_read_and_written_by_whom_the_table_names(
        self, triers: dict[str, Trier], user: str
    ) -> None:
        written = await asyncio.to_thread(triers[user].writes, TOPICS)
        read = await triers[user].reads(TOPICS)

        assert wrong(topic_cells(), "Write", user, written) == []
        assert wrong(topic_cells(), "Read", user, read) == []

    @pytest.mark.parametrize("user", USERS)
    async def test_every_group_is_its_service_s_alone(
        self, triers: dict[str, Trier], user: str
    ) -> None:
        groups = [cell.resource for cell in group_cells() if cell.user == user]

        committed = await asyncio.to_thread(triers[user].commits, groups)

        assert wrong(group_cells(), "Commit", user, committed) == []

    @pytest.mark.parametrize("user", USERS)
    async def test_nobody_makes_topics_gives_rights_or_begins_transactions(
        self, triers: dict[str, Trier], user: str
    ) -> None:
        with ThreadPoolExecutor() as threads:
            done = [
                threads.submit(triers[user].makes_topics),
                threads.submit(triers[user].gives_itself_rights),
                threads.submit(triers[user].begins_transactions),
            ]

        assert [each.result() for each in done] == [False, False, False]

    async def test_a_member_joins_its_own_group_and_no_other(
        self, triers: dict[str, Trier]
    ) -> None:
        own, foreign = "provisioning.NumberPorted", "portal-gateway.NumberPorted"
        joins = triers["provisioning"].joins

        assert await asyncio.to_thread(joins, own, "NumberPorted") is True
        assert await asyncio.to_thread(joins, foreign, "NumberPorted") is False

    async def test_a_wrong_password_is_refused(self, secured: Settings) -> None:
        guess = "guessed"
        guessed = {**brokers(secured, "forwarding"), "sasl_plain_password": guess}

        with pytest.raises(KafkaConnectionError):
            await AIOKafkaAdminClient(**guessed).start()

    async def test_nobody_talks_in_the_clear(self, secured: Settings) -> None:
        with pytest.raises(KafkaConnectionError):
            await AIOKafkaAdminClient(
                bootstrap_servers=secured.bootstrap_servers, request_timeout_ms=2000
            ).start()

    async def test_the_controller_wants_the_brokers_own_key(
        self, secured: Settings
    ) -> None:
        anybody = ssl.create_default_context(cafile=secured.tls / "ca.pem")

        assert await asyncio.to_thread(hung_up, secured.controller_port, anybody)

    async def test_a_second_deploy_changes_nothing_and_takes_strangers_away(
        self, secured: Settings
    ) -> None:
        again = await deploy_access(secured)
        assert await asyncio.to_thread(Trier(secured, DEPLOYER).gives_itself_rights)

        cleaned = await deploy_access(secured)

        assert (again.added, again.removed) == (0, 0)
        assert (cleaned.added, cleaned.removed) == (0, 1)


class TestDatabase:
    @pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.package)
    async def test_every_schema_is_its_role_s_alone(
        self, secured: Settings, service: Service
    ) -> None:
        tried = {}
        async with connection(database_url(secured, service)) as db:
            for cell in schema_cells():
                if cell.user == service.package:
                    tried[cell] = await may(db, cell)

        assert [cell for cell, did in tried.items() if did != cell.allowed] == []

    async def test_nobody_talks_in_the_clear(self, secured: Settings) -> None:
        url = database_url(secured, SERVICES[0]).partition("?")[0]

        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await asyncpg.connect(f"{url}?sslmode=disable")

    async def test_a_stranger_s_authority_is_not_believed(
        self, secured: Settings
    ) -> None:
        url = admin_url(secured).partition("?")[0]

        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncpg.connect(url, ssl=ssl.create_default_context())

    async def test_passwords_are_stored_as_scram(self, secured: Settings) -> None:
        async with connection(Place(admin_url(secured)).url) as db:
            kept = await db.fetch("SELECT rolpassword FROM pg_authid WHERE rolcanlogin")

        assert len(kept) == len(SERVICES) + 1
        assert all(row[0].startswith("SCRAM-SHA-256$") for row in kept)


async def may(db: asyncpg.Connection, cell: Cell) -> bool:
    """Do it in a transaction that is undone, and tell whether PostgreSQL let us."""
    table = f"{cell.resource}.inbox"
    statement = {
        "SELECT": f"SELECT count(*) FROM {table}",  # noqa: S608 - our own names
        "INSERT": f"INSERT INTO {table} (topic, event_id) VALUES ('t', 'e')",  # noqa: S608
        "UPDATE": f"UPDATE {table} SET topic = 't'",  # noqa: S608
        "DELETE": f"DELETE FROM {table}",  # noqa: S608
        "TRUNCATE": f"TRUNCATE {table}",
        "CREATE": f"CREATE TABLE {cell.resource}.mine ()",
    }[cell.operation]
    undone = db.transaction()
    await undone.start()
    try:
        await db.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await undone.rollback()
    return True


def test_data_made_secured_is_not_opened_to_everybody(secured: Settings) -> None:
    kafka = Kafka.of(replace(secured, secure=False), obtain(secured, lambda _: None))

    with pytest.raises(StackError, match="made with SECURE=1"):
        kafka.prepare()


class TestService:
    """A real service with its own rights, and nothing else."""

    @pytest.fixture
    def env(self, secured: Settings) -> dict[str, str]:
        service = next(each for each in SERVICES if each.name == "provisioning")
        return os.environ | service_env(secured, service)

    async def test_takes_a_mended_dead_letter_again_and_tells_what_follows(
        self, secured: Settings, env: dict[str, str]
    ) -> None:
        url = env["PROVISIONING_DATABASE_URL"]
        ported = NumberPorted(
            number="+493023125042",
            customer_number="K-1",
            line="L-1",
            effective_on=date(2026, 11, 23),
        )
        async with (
            running("provisioning", env),
            connection(url) as db,
            producing(secured, "porting-system") as producer,
        ):
            await producer.send_and_wait("NumberPorted", b"{", key=b"a")
            letter = await eventually(partial(db.fetchval, NEWEST, b"{"), within=30)
            good = ported.model_dump_json().encode()
            await db.execute(
                "UPDATE dead_letter SET value = $1 WHERE id = $2", good, letter
            )

            said = await run("provisioning", env, "dead-letters", "resend", letter)
            assert said.startswith("1 asked for again")
            await eventually(partial(db.fetchval, TAKEN, letter), within=30)
            # The copy for the dead-letter topic left as well: Kafka took it.
            await eventually(partial(db.fetchval, NOTHING_WAITS), within=30)
            known = await db.fetchval("SELECT count(*) FROM inbox")

        assert known == 1


NEWEST = "SELECT id FROM dead_letter WHERE value = $1 ORDER BY id DESC LIMIT 1"
TAKEN = "SELECT true FROM dead_letter WHERE id = $1 AND resent_at IS NOT NULL"
NOTHING_WAITS = "SELECT NOT EXISTS (SELECT FROM outbox)"


@asynccontextmanager
async def producing(settings: Settings, user: str) -> AsyncIterator[AIOKafkaProducer]:
    """Connect as a user, of whom a broker hears a moment after he was made."""

    async def let_in() -> AIOKafkaProducer | None:
        producer = AIOKafkaProducer(**brokers(settings, user))
        try:
            await producer.start()
        except KafkaConnectionError:
            await producer.stop()
            return None
        return producer

    producer = await eventually(let_in, within=30)
    assert producer
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def running(module: str, env: dict[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def run(module: str, env: dict[str, str], *arguments: object) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *map(str, arguments)),
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()
