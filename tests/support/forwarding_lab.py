"""Forwarding in the test's own process, with a real switch process, Kafka and database."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis.outbox import headers_of
from contracts.event import Event, new_id
from contracts.forwardings import ForwardingRequested, RuleSetting
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled
from contracts.outages import OutageCleared, OutageDetected
from devstack.ports import free_port
from forwarding.app import create_app
from forwarding.settings import Settings

from support.stack import Database
from support.waiting import eventually

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OUTPUT = ("ForwardingApplied", "ForwardingConfigured", "ForwardingFailed")


@asynccontextmanager
async def running_switch() -> AsyncIterator[str]:
    """Run the simulated switch and return its URL."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "simulated_switch", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(trust_env=False) as http:

            async def answers() -> bool:
                try:
                    return (await http.get(f"{url}/health/ready")).is_success
                except httpx.HTTPError:
                    return False

            await eventually(answers, within=20)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Lab:
    """Tells forwarding facts as other services would, and listens to what it tells."""

    kafka: str
    database: Database
    switch_url: str
    told: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    async def send(self, *events: Event) -> None:
        """Send events in this order, each with an id of its own."""
        for event in events:
            headers = headers_of(event.topic(), type(event).source, new_id(), NOON)
            await self.producer.send_and_wait(
                event.topic(),
                event.model_dump_json(by_alias=True).encode(),
                key=event.key.encode(),
                headers=[(k, v.encode()) for k, v in headers.items()],
            )

    def applied(self, number: str) -> list[dict[str, Any]]:
        """Return what was told of a number (or a block, by its first) so far."""
        return [
            event
            for topic, _, event in self.told
            if topic == "ForwardingApplied" and event["number"] == number
        ]

    async def until_applied(
        self, number: str, *, in_effect: bool, target: str | None = None
    ) -> dict[str, Any]:
        """Wait until the newest word on a number is this."""

        async def newest() -> dict[str, Any] | None:
            seen = sorted(self.applied(number), key=lambda event: event["version"])
            good = seen and seen[-1]["in_effect"] == in_effect
            if good and (target is None or seen[-1]["target"] == target):
                return dict(seen[-1])
            return None

        return await eventually(newest, within=15) or {}

    async def rings(self, number: str) -> dict[str, Any]:
        """Return what the switch does with a call now."""
        async with httpx.AsyncClient(base_url=self.switch_url, trust_env=False) as http:
            return dict((await http.get(f"/v1/calls/{number}")).json())

    async def until_rings(self, number: str, target: str) -> None:
        """Wait until a call rings there."""

        async def there() -> bool:
            return bool((await self.rings(number))["rings_at"] == target)

        await eventually(there, within=15)

    async def until_quiet(self) -> None:
        """Wait until nothing is under way: no flip untold, nothing pending."""
        async with asyncpg.create_pool(
            self.database.url("forwarding"), min_size=1, max_size=1
        ) as pool:

            async def quiet() -> bool:
                busy = await pool.fetchval(
                    """
                    SELECT (SELECT count(*) FROM flip WHERE told_at IS NULL)
                         + (SELECT count(*) FROM arming WHERE live_seq IS NULL)
                         + (SELECT count(*) FROM cause WHERE NOT live)
                         + (SELECT count(*) FROM outbox)
                    """
                )
                return bool(busy == 0)

            await eventually(quiet, within=20)

    # -- facts -------------------------------------------------------------------

    async def open_option(
        self,
        number: str,
        *,
        line: str,
        last: str | None = None,
        customer: str = "K1000",
        elements: Sequence[str] = (),
    ) -> None:
        """Connect the line and enable the option, as provisioning does."""
        await self.send(
            LineConnected(
                line=line,
                customer_number=customer,
                elements=tuple(elements),
                version=self._next(line),
            ),
            OptionEnabled(
                number=number,
                last=last,
                customer_number=customer,
                order_id="O1",
                version=self._next(number),
                product="sip-trunk-2.0",
                line=line,
                opened_on=date(2026, 11, 1),
            ),
        )

    async def close_option(self, number: str, customer: str = "K1000") -> None:
        """End the option of a number."""
        await self.send(
            OptionDisabled(
                number=number,
                customer_number=customer,
                order_id="O1",
                version=self._next(number),
                reason="ported_out",
                disabled_at=NOON,
            )
        )

    async def wish(
        self, number: str, *, customer: str = "K1000", **more: Any
    ) -> dict[str, Any]:
        """Send a customer's wish and return the answer."""
        request = ForwardingRequested.model_validate(
            {
                "request_id": new_id(),
                "customer_number": customer,
                "number": number,
                "action": "set",
                "version": self._next(f"wish{number}{more.get('last')}"),
                "requested_by": "max",
                "requested_at": NOON,
            }
            | more
        )
        await self.send(request)

        async def answer() -> dict[str, Any] | None:
            for topic, _, event in self.told:
                if (
                    topic == "ForwardingConfigured"
                    and event["request_id"] == request.request_id
                ):
                    return event
            return None

        return await eventually(answer, within=15) or {}

    async def arm(self, number: str, target: str | None, **more: Any) -> dict[str, Any]:
        """Set a rule, armed when it has a target, and wait until the switch has it."""
        rule = {"enabled": target is not None, "target": target} | more.pop("rule", {})
        answer = await self.wish(number, rule=RuleSetting(**rule), **more)
        await self.until_quiet()
        return answer

    async def outage(
        self, outage_id: str, element: str | None = None, **more: Any
    ) -> None:
        """Tell an outage as outage-watcher does."""
        event = {
            "outage_id": outage_id,
            "element": element,
            "occurred_at": NOON,
            "detected_at": NOON + timedelta(seconds=30),
        }
        await self.send(OutageDetected.model_validate(event | more))

    async def clear(self, outage_id: str, **more: Any) -> None:
        """Tell that it is over."""
        event = {"outage_id": outage_id, "version": 99, "cleared_at": NOON}
        await self.send(OutageCleared.model_validate(event | more))

    def _next(self, of: str) -> int:
        self.versions[of] = self.versions.get(of, 0) + 1
        return self.versions[of]

    # -- its life ----------------------------------------------------------------

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator["Lab"]:
        """Run forwarding and listen."""
        app = create_app(
            Settings.model_validate(
                {
                    "database_url": self.database.url("forwarding"),
                    "kafka_bootstrap_servers": self.kafka,
                    "switch_url": self.switch_url,
                }
                | settings
            )
        )
        async with (
            AIOKafkaProducer(bootstrap_servers=self.kafka) as self.producer,
            AIOKafkaConsumer(*OUTPUT, bootstrap_servers=self.kafka) as consumer,
            app.router.lifespan_context(app),
        ):
            listening = asyncio.create_task(self._listen(consumer))
            yield self
            listening.cancel()

    async def _listen(self, consumer: AIOKafkaConsumer) -> None:
        async for message in consumer:
            headers = {name: value.decode() for name, value in message.headers}
            self.told.append((message.topic, headers, json.loads(message.value)))
