"""A back-up of a running PostgreSQL as its manual says, and a server made from it."""

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import asyncpg

from devstack.artifacts import obtain
from devstack.database import Place, answers
from devstack.ports import free_port
from devstack.postgres import Postgres, admin_url, owner
from devstack.settings import Settings
from support.stack import Database
from support.waiting import eventually


async def back_up(settings: Settings, target: Path) -> None:
    """Copy the data folder between pg_backup_start and pg_backup_stop, with its log."""
    source = Postgres.of(settings, obtain(settings, _silent)).folder / "data"
    db = await asyncpg.connect(admin_url(settings))
    try:
        await db.execute("SELECT pg_backup_start('restore test', fast => true)")
        _copy(source, target)
        stopped = await db.fetchrow(
            "SELECT labelfile, spcmapfile FROM pg_backup_stop(false)"
        )
    finally:
        await db.close()
    assert stopped
    label, spaces = stopped
    # What was written meanwhile is in the log, which must be as new as the stop.
    _copy(source / "pg_wal", target / "pg_wal")
    (target / "backup_label").write_text(label, encoding="utf-8")
    assert not spaces, "no table space of its own"


def _copy(source: Path, target: Path) -> None:
    """Copy what is still there when its turn comes, as the server's manual asks."""
    ignored = _not_copied if source.name == "data" else None
    try:
        shutil.copytree(
            source,
            target,
            ignore=ignored,
            copy_function=_copy_unless_gone,
            dirs_exist_ok=True,
        )
    except shutil.Error as failed:
        # A database that was dropped meanwhile takes its whole folder along.
        if any(Path(path).exists() for path, _, _ in failed.args[0]):
            raise


def _copy_unless_gone(source: str, target: str) -> None:
    # Tables of other tests come and go while we copy; their log says so.
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


def _not_copied(folder: str, names: list[str]) -> set[str]:
    inside = {"pg_wal", "pg_replslot", "pg_stat_tmp", "pg_dynshmem", "pg_notify"}
    if Path(folder).name in inside:
        return set(names)
    return {"postmaster.pid", "postmaster.opts", "pg_internal.init"} & set(names)


class Server:
    """A PostgreSQL on a folder that was backed up, to be ended as a test likes."""

    def __init__(self, settings: Settings, backup: Path) -> None:
        postgres = Postgres.of(settings, obtain(settings, _silent))
        self._command = replace(postgres, folder=backup.parent).command()
        self._url = admin_url(settings)
        self._log = backup.parent / "restored.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - started once; our own program
                self._command,
                stdout=log,
                stderr=log,
                cwd="/",
                user=owner(),
                extra_groups=[] if owner() else None,
            )
        await eventually(lambda: answers(self._url), within=60)

    def end(self, how: signal.Signals) -> None:
        """End it: SIGINT in peace, SIGQUIT as a crash does."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait()

    async def crash(self) -> None:
        """Lose what is not on disk, and come back."""
        self.end(signal.SIGQUIT)
        await self.start()


@asynccontextmanager
async def served(
    lost: Database, backup: Path, port: int | None = None
) -> AsyncIterator[tuple[Server, Database]]:
    """Run a server of its own on the back-up, and return it and the same database."""
    settings = replace(lost.settings, postgres_port=port or free_port())
    _give(backup)
    server = Server(settings, backup)
    try:
        await server.start()
        yield (
            server,
            Database(Place(admin_url(settings), lost.place.database), settings),
        )
    finally:
        server.end(signal.SIGINT)


@asynccontextmanager
async def restored(
    lost: Database, backup: Path, port: int | None = None
) -> AsyncIterator[Database]:
    """Return the same database as it comes back from the back-up."""
    async with served(lost, backup, port) as (_, database):
        yield database


def _give(backup: Path) -> None:
    if user := owner():
        for folder, _, names in os.walk(backup):
            for path in (Path(folder), *(Path(folder) / name for name in names)):
                shutil.chown(path, user)
    backup.chmod(0o700)


def _silent(_line: str) -> None:
    """Say nothing of what is fetched."""
