"""
One database, and in it for each service a schema that no other service can enter.

Three roles meet: the admin, who makes all this; `<service>_owner`, who owns the schema
and runs migrations but cannot log in; and `<service>`, which reads and writes rows.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from pogo_core.error import BadMigrationError
from pogo_core.util import migrate, sql

from devstack.errors import StackError
from devstack.rights import SCHEMA_RIGHTS
from devstack.settings import DATABASE, ROOT, SERVICES, Service

# Any number will do that nobody else takes: it stands for "deploying the database".
DEPLOY_LOCK = 4_711_000_999
ROW_RIGHTS = ", ".join(SCHEMA_RIGHTS)

# The library warns of each migration that it applies; we tell of them ourselves.
quiet = logging.getLogger(__name__)
quiet.setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Place:
    """A database on a server, as the admin reaches it."""

    admin_url: str
    database: str = DATABASE

    @property
    def url(self) -> str:
        """The admin's URL of the database."""
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{self.database}"))

    def url_for(self, service: Service, password: str) -> str:
        """Return a service's URL of the database."""
        address = urlsplit(self.url)
        host = address.netloc.rpartition("@")[2]
        login = f"{service.package}:{quote(password)}"
        return urlunsplit(address._replace(netloc=f"{login}@{host}"))


async def deploy_database(
    place: Place, passwords: Mapping[str, str], root: Path = ROOT
) -> list[str]:
    """Bring roles, schemas and tables up to date and return the new migrations."""
    applied = []
    async with _alone(place):
        await _create_database(place)
        async with connection(place.url) as db:
            for service in SERVICES:
                await _create_roles(db, service, passwords[service.package])
            await _close_to_public(db, place.database)
            await sql.ensure_pogo_sync(db)
            for service in SERVICES:
                await _create_schema(db, service)
                applied += await _migrate(db, service, root)
    return applied


async def open_to_services(place: Place) -> None:
    """Let the services in: a clone of a database does not inherit this."""
    async with connection(place.url) as db:
        await _close_to_public(db, place.database)


@contextlib.asynccontextmanager
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect for a while."""
    db = await asyncpg.connect(url, timeout=10)
    try:
        yield db
    finally:
        await db.close()


async def answers(url: str) -> bool:
    """Tell whether PostgreSQL takes us in there now."""
    try:
        async with connection(url):
            return True
    except asyncpg.InvalidPasswordError as error:
        message = (
            "PostgreSQL refuses the password. The secrets in DEV_DIR do not belong to "
            "the data there: make clean starts afresh (and loses the data)."
        )
        raise StackError(message) from error
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False


@contextlib.asynccontextmanager
async def _alone(place: Place) -> AsyncIterator[None]:
    """Wait for a deploy that somebody else has begun."""
    async with connection(place.admin_url) as db:
        await db.execute("SELECT pg_advisory_lock($1)", DEPLOY_LOCK)
        yield


async def _create_database(place: Place) -> None:
    async with connection(place.admin_url) as db:
        query = "SELECT 1 FROM pg_database WHERE datname = $1"
        if not await db.fetchval(query, place.database):
            await db.execute(f'CREATE DATABASE "{place.database}"')


async def _create_roles(
    db: asyncpg.Connection, service: Service, password: str
) -> None:
    name = service.package
    for role, login in ((f"{name}_owner", "NOLOGIN"), (name, "LOGIN")):
        if not await db.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await db.execute(f"CREATE ROLE {role} {login}")
    # A role's password is no parameter in SQL, so the server quotes it for us.
    literal = await db.fetchval("SELECT quote_literal($1::text)", password)
    await db.execute(f"ALTER ROLE {name} PASSWORD {literal}")
    await db.execute(f"ALTER ROLE {name} SET search_path = {name}")
    await db.execute(f"GRANT {name}_owner TO CURRENT_USER WITH SET TRUE")


async def _close_to_public(db: asyncpg.Connection, database: str) -> None:
    await db.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await db.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for service in SERVICES:
        await db.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {service.package}')


async def _create_schema(db: asyncpg.Connection, service: Service) -> None:
    name = service.package
    mine = f"ALTER DEFAULT PRIVILEGES FOR ROLE {name}_owner"
    for statement in (
        f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {name}_owner",
        f"GRANT USAGE ON SCHEMA {name} TO {name}",
        # By default anybody may execute a new function.
        f"{mine} REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
        f"{mine} IN SCHEMA {name} GRANT {ROW_RIGHTS} ON TABLES TO {name}",
        f"{mine} IN SCHEMA {name} GRANT USAGE ON SEQUENCES TO {name}",
        f"{mine} IN SCHEMA {name} GRANT EXECUTE ON ROUTINES TO {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}_owner",
        f"GRANT SELECT, INSERT ON public._pogo_migration TO {name}_owner",
        f"GRANT SELECT ON public._pogo_version TO {name}_owner",
    ):
        await db.execute(statement)


async def _migrate(db: asyncpg.Connection, service: Service, root: Path) -> list[str]:
    """Apply the chassis' migrations and then the service's, each with its history."""
    name = service.package
    before = await _history(db, name)
    await db.execute(f"SET ROLE {name}_owner")
    await db.execute(f"SET search_path = {name}")
    try:
        for folder, history in (
            (root / "chassis" / "migrations", f"{name}/chassis"),
            (root / "services" / service.name / "migrations", name),
        ):
            if folder.is_dir():
                await migrate.apply(db, folder, schema_name=history, logger=quiet)
    except BadMigrationError as error:
        message = f"{service.name}: {error}: {error.__cause__ or 'see the file'}"
        raise StackError(message) from error
    finally:
        await db.execute("RESET search_path")
        await db.execute("RESET ROLE")
    return sorted(await _history(db, name) - before)


async def _history(db: asyncpg.Connection, name: str) -> set[str]:
    rows = await db.fetch(
        """
        SELECT schema_name, migration_id
          FROM public._pogo_migration
         WHERE schema_name = ANY($1)
        """,
        [name, f"{name}/chassis"],
    )
    return {f"{row['schema_name']}/{row['migration_id']}" for row in rows}
