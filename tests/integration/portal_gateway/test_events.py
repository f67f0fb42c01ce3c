"""What a watching browser hears, over real connections."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from typing_extensions import override

from contracts.numbers import LineConnected
from portal_gateway.http import people
from portal_gateway.store import sessions
from portal_gateway.usecases.passwords import new_token, token_hash
from support.portal import (
    LINE,
    MOBILE,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    applied,
    connected,
    disabled,
    enabled,
    outage,
    running_portal,
)
from support.stack import Database
from support.waiting import eventually

Told = tuple[str, dict[str, Any]]
TIME_TO_SHOW = 3.0


class Server(uvicorn.Server):
    """Runs within a test, which owns the signals."""

    @contextlib.contextmanager
    @override
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def served(portal: Portal) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(portal.app, lifespan="off", log_config=None)
        server = Server(config)
        running = asyncio.create_task(server.serve([listener]))
        await eventually(lambda: asyncio.sleep(0, server.started))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        finally:
            portal.gateway.hub.end()
            server.should_exit = True
            await running


@contextlib.asynccontextmanager
async def watching(
    url: str, customer: httpx.AsyncClient, path: str = "/api/v1/events"
) -> AsyncIterator["Stream"]:
    cookies = {people.COOKIE: customer.cookies[people.COOKIE]}
    async with (
        httpx.AsyncClient(cookies=cookies, timeout=10) as client,
        client.stream("GET", url.replace("/api/v1", path)) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


class Stream:
    """The events of one connection."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self) -> Told:
        name = ""
        async with asyncio.timeout(TIME_TO_SHOW):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: {"):
                    return name, json.loads(line.removeprefix("data: "))
                elif line.startswith("data: "):
                    return name, {}
                elif line.startswith(":"):
                    return line, {}
        return "end", {}


async def listening(portal: Portal) -> None:
    hub = portal.gateway.hub
    await eventually(lambda: asyncio.sleep(0, hub.is_listening))


async def test_tells_each_kind_of_change(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        assert await stream.next() == ("resync", {})

        await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE})
        name, entry = await stream.next()
        assert (name, entry["state"]) == ("forwarding", "pending")

        await portal.answer()
        name, entry = await stream.next()
        assert (name, entry["rule"]["target"]) == ("forwarding", MOBILE)

        await portal.tell(outage())
        name, told = await stream.next()
        assert (name, told["id"]) == ("outage", "O1")
        name, entry = await stream.next()
        assert (name, entry["outage"]["id"]) == ("forwarding", "O1")

        await portal.tell(applied(SINGLE))
        name, entry = await stream.next()
        assert (name, entry["state"]) == ("forwarding", "diverted")

        await owner.post("/orders", json={"product": "sip-trunk-2.0"})
        name, order = await stream.next()
        assert (name, order["state"]) == ("order", "placed")


async def test_what_is_gone_is_told_by_reading_anew(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        await portal.tell(disabled(SINGLE))

        assert await stream.next() == ("resync", {})


async def test_of_many_that_changed_too(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    numbers = [f"+49211222233{last}" for last in range(40, 60)]
    await portal.tell(*map(enabled, numbers))
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        await portal.tell_together(*map(disabled, numbers))

        assert await stream.next() == ("resync", {})


async def test_an_outage_is_told_to_whose_line_is_connected_after_it(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await portal.tell(outage(element="access-node-2", lines=()))
    assert (await owner.get("/outages")).json() == {"outages": []}
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        await portal.tell(
            LineConnected(
                line=LINE,
                customer_number="C-1001",
                elements=("access-node-2",),
                version=2,
            )
        )

        assert await stream.next() == ("resync", {})


async def test_orders_are_told_when_their_numbers_come_and_go(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    placed = await owner.post("/orders", json={"product": "sip-trunk-2.0"})
    order_id = placed.json()["order_id"]
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        await portal.tell(enabled(OTHER_SINGLE, order_id=order_id))

        name, order = await stream.next()
        assert (name, order["option"]["state"]) == ("order", "enabled")


@pytest.mark.usefixtures("owner")
async def test_tells_nothing_of_others(portal: Portal) -> None:
    await listening(portal)
    stranger = await portal.customer("C-2002")
    await portal.tell(
        connected("L2", "C-2002"), enabled(OTHER_SINGLE, customer="C-2002", line="L2")
    )
    async with served(portal) as url, watching(url, stranger) as stream:
        await stream.next()

        await portal.tell(outage(), applied(SINGLE))
        await portal.tell(applied(OTHER_SINGLE, customer="C-2002"))

        name, entry = await stream.next()
        assert (name, entry["number"]) == ("forwarding", OTHER_SINGLE)


async def test_asks_to_read_anew_when_too_much_changed(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await listening(portal)
    numbers = [f"+4921122{n:06}" for n in range(250)]
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        # One hint: a row of them may be heard in parts, each of them not too much.
        await portal.gateway.service.pool.execute(
            "SELECT pg_notify('portal_gateway_changes', $1)",
            json.dumps({"numbers": {"C-1001": numbers}}),
        )

        assert await stream.next() == ("resync", {})


async def test_survives_a_lost_database_connection(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        await portal.gateway.service.pool.execute(
            """
            SELECT pg_terminate_backend(pid)
              FROM pg_stat_activity
             WHERE query LIKE 'LISTEN%' AND datname = current_database()
            """
        )

        assert await stream.next() == ("resync", {})
        await portal.tell(applied(SINGLE))
        name, _ = await stream.next()
        assert name == "forwarding"


async def test_hears_what_another_gateway_commits(
    portal: Portal,
    owner: httpx.AsyncClient,
    portal_database: Database,
    tmp_path: Path,
) -> None:
    await listening(portal)
    url = portal_database.url("portal_gateway")
    async with (
        running_portal(url, tmp_path) as other,
        served(portal) as address,
        watching(address, owner) as stream,
    ):
        await stream.next()

        await other.tell(applied(SINGLE))

        name, entry = await stream.next()
        assert (name, entry["state"]) == ("forwarding", "diverted")


async def test_beats_when_nothing_happens_and_ends_with_the_session(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    object.__setattr__(portal.gateway.settings, "heartbeat", timedelta(milliseconds=50))
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()
        assert await stream.next() == (": heartbeat", {})

        await owner.post("/logout")

        while (told := await stream.next())[0] != "end":
            assert told == (": heartbeat", {})


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_ends_at_once_with_the_session_and_not_with_another_s(
    portal: Portal,
    owner: httpx.AsyncClient,
    portal_database: Database,
    tmp_path: Path,
    *,
    elsewhere: bool,
) -> None:
    await listening(portal)
    url = portal_database.url("portal_gateway")
    async with (
        running_portal(url, tmp_path) as other,
        served(portal) as address,
        watching(address, owner) as stream,
        watching(address, await second_session(portal, owner)) as staying,
    ):
        await stream.next()
        await staying.next()
        token = owner.cookies[people.COOKIE]

        await (other if elsewhere else portal).client(token).post("/logout")

        assert await stream.next() == ("end", {})
        await portal.tell(applied(SINGLE))
        assert (await staying.next())[0] == "forwarding"


async def test_pages_hear_at_once_that_nobody_is_in(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await listening(portal)
    async with served(portal) as url, watching(url, owner, "/live") as stream:
        await stream.next()

        await (await second_session(portal, owner)).delete("/sessions")

        assert (await stream.next())[0] == "signed-out"
        assert await stream.next() == ("end", {})


async def second_session(portal: Portal, owner: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return another browser of the same customer."""
    hashed, other = token_hash(owner.cookies[people.COOKIE]), new_token()
    async with portal.gateway.transaction() as connection:
        account = await connection.fetchval(
            "SELECT account_id FROM session WHERE token_hash = $1", hashed
        )
        now = portal.clock.now()
        await sessions.add(
            connection, token_hash(other), account, must_change=False, at=now
        )
    return portal.client(other)


async def test_ends_at_once_when_the_gateway_stops(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await listening(portal)
    async with served(portal) as url, watching(url, owner) as stream:
        await stream.next()

        portal.gateway.hub.end()

        assert await stream.next() == ("end", {})
