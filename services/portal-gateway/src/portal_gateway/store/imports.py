"""Files of rules: what each row would change, did change, and was before."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.differences import Difference
from portal_gateway.domain.facts import Range, Setting


@dataclass(frozen=True, slots=True)
class Import:
    """A file that somebody sent."""

    id: str
    customer_number: str
    file_name: str
    created_by: str
    created_at: datetime
    ignored: list[str]
    applied_at: datetime | None
    applied_by: str | None
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file and what became of it."""

    row: int
    written: str
    span: Range | None
    verdict: str
    code: str | None
    facts: dict[str, Any]
    before: Setting | None
    after: Setting | None
    seen: int
    applied: int | None
    undone: int | None
    failed: str | None


_COLUMNS = """id, customer_number, file_name, created_by, created_at, ignored,
              applied_at, applied_by, undone_at, undone_by"""


async def add(connection: Connection, one: Import, rows: Sequence[Difference]) -> None:
    """Keep a file's rows; nothing is asked of forwarding yet."""
    await connection.execute(
        """
        INSERT INTO rule_import (id, customer_number, file_name, created_by, created_at,
                                 ignored)
             VALUES ($1, $2, $3, $4, $5, $6)
        """,
        one.id,
        one.customer_number,
        one.file_name,
        one.created_by,
        one.created_at,
        one.ignored,
    )
    await connection.copy_records_to_table(
        "rule_import_row",
        records=[_record(one.id, row) for row in rows],
        columns=(
            *("import_id", "row_number", "written", "number", "last", "verdict"),
            *("code", "facts", "before", "after", "seen"),
        ),
    )


def _record(import_id: str, row: Difference) -> tuple[object, ...]:
    number, last = row.span or (None, None)
    facts = json.dumps(row.facts, default=_plain)
    sides = _stored(row.before), _stored(row.after)
    return (
        *(import_id, row.row, row.written, number, last, row.verdict),
        *(row.code, facts, *sides, row.seen),
    )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _stored(setting: Setting | None) -> str | None:
    return None if setting is None else json.dumps(asdict(setting))


async def one(
    connection: Connection, customer: str, import_id: str, *, lock: bool = False
) -> Import | None:
    """Return one of the customer's imports."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM rule_import
         WHERE id = $1 AND customer_number = $2
         {"FOR UPDATE" if lock else ""}
        """,  # noqa: S608 - constants of this module
        import_id,
        customer,
    )
    return Import(**row) if row else None


async def newest(connection: Connection, customer: str, limit: int) -> list[Import]:
    """Return the customer's imports, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM rule_import
         WHERE customer_number = $1
         ORDER BY created_at DESC, id
         LIMIT $2
        """,  # noqa: S608 - a constant of this module
        customer,
        limit,
    )
    return [Import(**row) for row in rows]


async def counts(connection: Connection, import_id: str) -> dict[str, int]:
    """Return how many rows there are of each verdict, and how many did what."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE verdict = 'changes') AS changes,
               count(*) FILTER (WHERE verdict = 'refused') AS refused,
               count(*) FILTER (WHERE verdict = 'same') AS same,
               count(applied) AS applied, count(undone) AS undone,
               count(failed) AS failed
          FROM rule_import_row
         WHERE import_id = $1
        """,
        import_id,
    )
    return dict(row) if row else {}


async def rows(
    connection: Connection,
    import_id: str,
    *,
    verdict: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Row]:
    """Return rows in the order of the file."""
    found = await connection.fetch(
        """
        SELECT row_number, written, number, last, verdict, code, facts, before, after,
               seen, applied, undone, failed
          FROM rule_import_row
         WHERE import_id = $1 AND ($2::text IS NULL OR verdict = $2)
           AND row_number > $3
         ORDER BY row_number
         LIMIT $4
        """,
        import_id,
        verdict,
        after,
        limit,
    )
    return [_row(row) for row in found]


async def note_rows(
    connection: Connection,
    import_id: str,
    *,
    done: Mapping[int, int],
    failed: Mapping[int, str],
    undoing: bool,
) -> None:
    """Keep the version that each row made, or why it made none."""
    column = "undone" if undoing else "applied"
    await connection.execute(
        f"""
        UPDATE rule_import_row AS row SET {column} = told.version, failed = told.failed
          FROM unnest($2::int[], $3::bigint[], $4::text[])
            AS told(row_number, version, failed)
         WHERE row.import_id = $1 AND row.row_number = told.row_number
        """,  # noqa: S608 - one of two constants
        import_id,
        [*done, *failed],
        [*done.values(), *[None] * len(failed)],
        [*[None] * len(done), *failed.values()],
    )


async def note_step(
    connection: Connection, import_id: str, *, by: str, at: datetime, undoing: bool
) -> None:
    """Keep that the import was applied or undone."""
    step = "undone" if undoing else "applied"
    await connection.execute(
        f"UPDATE rule_import SET {step}_at = $2, {step}_by = $3 WHERE id = $1",  # noqa: S608 - one of two constants
        import_id,
        at,
        by,
    )


async def of_wishes(
    connection: Connection, asked: Iterable[tuple[Range, int]]
) -> dict[tuple[Range, int], tuple[str, str]]:
    """
    Return `import` or `undo` and the id for each wish that came from a file.

    A wish is named by its range and version.
    """
    if not (wishes := list(asked)):
        return {}
    rows = await connection.fetch(
        """
        SELECT wish.number, wish.last, version, import_id,
               CASE WHEN applied = version THEN 'import' ELSE 'undo' END AS way
          FROM unnest($1::text[], $2::text[], $3::bigint[])
               AS wish(number, last, version)
          JOIN rule_import_row AS line
            ON line.number = wish.number AND line.last = wish.last
           AND applied IS NOT NULL AND (applied = version OR undone = version)
        """,
        [span[0] for span, _ in wishes],
        [span[1] for span, _ in wishes],
        [version for _, version in wishes],
    )
    return {
        ((row["number"], row["last"]), row["version"]): (row["way"], row["import_id"])
        for row in rows
    }


def _row(row: asyncpg.Record) -> Row:
    span = (row["number"], row["last"]) if row["number"] else None
    return Row(
        row=row["row_number"],
        written=row["written"],
        span=span,
        verdict=row["verdict"],
        code=row["code"],
        facts=json.loads(row["facts"]),
        before=_setting(row["before"]),
        after=_setting(row["after"]),
        seen=row["seen"],
        applied=row["applied"],
        undone=row["undone"],
        failed=row["failed"],
    )


def _setting(stored: str | None) -> Setting | None:
    return None if stored is None else Setting(**json.loads(stored))
