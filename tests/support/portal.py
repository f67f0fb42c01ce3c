"""A gateway on a real database, with people who use it and events that reach it."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from chassis import postgres
from chassis.clock import SetClock
from chassis.inbox import Received
from contracts.event import Event, new_id
from contracts.forwardings import (
    ForwardingApplied,
    ForwardingConfigured,
    ForwardingFailed,
    ForwardingRequested,
)
from contracts.numbers import LineConnected, NumberPorted, NumberProvisioned
from contracts.operations import MaintenanceAnnounced, OutageCommandAnswered
from contracts.options import OptionDisabled, OptionEnabled
from contracts.orders import OrderConfirmed
from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from devstack.journey.letters import opened
from devstack.logins import Login
from portal_gateway.app import make_gateway, surface
from portal_gateway.domain.credentials import name_key
from portal_gateway.http import people
from portal_gateway.settings import Settings
from portal_gateway.store import accounts, hints, sessions
from portal_gateway.usecases import events, forgotten
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import new_token, token_hash
from support.answers import JSON, Description

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
API = "http://portal.test/api/v1"
MOBILE, OFFICE = "+4915228817386", "+493023125042"
SINGLE, OTHER_SINGLE = "+4921122223333", "+4921122223334"
BLOCK, BLOCK_END, INSIDE = "+492214710000", "+492214710999", "+492214710123"
LINE, OTHER_LINE, NODE = "L1", "L2", "access-node-1"

DOCUMENT: dict[str, Any] = {}
"""The OpenAPI document, which is the same for every gateway: made once."""

USE_CASES: dict[type[Event], Any] = {
    OutageCommandAnswered: events.settle_command,
    MaintenanceAnnounced: events.announce_maintenance,
}
BATCHES: dict[type[Event], Any] = {
    OrderConfirmed: events.confirm_orders,
    ForwardingConfigured: events.settle_wishes,
    OutageDetected: events.detect_outages,
    OutageCleared: events.clear_outages,
    RecoveryNoticed: events.notice_recoveries,
    NumberPorted: events.plan_numbers,
    NumberProvisioned: events.plan_numbers,
    LineConnected: events.connect_lines,
    OptionEnabled: events.enable_options,
    OptionDisabled: events.disable_options,
    ForwardingApplied: events.apply_forwardings,
    ForwardingFailed: events.fail_forwardings,
}


@dataclass
class Portal:
    """The gateway under test."""

    gateway: Gateway
    clock: SetClock
    app: Any
    letters_dir: Path
    _clients: list[httpx.AsyncClient] = field(default_factory=list)
    _described: Description | None = None

    def client(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """Return a browser, logged in when it has a token."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        cookies = {people.COOKIE: token} if token else {}
        client = httpx.AsyncClient(
            transport=transport,
            base_url=API,
            cookies=cookies,
            headers=headers,
            event_hooks={"response": [self._check]},
        )
        self._clients.append(client)
        return client

    async def _check(self, answer: httpx.Response) -> None:
        """Hold every answer in JSON that went well against its description."""
        is_json = answer.headers.get("content-type", "").startswith(JSON)
        path = answer.request.url.path
        is_told = is_json and answer.is_success and path.startswith("/api/v1/")
        if is_told and await answer.aread():
            (await self.described()).check(answer)

    async def described(self) -> Description:
        """Return what the OpenAPI document says of answers."""
        if self._described is None:
            if not DOCUMENT:
                transport = httpx.ASGITransport(self.app)
                async with httpx.AsyncClient(transport=transport) as browser:
                    answer = await browser.get("http://portal.test/openapi.json")
                DOCUMENT.update(answer.json())
            self._described = Description(DOCUMENT)
        return self._described

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def agent(self) -> httpx.AsyncClient:
        """Return an agent's browser."""
        return await self._staff("hotline", "agent")

    async def operator(self) -> httpx.AsyncClient:
        """Return the browser of somebody in network operations."""
        return await self._staff("netzbetrieb", "operator")

    async def _staff(self, name: str, role: str) -> httpx.AsyncClient:
        async with self.gateway.transaction() as connection:
            await accounts.add_staff(connection, name, name, "-", NOON, role=role)
            account = await accounts.by_name(connection, name, name)
            assert account
            return self.client(await self._session(connection, account.id))

    async def customer(self, number: str = "C-1001") -> httpx.AsyncClient:
        """Return the browser of a customer who changed his credentials."""
        name = f"firma {number}"
        async with self.gateway.transaction() as connection:
            await accounts.add_customer(
                connection,
                number,
                name=f"Firma {number}",
                address="Musterweg 1",
                countries=["DE"],
                by="test",
                at=NOON,
            )
            account = await accounts.by_name(connection, number, name_key(number))
            assert account
            await accounts.set_credentials(
                connection, account.id, name, name_key(name), "-"
            )
            return self.client(await self._session(connection, account.id))

    async def _session(self, connection: postgres.Connection, account: int) -> str:
        token = new_token()
        await sessions.add(
            connection,
            token_hash(token),
            account,
            must_change=False,
            at=self.clock.now(),
        )
        return token

    async def tell(self, *told: Event) -> None:
        """Let events reach the gateway, each in a transaction of its own."""
        for event in told:
            received = Received(event, new_id(), self.clock.now())
            async with self.gateway.transaction() as connection:
                if use_case := USE_CASES.get(type(event)):
                    await use_case(received, connection)
                else:
                    await BATCHES[type(event)]([received], connection)
        await self._until_heard()

    async def tell_together(self, *told: Event) -> None:
        """Let events reach the gateway, those of a topic as one batch."""
        by_type: defaultdict[type[Event], list[Received[Any]]] = defaultdict(list)
        for event in told:
            received = Received(event, new_id(), self.clock.now())
            by_type[type(event)].append(received)
        for event_type, batch in by_type.items():
            async with self.gateway.transaction() as connection:
                if use_case := BATCHES.get(event_type):
                    await use_case(batch, connection)
                else:
                    for received in batch:
                        await USE_CASES[event_type](received, connection)
        await self._until_heard()

    async def _until_heard(self) -> None:
        """Wait for the hub: until it hears of news, a page may be as it was."""
        hub, nobody = self.gateway.hub, new_id()
        if not hub.is_listening:
            return
        with hub.subscription(nobody) as news:
            async with self.gateway.transaction() as connection:
                await hints.order_changed(connection, nobody, nobody)
            while heard := await news.take(timeout=5):
                if nobody in heard.orders or heard.resync or heard.ended:
                    return

    async def sent(self, topic: str = "ForwardingRequested") -> list[dict[str, Any]]:
        """Return the events of a topic that the gateway told, oldest first."""
        rows = await self.gateway.service.pool.fetch(
            "SELECT value FROM outbox WHERE topic = $1 ORDER BY id", topic
        )
        return [json.loads(row["value"]) for row in rows]

    async def answer(self, outcome: str = "accepted", **more: Any) -> None:
        """Let forwarding answer the newest wish."""
        wishes = await self.sent()
        newest = ForwardingRequested(**wishes[-1])
        if newest.cause:
            rules = [wish["rule"] for wish in wishes if wish["number"] == newest.number]
            more = {"rule": next(rule for rule in reversed(rules) if rule)} | more
        await self.tell(answer_to(newest, outcome, **more))

    def letters(self) -> list[Login]:
        """Return the letters in the spool, oldest first."""
        found = self.letters_dir.glob("*.pdf")
        files = sorted(found, key=lambda path: path.stat().st_mtime_ns)
        return [opened(path) for path in files]

    async def write_letters(self) -> None:
        """Let the letters be written that somebody asked for."""
        await forgotten.work(self.gateway)

    async def actions(self) -> list[str]:
        """Return what the audit says people did."""
        rows = await self.gateway.service.pool.fetch(
            "SELECT action FROM audit ORDER BY id"
        )
        return [row["action"] for row in rows]


@contextlib.asynccontextmanager
async def running_portal(
    url: str, letters_dir: Path, **changes: Any
) -> AsyncIterator[Portal]:
    """Run a gateway without Kafka on an empty database."""
    changes.setdefault("confirm_wait", timedelta(0))
    channels = changes.pop("channels", {})
    settings = Settings(database_url=url, letters_dir=letters_dir, **changes)
    clock = SetClock(NOON)
    gateway = make_gateway(settings, clock)
    gateway = replace(gateway, channels={**gateway.channels, **channels})
    gateway.service.pool = await postgres.connect_pool(url, name="test", size=8)
    listening = asyncio.create_task(gateway.hub.run())
    portal = Portal(gateway, clock, surface(gateway), letters_dir)
    try:
        yield portal
    finally:
        await portal.close()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        gateway.service.pool.terminate()


def answer_to(
    wish: ForwardingRequested, outcome: str = "accepted", **more: Any
) -> ForwardingConfigured:
    """Return what forwarding says to a wish."""
    fields: dict[str, Any] = {
        "request_id": wish.request_id,
        "customer_number": wish.customer_number,
        "number": wish.number,
        "last": wish.last,
        "action": wish.action,
        "outcome": outcome,
        "rule": wish.rule,
        "cause": wish.cause,
        "ends_at": wish.ends_at,
        "version": wish.version,
        "requested_by": wish.requested_by,
        "configured_at": wish.requested_at + timedelta(milliseconds=20),
    }
    return ForwardingConfigured(**fields | more)


def enabled(
    number: str, last: str | None = None, *, customer: str = "C-1001", **more: Any
) -> OptionEnabled:
    """Return that the option is on for a number."""
    fields: dict[str, Any] = {
        "number": number,
        "last": last,
        "customer_number": customer,
        "order_id": "order-1",
        "version": 1,
        "product": "office-flat-ngn",
        "line": LINE,
        "opened_on": TODAY,
    }
    return OptionEnabled(**fields | more)


def disabled(
    number: str, last: str | None = None, *, customer: str = "C-1001", **more: Any
) -> OptionDisabled:
    """Return that the option ended for a number."""
    fields: dict[str, Any] = {
        "number": number,
        "last": last,
        "customer_number": customer,
        "order_id": "order-1",
        "version": 2,
        "reason": "ported_out",
        "disabled_at": NOON + timedelta(hours=1),
    }
    return OptionDisabled(**fields | more)


def connected(line: str = LINE, customer: str = "C-1001") -> LineConnected:
    """Return that a line hangs on the node."""
    return LineConnected(
        line=line, customer_number=customer, elements=(NODE, "region-1"), version=1
    )


def outage(outage_id: str = "O1", **more: Any) -> OutageDetected:
    """Return that the line is down."""
    fields: dict[str, Any] = {
        "outage_id": outage_id,
        "version": 1,
        "lines": (LINE,),
        "occurred_at": NOON,
        "detected_at": NOON,
    }
    return OutageDetected(**fields | more)


def cleared(outage_id: str = "O1", **more: Any) -> OutageCleared:
    """Return that the outage is over."""
    fields: dict[str, Any] = {
        "outage_id": outage_id,
        "version": 2,
        "lines": (LINE,),
        "cleared_at": NOON + timedelta(minutes=5),
    }
    return OutageCleared(**fields | more)


def applied(
    number: str, last: str | None = None, *, customer: str = "C-1001", **more: Any
) -> ForwardingApplied:
    """Return that calls to the number ring at the target now."""
    fields: dict[str, Any] = {
        "number": number,
        "last": last,
        "customer_number": customer,
        "line": LINE,
        "target": MOBILE,
        "in_effect": True,
        "outage_id": "O1",
        "causes": ({"type": "outage", "id": "O1", "since": NOON},),
        "reason": "outage",
        "version": 1,
        "applied_at": NOON + timedelta(seconds=1),
    }
    return ForwardingApplied(**fields | more)
