"""What a runbook asks of PostgreSQL is answered: tables and columns move on."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

import asyncpg

from ops.paths import RUNBOOKS
from support.stack import Database

ASKED = re.compile(r'^ {4}(psql "\$(\w+)" .+)$', re.MULTILINE)


def questions() -> Iterator[tuple[str, str, str]]:
    """Yield each runbook's name, variable of the database, and query."""
    for page in sorted(RUNBOOKS.glob("*.md")):
        for command, variable in ASKED.findall(page.read_text(encoding="utf-8")):
            words = shlex.split(command)
            for option, query in pairwise(words):
                if option == "-c":
                    yield page.stem, variable, query


async def test_the_database_understands_every_runbook(database: Database) -> None:
    asked = list(questions())
    for page, variable, query in asked:
        # DATABASE_URL is that of the service that the alert names: all are alike there.
        service = variable.removesuffix("DATABASE_URL").rstrip("_").lower()
        connection = await asyncpg.connect(database.url(service or "forwarding"))
        try:
            assert await connection.fetch(f"EXPLAIN {query}"), page
        except asyncpg.PostgresError as error:
            raise AssertionError(f"{page}: {query}") from error
        finally:
            await connection.close()

    assert len(asked) > 5
