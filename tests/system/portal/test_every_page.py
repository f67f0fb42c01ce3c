"""Each page of the table: axe, console and width on a desk and on a phone."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import expect

from devstack.journey.seeing import seen
from devstack.journey.world import World
from support.browser import Tab, Tabs
from support.page_table import OPENED
from support.visitors import Customers, cookies_of

NUMBER, BLOCK, BLOCK_END = "+496990009640", "+496990009340", "+496990009349"
CSV = f"Rufnummer;Zielnummer\n{NUMBER};0152 28817386"


@dataclass
class Visitor:
    """Who opens pages, and what their paths name."""

    cookies: list[Any] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """Return a path with names for its parameters."""
        filled = re.sub(r"{(\w+)(?::[a-z]+)?}", lambda name: self.ids[name[1]], path)
        return filled.replace(f"/block/{NUMBER}", f"/block/{BLOCK}")


Visitors = Callable[[str], Awaitable[Visitor]]


@pytest.fixture
async def visitors(
    customers: Customers, around: World, staff_cookies: dict[str, list[Any]]
) -> Visitors:
    """Be somebody: nobody, half in, a customer, an agent, an operator."""

    async def one(who: str) -> Visitor:
        if who == "nobody":
            return Visitor()
        if who == "half":
            return Visitor(await _with_a_posted_password(around))
        if who == "customer":
            return await _who_has_one_of_everything(customers, around)
        person = await customers(order=False)
        return Visitor(staff_cookies[who], {"number": person.number})

    return one


async def _with_a_posted_password(around: World) -> list[Any]:
    await around.agent.open_customer("B-HALF", "Halb GmbH", "Weg 3, Berlin")
    api = await around.browser()
    await api.log_in("B-HALF", around.letter("B-HALF").password)
    return cookies_of(api)


async def _who_has_one_of_everything(customers: Customers, around: World) -> Visitor:
    person = await customers(
        numbers=[NUMBER], blocks=[(BLOCK, BLOCK_END)], elements=("AN-Köln-Süd 7",)
    )
    await person.api.set_rule(NUMBER, target="0152 28817386", enabled=True)
    contact = {"channel": "email", "address": f"buero-{person.number}@firma.example"}
    await person.api.ask("POST", "/contacts", contact)
    sent = await person.api.http.post(
        "/imports", content=CSV.encode(), headers={"Content-Type": "text/csv"}
    )
    async with _an_outage(around, person.api, f"L-{person.number}") as outage:
        ids = {
            "order_id": person.order_id,
            "kind": "nummer",
            "number": NUMBER,
            "import_id": str(sent.json()["import_id"]),
            "outage_id": outage,
        }
    return Visitor(person.cookies, ids)


@asynccontextmanager
async def _an_outage(around: World, api: Any, line: str) -> AsyncIterator[str]:
    alarm = await around.monitoring.down(lines=[line], confirmed=True)
    told = await seen(
        "his outage is known",
        lambda: api.get("/outages"),
        lambda told: bool(told["outages"]),
        within=30,
    )
    yield str(told["outages"][0]["id"])
    await around.monitoring.up(alarm, confirmed=True)


@pytest.mark.parametrize("who", OPENED)
async def test_is_sound_in_german_and_english_on_desk_and_phone(
    who: str, tabs: Tabs, visitors: Visitors
) -> None:
    visitor = await visitors(who)
    german = await tabs.open(cookies=visitor.cookies)
    english = await tabs.open(cookies=visitor.cookies, phone=True, language="en")

    for path, page in OPENED[who].items():
        await opened(german, visitor.at(path))
        await german.look_around(f"seite-{page.picture}")
        await opened(english, visitor.at(path))
        await english.see(f"seite-{page.picture}")


async def opened(tab: Tab, path: str) -> None:
    """Open a page; it is there, and in the language of the tab."""
    answer = await tab.page.goto(f"{tab.portal}{path}")
    assert answer is not None
    assert (answer.status, tab.page.url) == (200, f"{tab.portal}{path}")
    language = "en" if "-en" in tab.label else "de"
    await expect(tab.page.locator("html")).to_have_attribute("lang", language)
