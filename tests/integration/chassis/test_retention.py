"""Every table has a line that says how long, and a job that deletes what is older."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from chassis import postgres
from chassis.clock import SetClock
from chassis.retention import Kept, tables
from chassis.service import Service
from devstack.manifests.retention_table import kept_by
from devstack.settings import SERVICES
from devstack.topics import read_topics
from support.stack import Database, Stack, fresh_database

NEVER = timedelta.max
NOW = datetime(2025, 11, 23, 12, 0, tzinfo=UTC)
PACKAGES = [service.package for service in SERVICES]

# A row of each table that is deleted by age, $1: when it was written or ended.
COMMON = {
    "inbox": "INSERT INTO inbox VALUES ('T', gen_random_uuid()::text, $1)",
    "dead_letter": """
        INSERT INTO dead_letter (topic, partition, "offset", code, reason, parked_at)
             VALUES ('T', 0, (random() * 1e9)::int, 'x', 'y', $1)
    """,
}
ROWS: dict[str, dict[str, str]] = {
    "portal_gateway": {
        "session": """
            INSERT INTO session (token_hash, account_id, must_change, created_at,
                                 seen_at)
                 SELECT gen_random_uuid()::text::bytea, id, false, $1, $1 FROM account
        """,
        "erased_customer": """
            INSERT INTO erased_customer VALUES (gen_random_uuid()::text::bytea, $1)
        """,
        "login_failure": "INSERT INTO login_failure VALUES ('account x', $1)",
        "letter": """
            INSERT INTO letter (customer_number, reason, file_name, written_at,
                                valid_until)
                 VALUES ('C-1', 'first', 'x.pdf', $1, $1)
        """,
        "contact": """
            INSERT INTO contact (customer_number, channel, address, language, kinds,
                                 code_until, created_by, created_at)
                 VALUES ('C-1', 'email', gen_random_uuid()::text, 'de', '{}', $1, 'x',
                         $1)
        """,
        "notice": """
            INSERT INTO notice (contact_id, customer_number, kind, cause, created_at,
                                due_at, state, settled_at)
                 SELECT id, 'C-1', 'outage', gen_random_uuid()::text, $1, $1, 'sent', $1
                   FROM contact WHERE address = 'kept@example.org'
        """,
        "known_target": """
            INSERT INTO known_target
                 VALUES ('C-1', gen_random_uuid()::text, $1, $1, 'x', true)
        """,
        "objection": """
            INSERT INTO objection (number, language, asked_at)
                 VALUES ('+493023125000', 'de', $1)
        """,
        "rule_import, rule_import_row": """
            WITH file AS (
                INSERT INTO rule_import (id, customer_number, file_name, created_by,
                                         created_at)
                     VALUES (gen_random_uuid()::text, 'C-1', 'x', 'y', $1)
                  RETURNING id)
            INSERT INTO rule_import_row (import_id, row_number, written, verdict)
                 SELECT id, 1, 'x', 'same' FROM file
        """,
        "idempotency": """
            INSERT INTO idempotency (account_id, key_hash, body_mac, started_at)
                 SELECT id, gen_random_uuid()::text::bytea, '', $1 FROM account
        """,
        "audit": "INSERT INTO audit (at, actor, action) VALUES ($1, 'x', 'y')",
        "diversion": """
            INSERT INTO diversion (number, last, version, customer_number, rule,
                                   in_effect, reason, applied_at)
                 VALUES ('+493023125000', '+493023125000', (random() * 1e9)::int, 'C-1',
                         'own', true, 'outage', $1)
        """,
        "failure": """
            INSERT INTO failure (number, last, version, customer_number, code, attempts,
                                 first_at, last_at)
                 VALUES ('+493023125000', '+493023125000', (random() * 1e9)::int, 'C-1',
                         'x', 1, $1, $1)
        """,
        "outage": """
            INSERT INTO outage (outage_id, cleared_version, cleared_at)
                 VALUES (gen_random_uuid()::text, 1, $1)
        """,
        "outage_command": """
            INSERT INTO outage_command (command_id, action, subject, because,
                                        commanded_by, commanded_at)
                 VALUES (gen_random_uuid()::text, 'x', 'y', 'z', 'w', $1)
        """,
        "maintenance": """
            INSERT INTO maintenance (window_id, version, state, places, starts_at,
                                     ends_at, takes_service, announced_at)
                 VALUES (gen_random_uuid()::text, 1, 'over', '{}', $1, $1, true, $1)
        """,
    },
    "provisioning": {},
    "forwarding": {
        "rule_history": """
            INSERT INTO rule_history (number, last, customer_number, reason, changed_by,
                                      changed_at)
                 VALUES ('+493023125000', '+493023125000', 'C-1', 'set', 'x', $1)
        """,
        "outage, coverage": """
            INSERT INTO outage (outage_id, version, cleared_at)
                 VALUES (gen_random_uuid()::text, 1, $1)
        """,
        "flip": """
            INSERT INTO flip
                 VALUES ((random() * 1e9)::int, 'O', 'outage', '{}', false, '{}', false,
                         '{}', '{}', $1, $1, $1)
        """,
    },
    "outage_watcher": {
        "evidence": """
            INSERT INTO evidence (source, alarm_id, is_down, heard_at, confirmed_at,
                                  confirmed, lines, kind)
                 VALUES ('x', gen_random_uuid()::text, false, $1, $1, true, '{}', 'y')
        """,
        "history": """
            INSERT INTO history (outage_id, at, before, after, cause, version)
                 VALUES ('O', $1, 'down', 'over', 'x', 1)
        """,
        "outage": """
            INSERT INTO outage (id, state, since, version, opened_at, occurred_at,
                                cleared_at, reported_by, place_key, lines, kind, flaps,
                                flapping, correction)
                 VALUES (gen_random_uuid()::text, 'over', $1, 1, $1, $1, $1, 'x', 'y',
                         '{}', 'fault', '{}', false, '{}')
        """,
        "maintenance": """
            INSERT INTO maintenance (id, version, phase, starts_at, ends_at,
                                     takes_service, planned_by, external, lines, kind)
                 VALUES (gen_random_uuid()::text, 1, 'over', $1, $1, true, 'x', false,
                         '{}', 'planned')
        """,
        "command": """
            INSERT INTO command (id, at, action, subject, said, commanded_by, because,
                                 answer)
                 VALUES (gen_random_uuid()::text, $1, 'x', 'y', '{}', 'z', 'w', '{}')
        """,
    },
}
PEOPLE = """
    INSERT INTO customer (customer_number, name, address, created_by, created_at)
         VALUES ('C-1', 'Firma', 'Musterweg 1', 'x', $1);
"""
ACCOUNT = "INSERT INTO account (role, customer_number, created_at) VALUES ($1, $2, $3)"
CONTACT = """
    INSERT INTO contact (customer_number, channel, address, language, kinds, created_by,
                         created_at, confirmed_at)
         VALUES ('C-1', 'email', 'kept@example.org', 'de', '{}', 'x', $1, $1)
"""


@dataclass(frozen=True)
class Served:
    """A service without Kafka that keeps what its table says."""

    service: Service
    db: asyncpg.Connection
    package: str

    async def count(self, kept: Kept) -> int:
        table = kept.table.split(",")[0]
        where = "WHERE confirmed_at IS NULL" if table == "contact" else ""
        # The name is one of our own table's.
        query = f"SELECT count(*) FROM {table} {where}"  # noqa: S608
        return int(await self.db.fetchval(query))

    def timed(self) -> list[Kept]:
        return [one for one in self.service.kept if self.time(one) != NEVER]

    def time(self, kept: Kept) -> timedelta:
        return kept.time(self.service.settings) or NEVER


@pytest.fixture(scope="module")
async def kept_database(stack: Stack) -> AsyncIterator[Database]:
    async with fresh_database(stack) as fresh:
        yield fresh


@pytest.fixture(params=PACKAGES)
async def served(
    request: pytest.FixtureRequest, kept_database: Database
) -> AsyncIterator[Served]:
    package: str = request.param
    url = kept_database.url(package)
    settings: Any = _settings(package, url)
    service = Service(package, settings, clock=SetClock(NOW))
    service.keeps(*kept_by(package))
    service.pool = await postgres.connect_pool(url, name="test", size=2)
    db = await asyncpg.connect(url)
    try:
        yield Served(service, db, package)
    finally:
        await db.close()
        service.pool.terminate()


def _settings(package: str, url: str) -> Any:
    module = __import__(f"{package}.settings", fromlist=["Settings"])
    return module.Settings(database_url=url)


async def test_every_table_has_a_line_and_every_line_a_table(served: Served) -> None:
    rows = await served.db.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1", served.package
    )

    assert tables(served.service.kept) == {row["tablename"] for row in rows}


async def test_what_is_older_goes_and_what_is_younger_stays(served: Served) -> None:
    if served.package == "portal_gateway":
        await served.db.execute(PEOPLE.replace("$1", f"'{NOW.isoformat()}'"))
        await served.db.execute(ACCOUNT, "customer", "C-1", NOW)
        await served.db.execute(CONTACT, NOW)
    insert = COMMON | ROWS[served.package]
    assert {one.table for one in served.timed()} == insert.keys()
    for kept in served.timed():
        for age in (timedelta(seconds=1), -timedelta(seconds=1)):
            at = NOW - served.time(kept) - age
            await served.db.execute(insert[kept.table], at)

    gone = await served.service.forget_what_is_old()

    assert gone == dict.fromkeys(insert, 1)
    for kept in served.timed():
        assert await served.count(kept) == 1, kept.table


async def test_nothing_goes_twice(served: Served) -> None:
    await served.service.forget_what_is_old()

    assert await served.service.forget_what_is_old() == {}


def test_ids_of_messages_outlive_every_topic_that_is_not_for_ever() -> None:
    inbox = next(one for one in SERVICES if one.package == "forwarding")
    kept = _settings(inbox.package, "postgres://x").inbox_retention
    for topic in read_topics():
        if (most := int(topic.config["retention.ms"])) >= 0:
            closes = int(topic.config["segment.ms"])
            assert timedelta(milliseconds=most + closes) < kept, topic.name
