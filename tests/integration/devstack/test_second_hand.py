"""The databases of tests: one that was used is as good as a new one, or is gone."""

from typing import Any

import asyncpg
import pytest

from devstack.database import connection
from support.stack import Database, Stack, fresh_database

TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
SEQUENCES = (
    "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"
)
USED = """
    INSERT INTO forwarding.rule (number, last, customer_number, enabled, target,
                                 keep_extension, follows_planned_work,
                                 allowed_countries)
         VALUES ('+4930', '+4930', 'K', true, '+49301', false, true, ARRAY['DE']);
    UPDATE forwarding.hold SET held = NOT held;
    DELETE FROM provisioning.product;
    SELECT nextval(format('%I.%I', schemaname, sequencename)::regclass)
      FROM pg_sequences
"""
A_FUNCTION = """
    SELECT oid::regprocedure::text FROM pg_proc
     WHERE pronamespace = 'forwarding'::regnamespace LIMIT 1
"""
AN_INDEX = """
    SELECT oid::regclass::text FROM pg_class JOIN pg_index ON indexrelid = oid
     WHERE relnamespace = 'forwarding'::regnamespace AND NOT indisunique LIMIT 1
"""
CHANGES = {
    "a table more": "CREATE TABLE forwarding.one (number text)",
    "a column more": "ALTER TABLE forwarding.rule ADD COLUMN one text",
    "an index less": "DROP INDEX {index}",
    "a right more": "GRANT SELECT ON forwarding.rule TO provisioning",
    "a function replaced": "ALTER FUNCTION {function} COST 7",
    "closed": "ALTER DATABASE {database} CONNECTION LIMIT 0",
    "with an option": "ALTER DATABASE {database} SET work_mem = '1MB'",
    "known to the planner": USED + "; ANALYZE forwarding.rule",
    "said to be older": "DELETE FROM public._pogo_migration",
}


async def everything(database: Database) -> dict[str, list[Any]]:
    async with connection(database.admin_url) as db:
        found = {
            name: await db.fetch(f"SELECT t::text FROM {name} AS t ORDER BY 1")  # noqa: S608 - a name from the catalogue
            for (name,) in await db.fetch(TABLES)
        }
        return {**found, "sequences": await db.fetch(SEQUENCES)}


async def test_one_that_was_used_is_handed_out_as_new(stack: Stack) -> None:
    async with fresh_database(stack) as used:
        new = await everything(used)
        async with connection(used.admin_url) as db:
            await db.execute(USED)
        assert await everything(used) != new
    async with fresh_database(stack) as again:
        assert again.place == used.place
        assert await everything(again) == new


@pytest.mark.parametrize("change", CHANGES)
async def test_one_that_was_changed_is_not_handed_out(
    stack: Stack, change: str
) -> None:
    async with (
        fresh_database(stack) as database,
        connection(database.admin_url) as db,
    ):
        names = {
            "database": database.place.database,
            "function": await db.fetchval(A_FUNCTION),
            "index": await db.fetchval(AN_INDEX),
        }
        await db.execute(CHANGES[change].format(**names))
    assert database.place not in [place for place, _ in stack.spare]
    await _is_gone(database)


async def test_one_that_somebody_is_still_in_is_not_handed_out(stack: Stack) -> None:
    async with fresh_database(stack) as database:
        stray = await asyncpg.connect(database.url("forwarding"))
    await _is_gone(database)
    await stray.close()


async def _is_gone(database: Database) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(database.admin_url)
