"""A way to a server, which a test opens when the server shall be there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def forwarded(port: int, to: int, *, after: float = 0.0) -> AsyncIterator[None]:
    """Open a port that leads to another one, a little later."""
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to)
        tasks.add(asyncio.create_task(pump(reader, back)))
        tasks.add(asyncio.create_task(pump(there, writer)))

    async def open_later() -> asyncio.Server:
        await asyncio.sleep(after)  # the outage that the test is about
        return await asyncio.start_server(connected, "127.0.0.1", port)

    opening = asyncio.create_task(open_later())
    yield
    server = await opening
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()


def port_of(servers: str) -> int:
    """Return the port of `host:port`."""
    return int(servers.rsplit(":", 1)[1])
