"""The gateway as operators run it: a process, real Kafka, a signal to stop."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.clock import SystemClock
from chassis.outbox import headers_of
from contracts.event import Event, new_id
from contracts.forwardings import ForwardingRequested
from contracts.numbers import NumberPorted
from contracts.orders import OrderConfirmed
from devstack.journey import letters
from devstack.ports import free_port
from support.portal import (
    LINE,
    MOBILE,
    SINGLE,
    TODAY,
    answer_to,
    applied,
    connected,
    enabled,
    outage,
)
from support.stack import Database
from support.waiting import eventually
from support.wires import forwarded, port_of

AGENT_PASSWORD = "Apfelbaum im Regen 7"  # noqa: S105 - a test's own
OWN_PASSWORD = "ein langes Kennzeichen 7"  # noqa: S105 - a test's own
QUICK_STOP = 5.0


@dataclass
class Running:
    """A gateway process."""

    process: asyncio.subprocess.Process
    url: str
    log: Path
    letters: Path


def environment(database: Database, kafka: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "PORTAL_GATEWAY_DATABASE_URL": database.url("portal_gateway"),
        "PORTAL_GATEWAY_PORT": str(free_port()),
        "PORTAL_GATEWAY_LETTERS_DIR": str(folder / "letters"),
        "PORTAL_GATEWAY_AGENT_PASSWORD": AGENT_PASSWORD,
        "PORTAL_GATEWAY_INSTANCE": str(os.getpid() % 1000),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
    }


@contextlib.asynccontextmanager
async def running(
    env: dict[str, str], folder: Path, *, until: str = "/health/ready"
) -> AsyncIterator[Running]:
    log = folder / "gateway.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "portal_gateway",
            env=env,
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{env['PORTAL_GATEWAY_PORT']}"
    try:
        async with httpx.AsyncClient() as client:

            async def ready() -> bool:
                assert process.returncode is None, log.read_text("utf-8")
                with contextlib.suppress(httpx.HTTPError):
                    return (await client.get(f"{url}{until}")).is_success
                return False

            await eventually(ready, within=60)
        yield Running(process, url, log, folder / "letters")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def command(env: dict[str, str], *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "portal_gateway",
        *arguments,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


class Others:
    """Provisioning, outage-watcher and forwarding, as far as Kafka shows them."""

    def __init__(self, producer: AIOKafkaProducer, wishes: AIOKafkaConsumer) -> None:
        self._producer, self._wishes = producer, wishes

    async def tell(self, *events: Event) -> None:
        now = SystemClock().now()
        for event in events:
            told = headers_of(event.topic(), "test", new_id(), now)
            await self._producer.send_and_wait(
                event.topic(),
                event.model_dump_json(by_alias=True).encode(),
                event.key.encode(),
                headers=[(name, value.encode()) for name, value in told.items()],
            )

    async def grant_next_wish(self) -> ForwardingRequested:
        record = await self._wishes.getone()
        wish = ForwardingRequested.model_validate_json(record.value)
        await self.tell(answer_to(wish))
        return wish


@contextlib.asynccontextmanager
async def others(kafka: str) -> AsyncIterator[Others]:
    async with (
        AIOKafkaProducer(bootstrap_servers=kafka) as producer,
        AIOKafkaConsumer(
            "ForwardingRequested",
            bootstrap_servers=kafka,
            auto_offset_reset="earliest",
        ) as wishes,
    ):
        yield Others(producer, wishes)


async def entry(client: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    """Return the only entry as soon as it is so."""

    async def look() -> dict[str, Any]:
        listed = (await client.get("/forwardings")).json()["forwardings"]
        return next(
            (
                one
                for one in listed
                if all(one[name] == value for name, value in wanted.items())
            ),
            {},
        )

    return await eventually(look)


async def opened(portal: Running, url: str) -> str:
    """Open a customer as an agent, and return his posted password."""
    async with httpx.AsyncClient(base_url=url) as agent:
        body = {"username": "hotline", "password": AGENT_PASSWORD}
        answer = await agent.post("/login", json=body)
        assert answer.json() == {"must_change_credentials": False}
        customer = {"customer_number": "C-1001", "name": "A", "address": "Weg 1"}
        assert (await agent.post("/customers", json=customer)).status_code == 201
    [letter] = portal.letters.glob("*.pdf")
    return letters.opened(letter).password


async def test_the_whole_story_from_letter_to_diversion(
    database: Database, empty_kafka: str, tmp_path: Path
) -> None:
    env = environment(database, empty_kafka, tmp_path)
    assert await command(env, "create-agent", "hotline") == (
        0,
        "The agent is created.\n",
    )
    assert (await command(env, "create-agent", "hotline"))[1].startswith("The agent's")
    async with running(env, tmp_path) as portal, others(empty_kafka) as world:
        url = f"{portal.url}/api/v1"
        posted = await opened(portal, url)
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            first = {"username": "C-1001", "password": posted}
            await client.post("/login", json=first)
            own = {"username": "chef", "password": OWN_PASSWORD}
            await client.post("/credentials", json=own | {"current_password": posted})
            order = {"product": "office-flat-ngn"}
            order_id = (await client.post("/orders", json=order)).json()["order_id"]
            await world.tell(
                OrderConfirmed(
                    order_id=order_id,
                    customer_number="C-1001",
                    outcome="accepted",
                    confirmed_at=SystemClock().now(),
                ),
                NumberPorted(
                    number=SINGLE,
                    customer_number="C-1001",
                    line=LINE,
                    effective_on=TODAY,
                ),
            )
            assert (await entry(client))["opens_on"] == TODAY.isoformat()
            await world.tell(connected(), enabled(SINGLE, order_id=order_id))
            await entry(client, opens_on=None)

            saving = asyncio.create_task(
                client.put(
                    f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True}
                )
            )
            wish = await world.grant_next_wish()
            answer = await saving

            assert (wish.number, wish.version) == (SINGLE, 1)
            assert (answer.status_code, answer.json()["state"]) == (200, "ready")
            await world.tell(outage(), applied(SINGLE))
            shown = await entry(client, state="diverted")
            assert shown["target_in_effect"] == MOBILE
            assert (await client.get(f"/orders/{order_id}")).json()["option"] == {
                "state": "enabled",
                "opens_on": None,
            }
            token = client.cookies["selfcare_session"]
    written = portal.log.read_text("utf-8")
    for secret in (posted, OWN_PASSWORD, AGENT_PASSWORD, token, SINGLE, MOBILE):
        assert secret not in written


async def test_stops_quickly_though_browsers_listen(
    database: Database, empty_kafka: str, tmp_path: Path
) -> None:
    env = environment(database, empty_kafka, tmp_path)
    await command(env, "create-agent", "hotline")
    async with running(env, tmp_path) as portal:
        url = f"{portal.url}/api/v1"
        posted = await opened(portal, url)
        async with httpx.AsyncClient(base_url=url) as client:
            body = {"username": "C-1001", "password": posted}
            await client.post("/login", json=body)
            own = {"username": "chef", "password": OWN_PASSWORD}
            await client.post("/credentials", json=own | {"current_password": posted})
            async with client.stream("GET", "/events") as stream:
                lines = stream.aiter_lines()
                assert await anext(lines) == "event: resync"
                asked = time.monotonic()

                portal.process.send_signal(signal.SIGTERM)

                async for _ in lines:
                    pass
                assert await portal.process.wait() in {0, -signal.SIGTERM}
                assert "service_stopped" in portal.log.read_text("utf-8")
                assert time.monotonic() - asked < QUICK_STOP


async def test_people_come_in_while_kafka_is_away(
    database: Database, kafka: str, tmp_path: Path
) -> None:
    port = free_port()
    env = environment(database, f"127.0.0.1:{port}", tmp_path)
    await command(env, "create-agent", "hotline")
    async with (
        running(env, tmp_path, until="/health/live") as portal,
        httpx.AsyncClient(base_url=portal.url) as client,
    ):
        # A body after it would spoil the next answer on the same connection.
        assert (await client.head("/anmelden")).is_success
        assert "<form" in (await client.get("/anmelden")).text
        body = {"username": "hotline", "password": AGENT_PASSWORD}
        assert (await client.post("/api/v1/login", json=body)).is_success
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["kafka"]) == (503, False)
        assert (await client.get("/health/serving")).is_success

        async def is_ready() -> bool:
            return (await client.get("/health/ready")).is_success

        async with forwarded(port, port_of(kafka)):
            await eventually(is_ready, within=30)


async def test_stops_quickly_though_kafka_never_came(
    database: Database, tmp_path: Path
) -> None:
    env = environment(database, f"127.0.0.1:{free_port()}", tmp_path)
    async with running(env, tmp_path, until="/health/live") as portal:
        asked = time.monotonic()
        portal.process.send_signal(signal.SIGTERM)
        assert await portal.process.wait() in {0, -signal.SIGTERM}
        assert "service_stopped" in portal.log.read_text("utf-8")
        assert time.monotonic() - asked < QUICK_STOP


async def test_an_agent_needs_a_good_password(
    database: Database, kafka: str, tmp_path: Path
) -> None:
    env = environment(database, kafka, tmp_path)
    env |= {"PORTAL_GATEWAY_AGENT_PASSWORD": "short"}

    code, said = await command(env, "create-agent", "hotline")

    assert code == 1
    assert said.startswith("password_too_short: ")
