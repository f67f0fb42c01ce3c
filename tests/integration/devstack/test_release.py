"""The job of a release, as it comes to a database that is not its own to rule."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from devstack.database import connection
from devstack.settings import SERVICES
from support.stack import Database, Stack, empty_database

ROOT = Path(__file__).resolve().parents[3]
DEPLOYER = "deployer"
PASSWORD = "only in this test"  # noqa: S105 - a test's own


def as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    login = f"{role}:{password.replace(' ', '%20')}@{host}"
    return urlunsplit(parts._replace(netloc=login))


async def test_the_job_needs_no_superuser(stack: Stack, tmp_path: Path) -> None:
    async with empty_database(stack) as database:
        name = database.place.database
        async with connection(database.place.admin_url) as db:
            await db.execute(
                f"CREATE ROLE {DEPLOYER} LOGIN CREATEROLE PASSWORD '{PASSWORD}'"
            )
            await db.execute(f"CREATE DATABASE {name} OWNER {DEPLOYER}")
        try:
            await take_over(database)
            secrets = make_secrets(database, tmp_path)
            first, second = run_job(secrets), run_job(secrets)

            assert "migrations applied" in first
            assert "0 migrations applied" in second
            for service in SERVICES:
                db = await asyncpg.connect(database.url(service.package))
                assert await db.fetchval("SELECT count(*) FROM inbox") == 0
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await db.execute("CREATE TABLE mine ()")
                await db.close()
        finally:
            await give_back(database)


async def take_over(database: Database) -> None:
    """Let the deployer rule the roles that other tests' deploys have made."""
    async with connection(database.place.admin_url) as db:
        for service in SERVICES:
            for role in (service.package, f"{service.package}_owner"):
                await db.execute(f"GRANT {role} TO {DEPLOYER} WITH ADMIN OPTION")


async def give_back(database: Database) -> None:
    """Take the role away with all that hangs on it."""
    async with connection(database.place.admin_url) as db:
        name = database.place.database
        await db.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await db.execute(f"DROP OWNED BY {DEPLOYER} CASCADE")
        await db.execute(f"DROP ROLE {DEPLOYER}")


def make_secrets(database: Database, folder: Path) -> Path:
    """Write the files that the job reads in a container."""
    admin = as_role(database.place.url, DEPLOYER, PASSWORD)
    (folder / "admin_database_url").write_text(admin, encoding="utf-8")
    for service in SERVICES:
        file = folder / f"{service.package}_database_url"
        file.write_text(database.url(service.package), encoding="utf-8")
    return folder


def ended_job(secrets: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devstack.release", "database"],
        env={"SECRETS_DIR": str(secrets), "PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
    )


def run_job(secrets: Path) -> str:
    done = ended_job(secrets)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_a_missing_database_is_asked_for_as_it_has_to_be(
    stack: Stack, tmp_path: Path
) -> None:
    async with empty_database(stack) as database:
        make_secrets(database, tmp_path)
        admin = database.place.admin_url
        made, missing = f"{database.place.database}_made", "not_there"
        url = urlunsplit(urlsplit(admin)._replace(path=f"/{missing}"))
        (tmp_path / "admin_database_url").write_text(url, encoding="utf-8")

        done = ended_job(tmp_path)

        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        statement = done.stderr.partition("Make it first: ")[2]
        async with connection(admin) as db:
            await db.execute(statement.replace(missing, made))
            facts = await db.fetchrow(
                "SELECT datcollate, datlocale FROM pg_database WHERE datname = $1", made
            )
            await db.execute(f"DROP DATABASE {made}")
        assert tuple(facts or ()) == ("C", "C.UTF-8")


def test_a_missing_secret_is_named() -> None:
    done = ended_job(Path("/nowhere"))

    assert done.returncode == 1
    assert "ADMIN_DATABASE_URL is not set" in done.stderr
