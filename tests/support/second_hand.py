"""
A database that a test is done with, made as new for the next one.

To clone the template writes a thousand files and takes up to half a second of a
processor; to take out of a clone what a test put in takes a twentieth of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg

from devstack.database import Place, connection
from devstack.settings import SERVICES
from support.waiting import eventually

PATIENCE = 1.0
LARGEST = 32 * 1024 * 1024
"""More than that is left by a test with many rows: deleted, they would slow others."""

Looks: TypeAlias = list[tuple[Any, ...]]
"""What may change that is no row: tables, functions, rights, the planner's figures."""

_SCHEMAS = [service.package for service in SERVICES]
_CATALOGS = (
    *("pg_namespace", "pg_class", "pg_attribute", "pg_attrdef", "pg_constraint"),
    *("pg_index", "pg_inherits", "pg_trigger", "pg_rewrite", "pg_proc", "pg_type"),
    *("pg_default_acl", "pg_extension", "pg_policy", "pg_publication", "pg_statistic"),
    *("public._pogo_migration", "public._pogo_version"),
)
# A row that is new or changed has a higher xmin, and one that is gone is missing.
_LOOKS = " UNION ALL ".join(
    f"SELECT count(*)::text, max(xmin::text::bigint)::text FROM {name}"  # noqa: S608 - names from here
    for name in _CATALOGS
)
_LOOKS += """
    UNION ALL
    SELECT datconnlimit::text, datacl::text
      FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT count(*)::text, max(setconfig::text)
      FROM pg_db_role_setting s
      JOIN pg_database d ON d.oid = s.setdatabase
     WHERE d.datname = current_database()
    UNION ALL
    SELECT md5(string_agg(format('%s %s', oid, reltuples), ',' ORDER BY oid)), NULL
      FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text = ANY($1)
"""
_WRITTEN = """
    SELECT c.oid::regclass::text AS name, pg_total_relation_size(c.oid) AS size
      FROM pg_class c
     WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text = ANY($1)
       AND pg_relation_size(c.oid) > 0
"""
_FIRST_AGAIN = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,
                  start_value, false)
      FROM pg_sequences
     WHERE schemaname = ANY($1) AND last_value IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Template:
    """What a new database has: the rows that migrations put in, by table."""

    place: Place
    rows: Mapping[str, str]
    """For each table that has some, the statement that puts them in."""


async def read_template(place: Place) -> Template:
    """Read what stands in a database before any test."""
    rows = {}
    async with connection(place.url) as db:
        for table in await db.fetch(_WRITTEN, _SCHEMAS):
            name = table["name"]
            rows[name] = await db.fetchval(
                f"""
                SELECT format(
                    'INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM'
                    ' jsonb_populate_recordset(NULL::{name}, %L)', jsonb_agg(t))
                  FROM {name} AS t
                """  # noqa: S608 - a name from the catalogue
            )
    return Template(place, {name: insert for name, insert in rows.items() if insert})


async def looks(place: Place) -> Looks:
    """Return how a database looks, its rows apart."""
    async with connection(place.url) as db:
        return await _looks(db)


async def made_as_new(place: Place, looked: Looks, template: Template) -> bool:
    """Empty a database for the next test; `False` if it is fit for none."""
    try:
        async with connection(place.url) as db:
            if not await _is_alone(db) or await _looks(db) != looked:
                return False
            written = await db.fetch(_WRITTEN, _SCHEMAS)
            if sum(table["size"] for table in written) > LARGEST:
                return False
            await empty(db, template, [table["name"] for table in written])
    except (asyncpg.PostgresError, OSError, TimeoutError):
        return False  # it is gone, lets nobody in, or is locked by somebody
    return True


async def empty(
    db: asyncpg.Connection, template: Template, written: list[str] | None = None
) -> None:
    """Take out all rows that a new database does not have, and count from one."""
    if written is None:
        written = [table["name"] for table in await db.fetch(_WRITTEN, _SCHEMAS)]
    deletes = [f"DELETE FROM {name}" for name in written]  # noqa: S608 - as above
    inserts = [template.rows[name] for name in written if name in template.rows]
    async with db.transaction():
        # Neither foreign keys nor triggers: all goes.
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute("; ".join([*deletes, *inserts]))
        await db.fetch(_FIRST_AGAIN, _SCHEMAS)


async def _looks(db: asyncpg.Connection) -> Looks:
    return [tuple(row) for row in await db.fetch(_LOOKS, _SCHEMAS)]


async def _is_alone(db: asyncpg.Connection) -> bool:
    """Wait until the test's connections are closed: a stray one could write later."""

    async def alone() -> bool:
        found: bool = await db.fetchval(
            """
            SELECT NOT EXISTS (SELECT FROM pg_stat_activity
                                WHERE datname = current_database()
                                  AND backend_type = 'client backend'
                                  AND pid <> pg_backend_pid())
            """
        )
        return found

    try:
        return await eventually(alone, within=PATIENCE)
    except AssertionError:
        return False
