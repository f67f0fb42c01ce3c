"""
»ForwardingApplied« means that the next call rings at the target.

Real calls by SIPp through Kamailio, for the demo customer of each product: before the
outage, after it was reported and told, and after it was over.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.forwardings import ForwardingApplied
from contracts.products import ELIGIBLE_PRODUCTS
from devstack.journey.calling import Trace
from devstack.journey.portal import Portal
from devstack.journey.world import World, urls
from devstack.programs import sources
from support.alertmanager import Alertmanager, alertmanager
from support.programs import program


@dataclass
class Story:
    """Three calls to one number, and what the customer had set for it."""

    number: str
    target: str
    before: Trace
    during: Trace
    after: Trace


@pytest.fixture(scope="module")
async def reports(around: World) -> AsyncIterator[Alertmanager]:
    """Network monitoring: a real Alertmanager."""
    watcher = urls(around.settings)["outage-watcher"]
    secret = sources(around.settings)["alertmanager"]
    async with alertmanager(watcher, secret) as running:
        yield running


@pytest.fixture(scope="module")
async def stories(
    around: World, people: dict[str, Portal], reports: Alertmanager
) -> dict[str, Story]:
    program("kamailio")
    program("sipp")
    found = await asyncio.gather(
        *(_play(around, browser, reports) for browser in people.values())
    )
    return dict(zip(people, found, strict=True))


async def _play(around: World, browser: Portal, reports: Alertmanager) -> Story:
    entry = await _armed(browser)
    number, line = entry["number"], entry["line"]
    before = await _call(around, number)
    told = around.ears.all(ForwardingApplied, lambda event: event.number == number)
    await reports.fires(line)
    newest = max((event.version for event in told), default=0)
    outage = await _told(around, number, in_effect=True, after=newest)
    during = await _call(around, number)
    await reports.resolves(line)
    await _told(around, number, in_effect=False, after=outage.version)
    after = await _call(around, number)
    return Story(number, entry["rule"]["target"], before, during, after)


async def _armed(browser: Portal) -> dict[str, Any]:
    entries = await browser.forwardings()
    return next(e for e in entries if e["state"] == "ready" and e["rule"]["enabled"])


async def _call(around: World, number: str) -> Trace:
    trace = await around.switch.whole_call(number)
    assert trace, "the stack has no real switch"
    return trace


async def _told(
    around: World, number: str, *, in_effect: bool, after: int
) -> ForwardingApplied:
    return await around.ears.hear(
        f"{number} {in_effect=}",
        ForwardingApplied,
        lambda event: (
            event.number == number
            and event.in_effect is in_effect
            and event.version > after
            and (event.outage_id is not None or not in_effect)
        ),
    )


@pytest.mark.parametrize("product", ELIGIBLE_PRODUCTS)
def test_the_next_call_rings_where_it_was_told(
    stories: dict[str, Story], product: str
) -> None:
    story = stories[product]

    assert (story.before.at, story.before.rang_at) == ("line", story.number)
    assert (story.during.at, story.during.rang_at) == ("target", story.target)
    assert story.during.diversion.startswith(f"<sip:{story.number}@")
    assert "reason=unavailable" in story.during.diversion
    assert story.during.why.startswith("fault/")
    assert (story.after.at, story.after.rang_at) == ("line", story.number)
