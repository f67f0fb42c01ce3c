"""The four services as processes that are started again at once when they end."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

ZYGOTE = Path(__file__).with_name("zygote.py")
POLL, LOOK = 0.02, 0.05


class Nursery:
    """Brings forth processes of one service."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Load the service's modules, once."""
        self._zygote = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ZYGOTE),
            self.package,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # it ends with us, and not by a Ctrl-C
        )
        assert await self._line() == "ready"

    async def bear(self, env: Mapping[str, str], log: Path) -> int:
        """Start a process and return its pid."""
        assert self._zygote.stdin
        async with self._turn:
            order = json.dumps({"env": dict(env), "log": str(log)})
            self._zygote.stdin.write(order.encode() + b"\n")
            return int(await self._line())

    async def close(self) -> None:
        """End with everything that was born here last."""
        assert self._zygote.stdin
        self._zygote.stdin.close()
        await self._zygote.wait()

    async def _line(self) -> str:
        assert self._zygote.stdout
        return (await self._zygote.stdout.readline()).decode().strip()


@dataclass
class Kept:
    """A service that somebody kills, and we start again."""

    name: str
    nursery: Nursery
    env: Mapping[str, str]
    port: int
    log: Path
    kills: int = 0
    restarts: int = 0
    ended_by_itself: int = 0
    recoveries: list[float] = field(default_factory=list)
    undisturbed: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever plays with the process."""
    _pid: int = field(default=0, init=False)
    _killed_at: float = field(default=0.0, init=False)
    _ready: bool = field(default=False, init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list, init=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._tasks = [
            asyncio.create_task(self._keep()),
            asyncio.create_task(self._look()),
        ]

    async def stop(self) -> None:
        """End it for good."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """Kill it without a word, if it lives."""
        if self._signal(signal.SIGKILL):
            self._ready = False
            self.kills += 1
            self._killed_at = time.monotonic()

    def pause(self) -> None:
        """Stop it in the middle of whatever it does."""
        self._ready = False
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on as if no time had passed."""
        self._signal(signal.SIGCONT)

    async def is_ready(self) -> bool:
        """Tell whether it works, as it was a moment ago."""
        return self._ready

    async def _look(self) -> None:
        """Ask it all the time: one who asks for all who want to know."""
        while True:
            kills, pid = self.kills, self._pid
            ready = bool(pid) and await self._says_ready()
            if (kills, pid) == (self.kills, self._pid):
                self._ready = ready
                if ready and self._killed_at:
                    self.recoveries.append(time.monotonic() - self._killed_at)
                    self._killed_at = 0.0
            await asyncio.sleep(LOOK)

    async def _says_ready(self) -> bool:
        """Ask by hand: a client of a library costs more than the answer."""
        try:
            async with asyncio.timeout(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(b"GET /health/ready HTTP/1.0\r\n\r\n")
                    return b" 200 " in await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False

    async def metric(self, name: str) -> float:
        """Return a metric's value, 0 where it does not answer."""
        try:
            async with httpx.AsyncClient(timeout=2) as http:
                text = (await http.get(f"{self.url}/metrics")).text
        except httpx.HTTPError:
            return 0.0
        found = [line for line in text.splitlines() if line.startswith(name)]
        return sum(float(line.split()[-1]) for line in found)

    async def _keep(self) -> None:
        while True:
            kills = self.kills
            self._pid = await self.nursery.bear(self.env, self.log)
            while psutil.pid_exists(self._pid):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(POLL)
            self._pid = 0
            self.restarts += 1
            self.ended_by_itself += self.kills == kills

    def _signal(self, number: signal.Signals) -> bool:
        if not self._pid:
            return False
        try:
            os.kill(self._pid, number)
        except ProcessLookupError:
            return False
        return True
