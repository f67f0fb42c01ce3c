"""Every answer of the API is as the OpenAPI document says: each is given once."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet

from contracts.forwardings import ForwardingFailed
from contracts.operations import MaintenanceAnnounced
from contracts.orders import OrderConfirmed
from portal_gateway.usecases.sending import Worker
from support.portal import (
    BLOCK,
    BLOCK_END,
    LINE,
    MOBILE,
    NOON,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    applied,
    cleared,
    connected,
    enabled,
    outage,
    running_portal,
)
from support.providers import FakeSender
from support.stack import Database
from support.waiting import eventually

CUSTOMER = {"customer_number": "C-1001", "name": "Firma A", "address": "Weg 1, Köln"}
NAME = "Büroleitung"
PASSWORD = "Kirschbaum am Kanal 12"  # noqa: S105 - a test's own
PROOF = {"current_password": PASSWORD}
PATH = f"/forwardings/{SINGLE}"
ARMED = {"target": MOBILE, "enabled": True}
HOLD = {"subject": "target", "name": MOBILE, "because": "Probe"}


@pytest.fixture
async def portal(empty_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """A gateway that has everything: keys and senders."""
    async with running_portal(
        empty_database.url("portal_gateway"),
        tmp_path / "letters",
        channels={"email": FakeSender(), "sms": FakeSender()},
        secret_keys=Fernet.generate_key().decode(),
    ) as running:
        yield running


async def test_every_answer_is_as_it_is_described(portal: Portal) -> None:
    agent, operator = await portal.agent(), await portal.operator()
    await agent.post("/customers", json=CUSTOMER)
    owner = await let_in(portal)
    await set_up(portal)
    await order(portal, owner)
    await forward(portal, owner)
    await read(owner)
    await take_a_file(owner)
    await tell_contacts(portal, owner)
    await help_customers(agent)
    await operate(operator)
    await agent.post(
        "/customers", json={**CUSTOMER, "customer_number": "C-2", "name": "Firma B"}
    )
    body = {"repeated_customer_number": "C-2"}
    await agent.post("/customers/C-2/erasure", json=body)

    described = await portal.described()
    assert described.schemas.keys() - described.seen == set()


async def let_in(portal: Portal) -> httpx.AsyncClient:
    """Log in with the letter, and then with both factors."""
    owner, posted = portal.client(), portal.letters()[-1].password
    await owner.post("/login", json={"username": "C-1001", "password": posted})
    own = {"username": NAME, "password": PASSWORD, "current_password": posted}
    await owner.post("/credentials", json=own)
    offer = (await owner.post("/second-factor", json=PROOF)).json()
    code = pyotp.TOTP(offer["secret"].replace(" ", "")).at(portal.clock.now())
    await owner.post("/second-factor/confirm", json={"code": code})
    renewed = await owner.post("/second-factor/recovery-codes", json=PROOF)
    [recovery, *_] = renewed.json()["recovery_codes"]
    again = portal.client()
    await again.post("/login", json={"username": NAME, "password": PASSWORD})
    await again.post("/login/second-factor", json={"code": recovery})
    for path in ("/session", "/second-factor", "/sessions", "/products"):
        await again.get(path)
    await portal.client().post("/credentials/forgotten", json={"username": NAME})
    return again


async def set_up(portal: Portal) -> None:
    """Let the customer have numbers, an outage and work that is planned."""
    window = MaintenanceAnnounced(
        window_id="W1",
        version=1,
        state="planned",
        lines=(LINE,),
        starts_at=NOON + timedelta(days=1),
        ends_at=NOON + timedelta(days=1, hours=1),
        takes_service=True,
        announced_at=NOON,
    )
    failed = ForwardingFailed(
        number=OTHER_SINGLE,
        customer_number="C-1001",
        code="switch_away",
        attempts=1,
        version=1,
        failed_at=NOON,
    )
    numbers = (enabled(SINGLE), enabled(OTHER_SINGLE), enabled(BLOCK, BLOCK_END))
    await portal.tell(connected(LINE), *numbers, window, outage(), failed)
    await portal.tell(applied(SINGLE), applied(BLOCK, BLOCK_END), cleared())


async def order(portal: Portal, owner: httpx.AsyncClient) -> None:
    """Order, look, and give back."""
    placed = await owner.post("/orders", json={"product": "sip-trunk-2.0"})
    path = f"/orders/{placed.json()['order_id']}"
    await owner.get("/orders")
    await owner.get(path)
    accepted = OrderConfirmed(
        order_id=placed.json()["order_id"],
        customer_number="C-1001",
        outcome="accepted",
        confirmed_at=NOON,
    )
    await portal.tell(accepted)
    await owner.delete(path)


async def forward(portal: Portal, owner: httpx.AsyncClient) -> None:
    """Set, use and remove rules: before they are in force (202), and after (200)."""
    for method, path, body in (
        ("PUT", PATH, ARMED),
        ("POST", f"{PATH}/manual", None),
        ("DELETE", f"{PATH}/manual", None),
        ("POST", f"{PATH}/drill", {"minutes": 2}),
        ("DELETE", f"{PATH}/drill", None),
        ("DELETE", PATH, None),
    ):
        await owner.request(method, path, json=body)
        await portal.answer()
        await owner.request(method, path, json=body)
    await owner.put(PATH, json=ARMED)
    await portal.answer()
    settings, wishes = portal.gateway.settings, len(await portal.sent())
    object.__setattr__(settings, "confirm_wait", timedelta(seconds=5))
    drill = asyncio.create_task(owner.post(f"{PATH}/drill", json={"minutes": 2}))
    await eventually(lambda: _more_than(wishes, portal))
    await portal.answer()
    await drill
    object.__setattr__(settings, "confirm_wait", timedelta(0))


async def _more_than(wishes: int, portal: Portal) -> bool:
    return len(await portal.sent()) > wishes


async def read(owner: httpx.AsyncClient) -> None:
    """Read everything that there is to read."""
    for path in (
        "/forwardings", PATH, f"{PATH}/why", "/history", "/outages", "/outages/O1",
        "/outages/O1/report", "/maintenance", "/coverage", "/data",
    ):  # fmt: skip
        assert (await owner.get(path)).is_success, path
    await owner.post("/what-if", json={"line": LINE})
    for target in (MOBILE, "110"):
        body = {"number": SINGLE, "target": target}
        assert (await owner.post("/targets/check", json=body)).is_success


async def take_a_file(owner: httpx.AsyncClient) -> None:
    """Have a file of rules previewed, taken over and undone."""
    file = f"Rufnummer;Zielnummer\n{SINGLE};{MOBILE}\n{BLOCK};110\n"
    csv = {"content-type": "text/csv"}
    made = await owner.post("/imports", content=file.encode(), headers=csv)
    path = f"/imports/{made.json()['import_id']}"
    for method, tail in (
        ("GET", ""), ("GET", "/rows"), ("POST", "/apply"), ("POST", "/undo"),
    ):  # fmt: skip
        assert (await owner.request(method, path + tail)).is_success
    await owner.get("/imports")


async def tell_contacts(portal: Portal, owner: httpx.AsyncClient) -> None:
    """Have a contact confirmed, changed and written to."""
    body = {"channel": "sms", "address": "+4915228817388"}
    added = (await owner.post("/contacts", json=body)).json()
    path, worker = f"/contacts/{added['id']}", Worker(portal.gateway)
    portal.clock.move(timedelta(minutes=2))
    await owner.post(f"{path}/code")
    while await worker.send_due():
        pass
    sender = portal.gateway.channels["sms"]
    assert isinstance(sender, FakeSender)
    [code] = re.findall(r"\b\d{6}\b", sender.texts()[-1])
    await owner.post(f"{path}/confirm", json={"code": code})
    await owner.put(path, json={"label": "Nacht"})
    await owner.post(f"{path}/test")
    await owner.get("/contacts")
    await owner.get("/notices")


async def help_customers(agent: httpx.AsyncClient) -> None:
    """Do what the hotline does."""
    await agent.get("/customers", params={"query": "Firma"})
    path = "/customers/C-1001"
    await agent.get(path)
    await agent.post(f"{path}/letters", json={})
    await agent.get(f"{path}/terms")
    await agent.put(f"{path}/terms", json={"new_targets_a_day": 30})
    await agent.post("/holds", json={**HOLD, "held": True})
    await agent.get("/holds")


async def operate(operator: httpx.AsyncClient) -> None:
    """Do what network operations do."""
    body: dict[str, Any] = {"action": "declare", "because": "Probe", "places": ["L9"]}
    await operator.post("/operations/commands", json=body)
    await operator.get("/operations")
