"""Kafka or PostgreSQL as a process that somebody kills, and starts again."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from support.waiting import eventually

UP_WITHIN = 90.0
STOP_WITHIN = 30.0


@dataclass
class Server:
    """One server program, with the question that tells whether it answers."""

    name: str
    command: Sequence[str]
    log: Path
    answers: Callable[[], Awaitable[bool]]
    user: str | None = None
    clean_stop: signal.Signals = signal.SIGTERM
    at_play: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever does something to it."""
    _process: asyncio.subprocess.Process | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether its process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, again if it ends meanwhile, and wait until it answers."""

        async def is_up() -> bool:
            if not self.is_running:
                await self._spawn()
            return await self.answers()

        await eventually(is_up, within=UP_WITHIN)

    async def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                extra_groups=[] if self.user else None,
            )

    async def kill(self) -> None:
        """End it without a word, and wait until nothing of it is left."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Let it end in order."""
        await self._end(self.clean_stop)

    def pause(self) -> None:
        """Let it stand still, with all that belongs to it."""
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        """Let it go on as if no time had passed."""
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _family(self) -> list[psutil.Process]:
        if not self._process or not self.is_running:
            return []
        with suppress(psutil.NoSuchProcess):
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        return []

    async def _end(self, how: signal.Signals) -> None:
        family, process = self._family(), self._process
        if process is None or not self.is_running:
            return
        os.kill(process.pid, how)
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()
        # PostgreSQL's children outlive it for a moment, and hold its memory.
        await asyncio.to_thread(psutil.wait_procs, family, STOP_WITHIN)
