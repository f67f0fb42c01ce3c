"""Customers who look at pages, each of one test alone."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from devstack.journey.portal import Portal
from devstack.journey.seeing import seen
from support.browser import Tab, Tabs


@dataclass
class Person:
    """A customer of one test alone, signed in by the API."""

    number: str
    username: str
    password: str
    api: Portal
    cookies: list[Any]
    order_id: str
    numbers: list[str]


Customers = Callable[..., Awaitable[Person]]
Staff = Callable[..., Awaitable[Tab]]
STAFF_HOMES = {"agent": "/hotline", "operator": "/netzbetrieb"}


def cookies_of(api: Portal) -> list[Any]:
    """Return the cookies of a program's log-in, as a browser takes them."""
    base = str(api.http.base_url).split("/api")[0]
    return [
        {"name": cookie.name, "value": cookie.value, "url": base}
        for cookie in api.http.cookies.jar
    ]


async def signed_in(tabs: Tabs, person: Person, **how: Any) -> Tab:
    """Open a tab in which the person is signed in."""
    return await tabs.open(cookies=person.cookies, **how)


async def state_of(person: Person, number: str, wanted: str) -> None:
    """Wait until a number of the person has this state, or this code."""
    await seen(
        f"{number} is {wanted}",
        lambda: person.api.forwarding(number),
        lambda entry: entry["code"] == wanted or entry["state"] == wanted,
        within=20,
    )
