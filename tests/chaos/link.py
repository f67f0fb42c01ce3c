"""A way from a caller to a server, through which bytes pass well or badly."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

HOST = "127.0.0.1"
CHUNK = 64 * 1024
RESET_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: the other side sees a reset, not an end."""
RESET_EVERY = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a link treats what passes."""

    name: str = "plain"
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds that each piece waits."""
    bytes_per_second: int = 0
    """0: as fast as it can."""
    holds_questions: bool = False
    holds_answers: bool = False
    """What is held arrives when the link is well again, as late packets do."""
    refuses: bool = False
    """Nobody gets through, and who was through is thrown out."""
    resets: bool = False
    """Connections break in the middle of whatever they carry, and may come again."""


PLAIN = Manner()
BAD = (
    Manner("latency 0.3 to 1.5 s", delay=(0.3, 1.5)),
    Manner("bandwidth 4 KB/s", bytes_per_second=4096),
    Manner("black hole", holds_questions=True, holds_answers=True),
    Manner("answers lost on the way", holds_answers=True),
    Manner("cut", refuses=True),
    Manner("reset", resets=True),
)


class Link:
    """Listens on a port of ours and passes everything on to another."""

    def __init__(self, name: str, port: int, onward: int, rng: Random) -> None:
        self.name, self.port = name, port
        self._onward, self._rng = onward, rng
        self._manner = PLAIN
        self._well = asyncio.Event()
        self._well.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Let callers in."""
        self._server = await asyncio.start_server(self._carry, HOST, self.port)

    async def close(self) -> None:
        """Let nobody in, and throw out who is."""
        if self._server:
            self._server.close()
        self._break_all()
        self._well.set()
        await asyncio.sleep(0)

    @asynccontextmanager
    async def suffering(self, manner: Manner) -> AsyncIterator[None]:
        """Treat what passes badly, and be well again in the end."""
        self._manner = manner
        self._well.clear()
        resetting = asyncio.create_task(self._reset()) if manner.resets else None
        if manner.refuses:
            await self.close()
        try:
            yield
        finally:
            if resetting:
                resetting.cancel()
            self._manner = PLAIN
            self._well.set()
            if manner.refuses:
                await self.open()

    async def _reset(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*RESET_EVERY))  # the fault itself
            self._break_all()

    def _break_all(self) -> None:
        for writer in list(self._writers):
            if wire := writer.get_extra_info("socket"):
                with suppress(OSError):
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
            writer.transport.abort()

    async def _carry(
        self, caller: asyncio.StreamReader, answers: asyncio.StreamWriter
    ) -> None:
        self._writers.add(answers)
        try:
            server, questions = await asyncio.open_connection(HOST, self._onward)
        except OSError:
            answers.transport.abort()
            self._writers.discard(answers)
            return
        self._writers.add(questions)
        ways = [
            asyncio.create_task(self._pump(caller, questions, is_answer=False)),
            asyncio.create_task(self._pump(server, answers, is_answer=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for writer in (answers, questions):
                writer.transport.abort()
                self._writers.discard(writer)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        is_answer: bool,
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._wait(len(data), is_answer=is_answer)
                writer.write(data)
                await writer.drain()

    async def _wait(self, size: int, *, is_answer: bool) -> None:
        manner = self._manner
        pause = self._rng.uniform(*manner.delay)
        if manner.bytes_per_second:
            pause += size / manner.bytes_per_second
        if pause:
            with suppress(TimeoutError):  # what crawls arrives when the link is well
                async with asyncio.timeout(pause):
                    await self._well.wait()
        if manner.holds_answers if is_answer else manner.holds_questions:
            await self._well.wait()
