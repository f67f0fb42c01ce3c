"""
Requests that nobody would send, to every route: never an answer above 500.

`SELFCARE_FUZZ_CASES=20000` is the full run; `-s` prints how many of which kind.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from portal_gateway.http import people
from support.fuzzing import Account, Form, ask_form, ask_schema
from support.portal import (
    BLOCK,
    BLOCK_END,
    LINE,
    MOBILE,
    SINGLE,
    Portal,
    connected,
    enabled,
    outage,
    running_portal,
)
from support.providers import FakeSender
from support.route_table import API, PAGES, STREAMS, TABLE
from support.served import served
from support.stack import Database

# Clients of Kafka draw random numbers while a case is made, and that is not ours.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

CASES = int(os.environ.get("SELFCARE_FUZZ_CASES", "400"))
OF_API, OF_PAGES = CASES * 7 // 10, CASES * 3 // 10
ENDING = re.compile(
    "logout|abmelden|session|sitzung|erasure|loeschen|/credentials/pass"
)
"""What may end sessions comes last."""
ROLES = ("customer", "agent", "operator")


@pytest.fixture
async def portal(empty_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """A gateway that has everything: keys, senders, numbers, an outage."""
    url = empty_database.url("portal_gateway")
    senders = {"email": FakeSender(), "sms": FakeSender()}
    async with running_portal(
        url, tmp_path, channels=senders, secret_keys=Fernet.generate_key().decode()
    ) as running:
        yield running


@pytest.fixture
async def tokens(portal: Portal) -> Mapping[str, str]:
    """A session of each role."""
    everybody = {
        "customer": await portal.customer(),
        "agent": await portal.agent(),
        "operator": await portal.operator(),
    }
    await portal.tell(
        connected(LINE), enabled(SINGLE), enabled(BLOCK, BLOCK_END), outage("O1")
    )
    body = {"target": MOBILE, "enabled": True}
    await everybody["customer"].put(f"/forwardings/{SINGLE}", json=body)
    await portal.answer()
    return {
        role: str(client.cookies[people.COOKIE]) for role, client in everybody.items()
    }


def role_of(key: tuple[str, str]) -> str:
    """Return who gets furthest with a route."""
    return next(role for role in ROLES if role in AS_DESCRIBED[plain(key)].roles)


def plain(key: tuple[str, str]) -> tuple[str, str]:
    """Return a route as a description has it, which does not say what takes a slash."""
    return key[0], re.sub(r":[a-z]+}", "}", key[1])


AS_DESCRIBED = {plain(key): entry for key, entry in TABLE.items()}


@pytest.mark.timeout(7200)
async def test_no_case_of_our_own_description_breaks_anything(
    portal: Portal, tokens: Mapping[str, str]
) -> None:
    def headers(method: str, path: str) -> Mapping[str, str]:
        return {"Cookie": f"{people.COOKIE}={tokens[role_of((method, path))]}"}

    def order(method: str, path: str) -> int:
        return -1 if (method, path) in STREAMS else len(ENDING.findall(path))

    account = Account()
    async with served(portal) as (host, port):
        url = f"http://{host}:{port}/openapi.json"
        await asyncio.to_thread(ask_schema, account, url, OF_API, headers, order)

    print(f"API: {account}")  # noqa: T201 - the figure that the page quotes
    assert account.broken == []
    assert account.cases >= OF_API
    assert any(status < 300 for status in account.seen)
    assert len(API) > 60


@pytest.mark.timeout(7200)
async def test_no_odd_form_breaks_a_page(
    portal: Portal, tokens: Mapping[str, str]
) -> None:
    account = Account()
    keys = sorted(
        PAGES.keys() - STREAMS, key=lambda key: (bool(ENDING.search(key[1])), key)
    )
    async with served(portal) as (host, port):
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=60) as http:
            for key in keys:
                form = form_of(key, tokens[role_of(key)])
                each = OF_PAGES // len(keys) + 1
                await asyncio.to_thread(ask_form, account, http, form, each)

    print(f"pages: {account}")  # noqa: T201 - the figure that the page quotes
    assert account.broken == []
    assert account.cases >= OF_PAGES // 2
    assert account.seen[200] > 0
    assert account.seen[303] > 0


def form_of(key: tuple[str, str], token: str) -> Form:
    """Return the form of a page as its table says."""
    method, path = key
    _, bare = plain(key)
    known = {"number": SINGLE, "kind": "nummer", "outage_id": "O1", "form": "csv"}
    known |= {"language": "en", "contact": "1", "session_id": "1"}
    if ":path}" in path:
        known["number"] = "C-1001"
    names = {name: known.get(name, "1") for name in re.findall(r"{(\w+)}", bare)}
    usual = {name: str(value) for name, value in PAGES[key].body.items()}
    headers = {"Cookie": f"{people.COOKIE}={token}"}
    fields = usual if method == "GET" else {"csrf": people.csrf_of(token), **usual}
    return Form(method, bare, fields, headers, names)
