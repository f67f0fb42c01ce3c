"""The pages in a real browser, on the stack that all system tests share."""

import itertools
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from playwright.async_api import Browser

from devstack.journey.carrier import Carrier, carrier, today
from devstack.journey.portal import Json
from devstack.journey.seeing import seen
from devstack.journey.world import World
from support.browser import Tab, Tabs, chromium
from support.visitors import STAFF_HOMES, Customers, Person, Staff, cookies_of

_customers = itertools.count(1)
PASSWORD = "drei Wolken über Land 7"  # noqa: S105 - a test's own
OPENING = 30.0


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def tabs(browser: Browser, demo: Json) -> AsyncIterator[Tabs]:
    """Open tabs here; at the end none may have met a fault."""
    opened = Tabs(browser, demo["gateway"])
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def staff_cookies(around: World, demo: Json) -> dict[str, list[Any]]:
    """Sign each role in once a file: whether the door lets them in is tested there."""
    found = {}
    for role in ("agent", "operator"):
        api = await around.browser()
        await api.log_in(demo[role]["username"], demo[role]["password"])
        found[role] = cookies_of(api)
    return found


@pytest.fixture
def staff(tabs: Tabs, staff_cookies: dict[str, list[Any]]) -> Staff:
    """Open a tab for somebody of staff: `tab = await staff("agent", phone=True)`."""

    async def opened(role: str, **how: Any) -> Tab:
        tab = await tabs.open(cookies=staff_cookies[role], **how)
        await tab.go(STAFF_HOMES[role])
        return tab

    return opened


@pytest.fixture
async def watcher(around: World) -> AsyncIterator[Carrier]:
    """Says what outage-watcher says, where waiting for it would take minutes."""
    async with carrier(around.settings, ["outage-watcher"]) as speaking:
        yield speaking


@pytest.fixture
async def customers(around: World) -> Customers:
    """Make a customer: `await customers(numbers=[…], blocks=[(first, last)])`."""

    async def make(
        *,
        numbers: list[str] | None = None,
        blocks: list[tuple[str, str]] | None = None,
        product: str = "sip-trunk-2.0",
        positions: list[tuple[str, int]] | None = None,
        option: bool = True,
        order: bool = True,
        elements: tuple[str, ...] = (),
        on: date | None = None,
    ) -> Person:
        person = await _open(around, next(_customers))
        if not order:
            return person
        await _order(around, person, product, positions or [], option=option)
        held: list[tuple[str, dict[str, str]]] = [(n, {}) for n in numbers or []]
        held += [(first, {"last": last}) for first, last in blocks or []]
        for number, more in held:
            await around.carrier.ports(
                number,
                customer_number=person.number,
                order_id=person.order_id,
                line=f"L-{person.number}",
                elements=elements,
                effective_on=on or today(),
                **more,
            )
        person.numbers = [number for number, _ in held]
        if option and held:
            await seen(
                "the numbers are announced" if on else "the numbers are open",
                person.api.forwardings,
                lambda listed: len(listed if on else _open_ones(listed)) >= len(held),
                within=OPENING,
            )
        return person

    return make


def _open_ones(listed: list[Json]) -> list[Json]:
    """Return those that can be set up by now, and not from a day on."""
    return [entry for entry in listed if not entry["opens_on"]]


async def _open(around: World, count: int) -> Person:
    number = f"B-{count:05d}"
    await around.agent.open_customer(number, f"Beispiel {count} GmbH", "Weg 1, Berlin")
    letter = around.letter(number)
    api = await around.browser()
    await api.log_in(number, letter.password)
    username = f"beispiel.{count}"
    await api.change_credentials(username, PASSWORD, letter.password)
    return Person(number, username, PASSWORD, api, cookies_of(api), "", [])


async def _order(
    around: World,
    person: Person,
    product: str,
    positions: list[tuple[str, int]],
    *,
    option: bool,
) -> None:
    placed = await around.agent.order(
        customer_number=person.number,
        product=product,
        positions=[{"name": name, "quantity": n} for name, n in positions],
        option=option,
        channel="product_order",
    )
    person.order_id = str(placed["order_id"])
    await seen(
        "the order is accepted",
        lambda: person.api.get(f"/orders/{person.order_id}"),
        lambda order: order["state"] == "accepted",
        within=OPENING,
    )
