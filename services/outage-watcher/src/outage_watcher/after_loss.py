"""Commands for when data were lost: those of the database, or those of Kafka."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis import postgres
from chassis.clock import SystemClock
from chassis.commands import Command, moment
from chassis.postgres import Connection
from chassis.replaying import told_since
from contracts.operations import MaintenanceAnnounced
from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.settings import Settings
from outage_watcher.usecases.recalling import recall, recall_windows, summary
from outage_watcher.usecases.telling_again import tell_again


def commands(settings: Settings) -> tuple[Command, ...]:
    """Return the commands that bring database and readers together again."""
    return (
        Command(
            "recall",
            "after a restore: take up again what was told since then",
            lambda arguments: _recall(settings, arguments),
            {
                "--since": {"type": moment, "required": True, "help": "as for rewind"},
                "--standing": {
                    "action": "store_true",
                    "help": "also those that only readers know, when the lag is 0",
                },
            },
        ),
        Command(
            "tell-again",
            "after Kafka lost messages: tell again what stands, or ended since then",
            lambda arguments: _tell_again(settings, arguments),
            {
                "--since": {
                    "type": moment,
                    "required": True,
                    "help": "of what ended: from when on readers may not know it",
                },
            },
        ),
    )


async def _recall(settings: Settings, arguments: argparse.Namespace) -> str:
    detected = await told_since(settings, None, OutageDetected, arguments.since)
    cleared = await told_since(settings, None, OutageCleared, arguments.since)
    work = await told_since(settings, None, MaintenanceAnnounced, arguments.since)
    standing = arguments.standing
    async with _transaction(settings) as connection:
        now = SystemClock().now()
        changed = await recall(
            [*detected, *cleared], connection, standing=standing, at=now
        )
        windows = await recall_windows(work, connection, standing=standing, at=now)
    return summary(changed, windows, standing=standing)


async def _tell_again(settings: Settings, arguments: argparse.Namespace) -> str:
    async with _transaction(settings) as connection:
        count = await tell_again(
            connection, since=arguments.since, at=SystemClock().now()
        )
    return (
        f"Told again: {count.standing} outages that stand, {count.over} that are over, "
        f"{count.windows} times of planned work. The running service tells it."
    )


@asynccontextmanager
async def _transaction(settings: Settings) -> AsyncIterator[Connection]:
    url = settings.database_url.get_secret_value()
    pool = await postgres.connect_pool(url, name="outage-watcher-desk", size=2)
    try:
        async with postgres.transaction(pool) as connection:
            yield connection
    finally:
        await pool.close()
