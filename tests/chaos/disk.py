"""A small disk in memory that a test can fill."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

FILLER = "filler"
LEAVE = 4096


class Disk:
    """A file system of its own under a folder."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / FILLER

    async def fill(self) -> None:
        """Leave no room, and take what becomes free meanwhile."""
        with self._filler.open("ab", buffering=0) as file:
            while (free := _free(self._filler.parent)) > LEAVE:
                size = file.seek(0, os.SEEK_END)
                try:
                    os.posix_fallocate(file.fileno(), size, free)
                except OSError:  # somebody was quicker; the rest is too little
                    await asyncio.sleep(0)
                    break

    def empty(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)


def can_mount() -> bool:
    """Tell whether we may make file systems: as root on Linux."""
    return os.geteuid() == 0 and which("mount") is not None


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Put a disk of this size under a folder until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs"]
    subprocess.run(["mount", *options, str(folder)], check=True)  # noqa: S607 - root's own
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - root's own


def _free(folder: Path) -> int:
    known = os.statvfs(folder)
    return known.f_bavail * known.f_frsize
