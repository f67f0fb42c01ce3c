"""What Kafka lost before all had read it is told again, and changes nothing else."""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any

from chassis.postgres import Pool
from contracts.event import derived_id
from outage_watcher.usecases.telling_again import Count, tell_again
from support.outbox import queued
from support.stack import Database
from support.watched import Watched, heard
from support.watching import NOON


async def told_again(watched: Watched, *, minutes: float = 60) -> Count:
    """Forget what was told, as Kafka did, and tell what readers may have missed."""
    await watched.pool.execute("DELETE FROM outbox")
    now = watched.clock.now()
    since = now - timedelta(minutes=minutes)
    async with watched.transaction() as connection:
        return await tell_again(connection, since=since, at=now)


async def named(pool: Pool) -> set[str]:
    """Return the ids of what is on its way."""
    rows = await pool.fetch("SELECT headers::jsonb ->> 'ce_id' AS id FROM outbox")
    return {row["id"] for row in rows}


async def test_what_stands_and_what_ended_is_told_under_its_ids(
    watched: Watched, pool: Pool
) -> None:
    await watched.hears(heard("down", "L1", confirmed=True, note="Bagger"))
    await watched.hears(heard("down", "L2", confirmed=True))
    await watched.waits(10)
    await watched.hears(heard("up", "L2", at=watched.clock.now()))
    await watched.waits(600)
    before, ids = await watched.outages(), await named(pool)
    assert await watched.places() == ["detected L1", "detected L2", "cleared L2"]

    count = await told_again(watched)

    assert count == Count(standing=1, over=1, windows=0)
    assert await watched.places() == ["detected L1", "cleared L2"]
    assert await named(pool) < ids
    stands, over = await watched.outages()
    assert stands == before[0]
    # The moment at which a source saw the end is not kept, only that of the end.
    assert over == before[2] | {"occurred_at": over["cleared_at"]}


async def test_what_ended_before_is_known_to_all(watched: Watched) -> None:
    await watched.hears(heard("down", "L1", confirmed=True))
    await watched.commands("clear", (await watched.outages())[0]["outage_id"])
    watched.clock.move(timedelta(minutes=5))

    assert await told_again(watched, minutes=4) == Count(0, 0, 0)
    assert await told_again(watched, minutes=6) == Count(0, 1, 0)


async def test_what_readers_never_knew_stays_untold(watched: Watched) -> None:
    await watched.hears(heard("down", "L1"))  # within its hold

    assert await told_again(watched) == Count(0, 0, 0)
    assert await watched.outages() == []


async def test_planned_work_is_told_again_also_what_was_called_off(
    watched: Watched, pool: Pool
) -> None:
    hours: dict[str, Any] = {
        "starts_at": NOON + timedelta(hours=1),
        "ends_at": NOON + timedelta(hours=2),
    }
    plans = [
        await watched.commands("plan", lines=(line,), **hours) for line in ("L1", "L2")
    ]
    ids = [each.window_id or "" for each in plans]
    await watched.commands("cancel", ids[1])

    assert (await told_again(watched)).windows == 2
    told = {each["window_id"]: each for each in await queued(pool)}
    assert {one: told[one]["state"] for one in ids} == {
        ids[0]: "planned",
        ids[1]: "cancelled",
    }
    assert await named(pool) == {derived_id(one, told[one]["version"]) for one in ids}


async def test_the_command_says_how_much(database: Database) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "outage_watcher", "tell-again"),
        *("--since", "2026-12-01T00:00:00+00:00"),
        env=os.environ
        | {"OUTAGE_WATCHER_DATABASE_URL": database.url("outage_watcher")},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()

    assert said.decode() == (
        "Told again: 0 outages that stand, 0 that are over, 0 times of planned work. "
        "The running service tells it.\n"
    )
