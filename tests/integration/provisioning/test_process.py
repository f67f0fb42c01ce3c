"""The service as a process of its own, on real Kafka and PostgreSQL."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.clock import SystemClock, day_in_berlin
from chassis.outbox import headers_of
from contracts.event import Event, new_id
from contracts.orders import OrderCancelled
from devstack.ports import free_port
from support.provisioning import OFFICE, ONE
from support.provisioning_world import order_placed, ported
from support.stack import Database
from support.waiting import eventually

TOLD = ("OrderConfirmed", "LineConnected", "OptionEnabled", "OrderCancelled.dlq")
NOW = SystemClock().now()


@dataclass
class Running:
    """A service's process, and where it answers."""

    process: asyncio.subprocess.Process
    url: str

    async def get(self, path: str) -> tuple[int, str]:
        """Ask it over HTTP; 0 while it does not answer."""
        try:
            return await asyncio.to_thread(self._get, path)
        except OSError:
            return 0, ""

    def _get(self, path: str) -> tuple[int, str]:
        with urlopen(self.url + path, timeout=2) as answer:  # noqa: S310 - our own
            return answer.status, answer.read().decode()

    async def is_ready(self) -> bool:
        """Tell whether it works."""
        return (await self.get("/health/ready"))[0] == 200


@pytest.fixture
async def service(database: Database, empty_kafka: str) -> AsyncIterator[Running]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "provisioning",
        env={
            **os.environ,
            "PROVISIONING_DATABASE_URL": database.url("provisioning"),
            "PROVISIONING_PORT": str(port),
            "KAFKA_BOOTSTRAP_SERVERS": empty_kafka,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    running = Running(process, f"http://127.0.0.1:{port}")
    try:
        await eventually(running.is_ready, within=60)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def send(servers: str, *events: Event) -> None:
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        for event in events:
            headers = headers_of(event.topic(), event.source, new_id(), NOW)
            await producer.send_and_wait(
                event.topic(),
                event.model_dump_json(by_alias=True).encode(),
                key=event.key.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )


async def heard(servers: str, count: int) -> dict[str, dict[str, Any]]:
    consumer = AIOKafkaConsumer(
        *TOLD, bootstrap_servers=servers, auto_offset_reset="earliest"
    )
    found: dict[str, dict[str, Any]] = {}
    async with consumer, asyncio.timeout(30):
        while len(found) < count:
            message = await consumer.getone()
            found[message.topic] = json.loads(message.value)
    return found


async def counts(service: Running, figure: str) -> bool:
    return figure in (await service.get("/metrics"))[1]


async def test_answers_on_kafka_and_ends_when_told(
    service: Running, empty_kafka: str
) -> None:
    today = day_in_berlin(NOW)
    unknown = OrderCancelled(
        order_id="P-9",
        customer_number=OFFICE,
        channel="phone",
        cancelled_by="agent",
        cancelled_at=NOW,
    )

    await send(empty_kafka, unknown, ported(effective_on=today), order_placed())
    told = await heard(empty_kafka, len(TOLD))

    assert told["OrderConfirmed"]["outcome"] == "accepted"
    assert told["OptionEnabled"]["number"] == ONE
    assert told["OptionEnabled"]["opened_on"] == today.isoformat()
    assert told["OrderCancelled.dlq"]["order_id"] == "P-9"

    await send(empty_kafka, order_placed("P-9"))
    await eventually(lambda: counts(service, 'orders_total{outcome="cancelled"} 1.0'))
    _, metrics = await service.get("/metrics")
    assert 'provisioning_orders_total{outcome="accepted"} 1.0' in metrics
    assert "provisioning_numbers_live" in metrics

    service.process.send_signal(signal.SIGTERM)
    log, _ = await asyncio.wait_for(service.process.communicate(), 20)

    assert service.process.returncode in {0, -signal.SIGTERM}
    assert b'"service_stopped"' in log
    assert ONE.encode() not in log
    assert b"Traceback" not in log
