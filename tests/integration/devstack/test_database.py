"""Roles, schemas and migrations on a real PostgreSQL."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from devstack.database import connection, deploy_database
from devstack.errors import StackError
from devstack.settings import ROOT, SERVICES
from support.stack import Database, Stack, empty_database

SHARED = """-- A table that every service has
-- depends:

-- migrate: apply
CREATE TABLE shared_thing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);

CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    telling text := 'new; thing';
BEGIN
    IF NEW.id > 0 THEN
        PERFORM pg_notify('things', telling);
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER told AFTER INSERT ON shared_thing
    FOR EACH ROW EXECUTE FUNCTION tell();

-- migrate: rollback
DROP TABLE shared_thing;
"""
OWN = """-- A table of one service
-- depends:

-- migrate: apply
CREATE TABLE own_thing (word text);
REVOKE DELETE ON own_thing FROM forwarding;

-- migrate: rollback
DROP TABLE own_thing;
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with migrations of the chassis and of one service."""
    chassis = tmp_path / "chassis" / "migrations"
    forwarding = tmp_path / "services" / "forwarding" / "migrations"
    for folder, text in ((chassis, SHARED), (forwarding, OWN)):
        folder.mkdir(parents=True)
        (folder / "0001_things.sql").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
async def anew(stack: Stack) -> AsyncIterator[Database]:
    """A database that nobody has deployed to."""
    async with empty_database(stack) as empty:
        yield empty


async def deploy(database: Database, root: Path) -> list[str]:
    return await deploy_database(database.place, database.passwords, root)


async def seen_by(database: Database, service: str, query: str) -> object:
    async with connection(database.url(service)) as db:
        return await db.fetchval(query)


class TestMigrations:
    async def test_are_applied_once(self, anew: Database, root: Path) -> None:
        first = await deploy(anew, root)
        second = await deploy(anew, root)

        assert first == [
            "portal_gateway/chassis/0001_things",
            "provisioning/chassis/0001_things",
            "forwarding/0001_things",
            "forwarding/chassis/0001_things",
            "outage_watcher/chassis/0001_things",
        ]
        assert second == []

    async def test_are_applied_once_by_two_deploys_at_the_same_time(
        self, anew: Database, root: Path
    ) -> None:
        results = await asyncio.gather(deploy(anew, root), deploy(anew, root))

        assert sorted(len(applied) for applied in results) == [0, 5]

    async def test_of_one_service_are_applied_anew_after_the_recipe(
        self, anew: Database, root: Path
    ) -> None:
        await deploy(anew, root)
        page = (ROOT / "docs/operating/backup.md").read_text(encoding="utf-8")
        [recipe] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
        async with connection(anew.place.url) as db:
            await db.execute(recipe)

        assert await deploy(anew, root) == [
            "forwarding/0001_things",
            "forwarding/chassis/0001_things",
        ]
        there = "SELECT count(*) FROM shared_thing"
        assert await seen_by(anew, "forwarding", there) == 0
        assert await seen_by(anew, "provisioning", there) == 0

    async def test_name_the_service_and_the_reason_when_they_fail(
        self, anew: Database, root: Path
    ) -> None:
        broken = OWN.replace("text);", "no_such_type);").replace("own", "broken")
        file = root / "services" / "provisioning" / "migrations" / "0002_broken.sql"
        file.parent.mkdir(parents=True)
        file.write_text(broken, encoding="utf-8")

        with pytest.raises(StackError, match=r"provisioning: .*0002_broken.*no_such"):
            await deploy(anew, root)


class TestServiceRole:
    @pytest.fixture(autouse=True)
    async def deployed(self, anew: Database, root: Path) -> None:
        await deploy(anew, root)

    async def test_reads_and_writes_its_own_tables(self, anew: Database) -> None:
        made = "INSERT INTO shared_thing DEFAULT VALUES RETURNING id"

        assert await seen_by(anew, "provisioning", made) == 1
        assert await seen_by(anew, "provisioning", "SELECT count(*) FROM shared_thing")

    @pytest.mark.parametrize(
        "forbidden",
        [
            "SELECT count(*) FROM provisioning.shared_thing",
            "SELECT provisioning.tell()",
            "SELECT count(*) FROM public._pogo_migration",
            "CREATE TABLE mine (word text)",
            "CREATE TEMPORARY TABLE mine (word text)",
            "CREATE TABLE public.mine (word text)",
            "CREATE SCHEMA mine",
            "DROP TABLE own_thing",
            "SET ROLE forwarding_owner",
        ],
    )
    async def test_may_do_nothing_else(self, anew: Database, forbidden: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await seen_by(anew, "forwarding", forbidden)

    async def test_lacks_what_a_migration_took_away_even_after_a_second_deploy(
        self, anew: Database, root: Path
    ) -> None:
        await deploy(anew, root)

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await seen_by(anew, "forwarding", "DELETE FROM own_thing")

    async def test_needs_its_password(self, anew: Database) -> None:
        wrong = anew.place.url_for(SERVICES[0], "guessed")

        with pytest.raises(asyncpg.InvalidPasswordError):
            async with connection(wrong):
                pass


class TestFreshDatabase:
    async def test_lets_each_service_see_its_schema(self, database: Database) -> None:
        for service in SERVICES:
            schema = await seen_by(
                database, service.package, "SELECT current_schema()::text"
            )
            assert schema == service.package
