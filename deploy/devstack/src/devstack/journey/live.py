"""Server-sent events, as a browser hears them."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from devstack.journey.portal import Portal
from devstack.journey.seeing import PATIENCE, seen

NO_END = httpx.Timeout(10, read=None)


@dataclass(frozen=True, slots=True)
class News:
    """One event, and when it came."""

    name: str
    data: dict[str, Any]
    at: float


@dataclass(slots=True)
class Live:
    """What a browser was told since it opened the stream."""

    news: list[News] = field(default_factory=list)

    async def heard(
        self,
        expected: str,
        name: str,
        is_it: Callable[[dict[str, Any]], object] = lambda _: True,
        *,
        after: float = 0.0,
        within: float = PATIENCE,
    ) -> News:
        """Return the first event that is it, told after a moment."""

        async def look() -> list[News]:
            return [
                one
                for one in self.news
                if one.name == name and one.at >= after and is_it(one.data)
            ]

        return (await seen(expected, look, within=within))[0]


@contextlib.asynccontextmanager
async def live(portal: Portal) -> AsyncIterator[Live]:
    """Listen until the block ends; the first thing heard is `resync`."""
    heard = Live()
    async with portal.http.stream("GET", "/events", timeout=NO_END) as response:
        response.raise_for_status()
        listening = asyncio.create_task(_listen(response, heard))
        try:
            await heard.heard("the stream of live events opens", "resync")
            yield heard
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _listen(response: httpx.Response, heard: Live) -> None:
    name = ""
    async for line in response.aiter_lines():
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            heard.news.append(News(name, json.loads(value), time.monotonic()))
