"""The code of the release before runs on the new tables: on a real server."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from devstack.database import connection, deploy_database
from devstack.settings import ROOT, SERVICES
from support.schemas import Schema
from support.stack import Database, Stack, empty_database

FOLDERS = (
    "chassis/migrations",
    *(f"services/{service.name}/migrations" for service in SERVICES),
)
HARMFUL = {
    "a column that old code does not fill": (
        "ALTER TABLE inbox ADD COLUMN needed text NOT NULL",
        "inbox.needed must be given now",
    ),
    "an old column that was free to be empty": (
        "ALTER TABLE dead_letter ALTER COLUMN value SET NOT NULL",
        "dead_letter.value must be given now",
    ),
    "a column that old code reads": (
        "ALTER TABLE dead_letter DROP COLUMN reason",
        "dead_letter.reason is gone",
    ),
    "another type": (
        "ALTER TABLE outbox ALTER COLUMN topic TYPE varchar(9)",
        "outbox.topic is character varying(9) now",
    ),
    "a limit on what old code writes": (
        "ALTER TABLE outbox ADD CONSTRAINT short CHECK (length(topic) < 9)",
        "outbox has a new limit short on topic",
    ),
    "old rows that must be unique": (
        "CREATE UNIQUE INDEX one_topic ON outbox (topic)",
        "outbox has a new limit one_topic on topic",
    ),
}


def root_with(folder: Path, chosen: Callable[[list[Path]], list[Path]]) -> Path:
    """Copy some migrations of each service into a tree of their own."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
        for file in chosen(sorted((ROOT / name).glob("*.sql"))):
            shutil.copy(file, folder / name)
    return folder


async def schemas(database: Database, root: Path) -> dict[str, Schema]:
    """Deploy, and return each service's schema."""
    await deploy_database(database.place, database.passwords, root)
    async with connection(database.place.url) as db:
        return {
            service.package: await Schema.of(db, service.package)
            for service in SERVICES
        }


async def test_every_migration_since_the_first_leaves_old_code_running(
    stack: Stack, tmp_path: Path
) -> None:
    first = root_with(tmp_path / "first", lambda files: files[:1])
    async with empty_database(stack) as database:
        before = await schemas(database, first)
        after = await schemas(database, ROOT)

    for service, old in before.items():
        assert old.columns.keys() < after[service].columns.keys(), "nothing was added"
        assert old.breaks(after[service]) == []


@pytest.mark.parametrize("case", HARMFUL)
async def test_a_harmful_migration_is_noticed(
    stack: Stack, tmp_path: Path, case: str
) -> None:
    statement, said = HARMFUL[case]
    root = root_with(tmp_path / "root", lambda files: files[:1])
    async with empty_database(stack) as database:
        before = await schemas(database, root)
        async with connection(database.place.url) as db:
            await db.execute(f"SET search_path = forwarding; {statement}")
            after = await Schema.of(db, "forwarding")

    assert said in before["forwarding"].breaks(after)
