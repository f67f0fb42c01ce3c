"""What a play that did not come to rest left behind, kept for whoever looks into it."""

import json
from pathlib import Path
from typing import Any

import asyncpg

from devstack.settings import SERVICES
from support.kill.evidence import id_of, read_records


async def keep(folder: Path, admin_url: str, servers: str) -> None:
    """Write every table and every message into files of their own."""
    connection = await asyncpg.connect(admin_url)
    try:
        for service in SERVICES:
            rows = await connection.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = $1", service.package
            )
            for table in (f"{service.package}.{row['tablename']}" for row in rows):
                await connection.copy_from_query(
                    f"SELECT to_jsonb(t) FROM {table} AS t",  # noqa: S608 - our tables
                    output=folder / f"{table}.jsonl",
                )
    finally:
        await connection.close()
    _write(folder / "messages.jsonl", await read_records(servers))


def _write(path: Path, records: list[Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            value = (record.value or b"").decode("utf-8", "replace")[:2000]
            place = [record.topic, record.partition, record.offset]
            line = [*place, record.timestamp, id_of(record), value]
            file.write(json.dumps(line) + "\n")
