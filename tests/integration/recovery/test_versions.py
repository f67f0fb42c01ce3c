"""No version is given twice, whatever PostgreSQL lost."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from contracts.event import new_id
from forwarding.versions import open_pool
from support.backups import Server, back_up, served
from support.forwarding_command import forwarding
from support.forwarding_facts import MOBILE
from support.forwarding_lab import Lab
from support.stack import Database, Stack, fresh_database
from support.switch_lab import SwitchLab
from support.waiting import eventually

MARGIN, SHORT = 10_000, 1_000
NUMBER, LINE = "+493023125050", "line of a database that crashes"
FORGOT = "database_may_have_forgotten"
FORGET = "DELETE FROM forwarding.unbroken"
NEXT = "SELECT nextval('flip_seq')"
GO_PAST = "SELECT go_past_lost_versions()"


async def given(database: Database) -> int:
    """Give a version, as a service does that has just started."""
    async with await open_pool(database.url("forwarding"), size=2) as pool:
        return int(await pool.fetchval(NEXT))


async def look(database: Database) -> None:
    """Connect as such a service, and give none."""
    async with await open_pool(database.url("forwarding"), size=2):
        pass


async def lose(database: Database, server: Server, count: int) -> int:
    """Give versions that the server has not written when it crashes; the last one."""
    async with (
        await open_pool(database.url("forwarding"), size=2) as pool,
        pool.acquire() as connection,
    ):
        await connection.execute("SET synchronous_commit = off")
        last = 0
        for _ in range(count):
            last = await connection.fetchval(NEXT)
        server.end(signal.SIGQUIT)
    await server.start()
    return last


@dataclass
class Copy:
    """A database that came back, its server, and the last version that it knows."""

    database: Database
    server: Server
    known: int


@pytest.fixture
async def copy(stack: Stack, backup: Path) -> AsyncIterator[Copy]:
    async with fresh_database(stack) as lost:
        for _ in range(3):
            known = await given(lost)
        await back_up(stack.settings, backup)
        async with served(lost, backup) as (server, database):
            yield Copy(database, server, known)


class TestADatabaseThatForgotNothing:
    async def test_begins_with_the_first_version(self, database: Database) -> None:
        with capture_logs() as logs:
            assert [await given(database), await given(database)] == [1, 2]

        assert logs == []

    async def test_goes_on_where_it_was_after_a_clean_restart(self, copy: Copy) -> None:
        last = await given(copy.database)
        copy.server.end(signal.SIGINT)
        await copy.server.start()

        assert await given(copy.database) == last + 1


class TestADatabaseThatMayHaveForgotten:
    async def test_goes_on_far_past_what_its_back_up_knows(self, copy: Copy) -> None:
        with capture_logs() as logs:
            version = await given(copy.database)

        assert version >= copy.known + MARGIN
        assert [(log["event"], log["log_level"]) for log in logs] == [(FORGOT, "error")]
        assert await given(copy.database) == version + 1

    async def test_goes_on_far_past_what_it_knew_when_it_crashed(
        self, copy: Copy
    ) -> None:
        last = await given(copy.database)
        await copy.server.crash()

        assert await given(copy.database) >= last + MARGIN

    async def test_gives_nothing_again_that_it_lost(self, copy: Copy) -> None:
        await copy.server.crash()
        await given(copy.database)
        lost = await lose(copy.database, copy.server, 100)

        assert await given(copy.database) > lost + MARGIN - 100

    async def test_gives_nothing_again_where_all_since_the_last_crash_is_lost(
        self, copy: Copy
    ) -> None:
        await look(copy.database)
        lost = await lose(copy.database, copy.server, 20)

        assert await given(copy.database) > lost

    async def test_uses_few_versions_up_where_it_crashes_again_and_again(
        self, copy: Copy
    ) -> None:
        await look(copy.database)
        for _ in range(3):
            await copy.server.crash()
            await look(copy.database)

        # A sequence's log is 32 ahead of what was given.
        most = copy.known + 32 + MARGIN + 3 * SHORT
        assert copy.known + MARGIN < await given(copy.database) <= most

    async def test_is_moved_on_once_however_many_connect(self, copy: Copy) -> None:
        with capture_logs() as logs:
            versions = await asyncio.gather(*(given(copy.database) for _ in range(10)))

        assert [log["event"] for log in logs] == [FORGOT]
        first = logs[0]["next_version"]
        assert sorted(versions) == [*range(first, first + 10)]

    async def test_moves_on_for_good_before_anything_is_given(self, copy: Copy) -> None:
        db = await asyncpg.connect(copy.database.url("forwarding"))
        try:
            async with db.transaction():
                await db.execute("SET LOCAL synchronous_commit = off")
                assert await db.fetchval(GO_PAST)
                assert await db.fetchval("SHOW synchronous_commit") == "on"
            assert await db.fetchval(GO_PAST) is None
        finally:
            await db.close()


async def test_a_standby_lets_nobody_in_until_it_takes_over(
    stack: Stack, backup: Path
) -> None:
    async with fresh_database(stack) as lost:
        known = await given(lost)
        await back_up(stack.settings, backup)
        (backup / "standby.signal").touch()
        async with served(lost, backup) as (_, standby):
            with pytest.raises(asyncpg.CannotConnectNowError):
                await given(standby)
            db = await asyncpg.connect(standby.admin_url)
            try:
                assert await db.fetchval("SELECT pg_promote()")
            finally:
                await db.close()

            assert await given(standby) >= known + MARGIN


async def test_what_is_told_after_a_crash_is_newer_than_all_before(
    stack: Stack, empty_kafka: str, switch: SwitchLab, backup: Path
) -> None:
    async with fresh_database(stack) as lost:
        await back_up(stack.settings, backup)
        async with served(lost, backup) as (server, database):
            lab = Lab(empty_kafka, database, switch)
            # No audit repairs what would be wrong.
            async with lab.listening(), lab.serving(reconcile_every="PT0S"):
                await lab.open(NUMBER, LINE)
                await lab.arm(NUMBER, MOBILE)
                outage = new_id()
                await lab.send(lab.facts.detected(outage, LINE))
                await lab.quiet()
                await lab.send(lab.facts.cleared(outage))
                await lab.quiet()
                before = lab.newest(NUMBER)["version"]
                await server.crash()
                await lab.send(lab.facts.detected(new_id(), LINE))
                await lab.until_rings(NUMBER, MOBILE)

                async def told() -> bool:
                    return bool(lab.newest(NUMBER)["version"] >= before + MARGIN)

                await eventually(told, within=30)


async def moved_on(database: Database) -> bool:
    db = await asyncpg.connect(database.admin_url)
    try:
        return bool(
            await db.fetchval("SELECT EXISTS (SELECT FROM forwarding.unbroken)")
        )
    finally:
        await db.close()


@pytest.mark.parametrize(
    "command",
    [
        "hold on",
        "switch status",
        "tell-over --since 2026-11-28T03:55:00+00:00",
        "rewind --earliest",
        "replay",
    ],
)
async def test_a_command_that_gives_versions_goes_past_those_that_were_lost(
    database: Database, empty_kafka: str, switch: SwitchLab, command: str
) -> None:
    async with asyncpg.create_pool(database.admin_url, min_size=1) as admin:
        await admin.execute(FORGET)

    said = await forwarding(database, empty_kafka, switch, *command.split())

    assert FORGOT in said
    assert await moved_on(database)
