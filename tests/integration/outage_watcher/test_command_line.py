"""The operator's view at a terminal, on the service's own database."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from outage_watcher.domain.policy import Holds, Policy
from support.stack import Database
from support.watched import Watched, heard
from support.watching import at


async def run(
    database: Database, *arguments: str, **settings: str
) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "outage_watcher", *arguments),
        env=os.environ
        | {"OUTAGE_WATCHER_DATABASE_URL": database.url("outage_watcher")}
        | {f"OUTAGE_WATCHER_{name.upper()}": value for name, value in settings.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_an_operator_sees_and_ends_an_outage(
    database: Database, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    (event,) = await watched.outages()
    short = event["outage_id"][:8]

    code, listed = await run(database, "outages", "list")
    assert code == 0
    assert short in listed
    assert "L1" in listed

    code, refused = await run(database, "outages", "clear", short)
    assert (code, refused.split(":")[0]) == (1, "no_reason")

    why = ("--because", "Techniker vor Ort", "--by", "s.meier")
    code, cleared = await run(database, "outages", "clear", short, *why)
    assert code == 0
    assert "Techniker vor Ort" in cleared
    assert (await watched.told())[-1] == ("OutageCleared", 2)


async def test_who_has_seen_enough_ends_nothing_with_an_error(
    database: Database,
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "outage_watcher", "outages", "list"),
        env=os.environ
        | {"OUTAGE_WATCHER_DATABASE_URL": database.url("outage_watcher")},
        stdout=writer,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writer)
    _, complained = await process.communicate()

    assert (process.returncode, complained) == (0, b"")


@pytest.mark.parametrize("what", ["outages", "maintenance"])
async def test_nothing_is_said_as_such(database: Database, what: str) -> None:
    assert await run(database, what, "list") == (0, "None.\n")


async def test_work_is_planned_at_the_terminal(
    database: Database, watched: Watched
) -> None:
    when = ("--starts-at", "2099-12-01T01:00:00+01:00")
    until = ("--ends-at", "2099-12-01T04:00:00+01:00")
    why = ("--because", "Neue Karte")
    plan = ("maintenance", "plan", "--element", "node-1", *when, *until, *why)
    code, said = await run(database, *plan)
    assert code == 0, said
    assert "node-1" in (await run(database, "maintenance", "list"))[1]

    code, said = await run(database, *plan[:4], *until, *why)
    assert code == 1
    assert said.startswith("Refused: bad_window")
    assert await watched.outages() == []


async def test_work_that_is_planned_at_the_terminal_proves_no_recovery(
    database: Database, watched: Watched, tmp_path: Path
) -> None:
    watched.watcher.policy = Policy(sources={"icinga2": Holds(asked=True)})
    await watched.hears(heard("down", "L1", source="icinga2", confirmed=True))
    await watched.hears(heard("up", "L1", source="icinga2", at=at(1)))
    await watched.waits(120)
    doubted = [("OutageDetected", 1), ("OutageDetected", 2)]
    assert await watched.told() == doubted

    file = tmp_path / "ask.json"
    file.write_text('{"icinga2": {"url": "https://icinga:5665"}}')
    times = ("--starts-at", "2099-12-01T01:00:00Z", "--ends-at", "2099-12-01T02:00:00Z")
    plan = ("--line", "L2", *times, "--because", "Neue Karte")
    known = {"ask_file": str(file), "stale_after": "P36500D"}  # the real clock is far
    code, said = await run(database, "maintenance", "plan", *plan, **known)
    assert code == 0, said
    assert await watched.told() == doubted


async def test_what_was_commanded_can_be_verified(
    database: Database, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    (event,) = await watched.outages()
    why = ("--because", "Techniker vor Ort", "--by", "s.meier")
    await run(database, "outages", "clear", event["outage_id"], *why)

    code, head = await run(database, "audit", "head")
    assert code == 0
    known = ("--head", head.strip())
    code, said = await run(database, "audit", "verify", *known)
    assert (code, said.split(";")[0]) == (0, "1 rows hold, 0 of them erased")

    admin = await asyncpg.connect(database.admin_url)
    await admin.execute("UPDATE outage_watcher.command SET commanded_by = 'nobody'")
    await admin.close()
    code, said = await run(database, "audit", "verify")
    assert code == 1
    assert said.startswith("BROKEN at place 1, row ")
    assert said.strip().endswith("the row was changed")
