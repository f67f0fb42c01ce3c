"""What pages show of what happens: without a reload, and without a jump."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Route, expect

from chassis.clock import SystemClock
from contracts.outages import RecoveryNoticed
from devstack.journey.carrier import Carrier
from devstack.journey.world import World
from support.browser import Tabs
from support.visitors import Customers, signed_in, state_of

MOBILE = "+4915228817386"


@asynccontextmanager
async def outage(around: World, element: str, **said: Any) -> AsyncIterator[None]:
    alarm = await around.monitoring.down(element=element, confirmed=True, **said)
    try:
        yield
    finally:
        await around.monitoring.up(alarm, confirmed=True)


async def test_an_outage_shows_itself_and_disturbs_nobody(
    tabs: Tabs, customers: Customers, around: World
) -> None:
    numbers = ["+496990009700", "+496990009701", "+496990009702"]
    person = await customers(numbers=numbers)
    await person.api.set_rule(numbers[0], target=MOBILE, enabled=True)
    tab, phone = (
        await signed_in(tabs, person),
        await signed_in(tabs, person, phone=True, dark=True, language="en"),
    )
    for one in (tab, phone):
        await one.go("/konfigurator")
    await tab.page.evaluate("window.reloaded = false")
    await tab.page.locator("#n496990009701").get_by_text("Ziel eintragen").click()
    typing = tab.page.locator("#t-n496990009701")
    await typing.fill("0152")
    end = SystemClock().now() + timedelta(hours=3)

    async with outage(
        around, f"L-{person.number}", estimated_end=end.isoformat(timespec="seconds")
    ):
        diverted = tab.page.locator("#n496990009700")
        await expect(diverted).to_contain_text("umgeleitet seit")
        await expect(diverted).to_contain_text("voraussichtlich bis")
        await expect(typing).to_be_focused()
        await expect(typing).to_have_value("0152")
        told = tab.page.locator("#situation [role=status]")
        await expect(told).to_contain_text("1 Rufnummer ist umgeleitet")
        await expect(told).to_contain_text("2 Rufnummern ohne Rufumleitung")
        await expect(phone.page.locator("#situation")).to_contain_text("1 number is")
        await tab.look("konfigurator-stoerung")
        await phone.look("konfigurator-stoerung")
        await typing.fill("0152 28817386")
        await typing.press("Enter")
        await expect(tab.page.locator("#n496990009701")).to_contain_text(
            "umgeleitet seit"
        )
        await tab.go(f"/konfigurator/nummer/{numbers[0]}")
        await expect(tab.page.locator(".story")).to_contain_text("Grund: Störung an")
        await tab.look("nummer-stoerung")

    await expect(tab.page.locator("#now .chip")).to_have_text("bereit")
    await expect(tab.page.locator("#situation")).to_contain_text("Keine Störung")


async def test_a_slow_line_costs_no_live_state(
    tabs: Tabs, customers: Customers
) -> None:
    person = await customers(numbers=["+496990009703"])
    tab = await signed_in(tabs, person)

    async def late(route: Route) -> None:
        await asyncio.sleep(0.5)  # the mobile network, not a wait of ours
        await route.continue_()

    await tab.page.route("**/hx-sse.min.js*", late)

    async with tab.page.expect_request("**/live?*"):
        await tab.go("/konfigurator")


async def test_what_happened_while_the_page_opened_is_shown(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009704"
    person = await customers(numbers=[number])
    tab = await signed_in(tabs, person)

    async def first_something_happens(route: Route) -> None:
        await person.api.set_rule(number, target=MOBILE, enabled=True)
        await state_of(person, number, "ready")
        await route.continue_()

    await tab.page.route("**/live?*", first_something_happens)
    await tab.go(f"/konfigurator/nummer/{number}")

    await expect(tab.page.locator("#now .chip")).to_have_text("bereit")


async def test_without_the_stream_it_looks_again_all_the_same(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009705"
    person = await customers(numbers=[number])
    tab = await signed_in(tabs, person)
    tab.expected = ("Failed to load", "htmx")
    await tab.page.clock.install()
    await tab.page.route("**/live?*", lambda route: route.abort())
    await tab.go(f"/konfigurator/nummer/{number}")
    await person.api.set_rule(number, target=MOBILE, enabled=True)
    await state_of(person, number, "ready")

    await tab.page.clock.run_for(21_000)

    await expect(tab.page.locator("#now .chip")).to_have_text("bereit")


async def test_nothing_fades_while_it_is_read_again(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009706"
    person = await customers(numbers=[number])
    tab = await signed_in(tabs, person)
    await tab.go("/konfigurator")
    reading, read = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        reading.set()
        await read.wait()
        await route.continue_()

    def is_the_list(address: str) -> bool:
        return urlsplit(address).path == "/konfigurator"

    await tab.page.route(is_the_list, slowly)
    await person.api.set_rule(number, target=MOBILE, enabled=True)
    async with asyncio.timeout(30):
        await reading.wait()
    switch = tab.page.locator(f"#n{number[1:]}").get_by_role("switch")

    await expect(tab.page.locator("#list")).to_have_class(re.compile("htmx-request"))
    await expect(switch).to_have_css("opacity", "1")

    read.set()
    await expect(tab.page.locator(f"#n{number[1:]} .chip")).to_have_text("bereit")


async def test_after_the_clear_it_counts_down(
    tabs: Tabs, customers: Customers, around: World, watcher: Carrier
) -> None:
    number = "+496990009715"
    person = await customers(numbers=[number])
    await person.api.set_rule(number, target=MOBILE, enabled=True)
    tab = await signed_in(tabs, person)
    await tab.go("/konfigurator")
    row = tab.page.locator(f"#n{number[1:]}")

    async with outage(around, f"L-{person.number}"):
        await expect(row).to_contain_text("umgeleitet seit")
        [known] = (await person.api.get("/outages"))["outages"]
        now = SystemClock().now()
        await watcher.tell(
            RecoveryNoticed(
                outage_id=known["id"],
                clears_at=now + timedelta(minutes=2),
                noticed_at=now,
            )
        )
        await expect(row).to_contain_text("Leitung geht wieder, zurück in")
        left = row.locator("time[data-left]")
        await expect(left).to_have_text(re.compile(r"^in [12]:\d\d min$"))
        await tab.look("konfigurator-kommt-zurueck")


async def test_where_calls_still_arrive_it_says_why_nothing_is_diverted(
    tabs: Tabs, customers: Customers, around: World
) -> None:
    number = "+496990009710"
    person = await customers(numbers=[number])
    await person.api.set_rule(number, target=MOBILE, enabled=True)
    tab = await signed_in(tabs, person)
    await tab.go(f"/konfigurator/nummer/{number}")

    async with outage(around, f"L-{person.number}", voice_reachable=True):
        story = tab.page.locator(".story")
        await expect(story).to_contain_text("Telefonieren geht weiter")
        await expect(tab.page.locator("#now .chip")).to_have_text("bereit")


async def test_a_rehearsal_runs_ends_and_leaves_its_result(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009720"
    person = await customers(numbers=[number])
    tab = await signed_in(tabs, person)
    await tab.go(f"/konfigurator/nummer/{number}")
    await expect(tab.page.locator("#now")).to_contain_text("Tragen Sie zuerst ein Ziel")
    await person.api.set_rule(number, target=MOBILE, enabled=True)

    now = tab.page.locator("#now")
    await expect(now.locator(".chip")).to_have_text("bereit")  # without a reload
    await tab.page.click("text=Probe starten")
    await expect(now.locator(".chip")).to_contain_text("umgeleitet")
    await expect(now.locator("time[data-left]").first).to_contain_text(":")
    await expect(now).to_contain_text("Umgeleitet nach")
    await tab.look("probe")
    await tab.page.click("text=Probe beenden")
    await expect(now.locator(".chip")).to_have_text("bereit")
    await expect(now).to_contain_text("Zurück")


async def test_calls_are_diverted_at_once_and_taken_back(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009721"
    person = await customers(numbers=[number])
    await person.api.set_rule(number, target=MOBILE, enabled=True)
    tab = await signed_in(tabs, person, phone=True)
    await tab.go(f"/konfigurator/nummer/{number}")
    await tab.page.click("text=Sofort umleiten")
    story = tab.page.locator(".story")
    await expect(story).to_contain_text("von Hand um")
    await tab.look("sofort")
    await tab.page.click("text=Umleiten von Hand beenden")

    await expect(tab.page.locator("#now .chip")).to_have_text("bereit")


async def test_what_would_happen_is_worked_out(
    tabs: Tabs, customers: Customers
) -> None:
    numbers = [f"+49699000973{n}" for n in range(3)]
    person = await customers(numbers=numbers, elements=("AN-HAMBURG-9",))
    await person.api.set_rule(numbers[0], target=MOBILE, enabled=True)
    for how in ({}, {"phone": True, "language": "en"}):
        tab = await signed_in(tabs, person, **how)
        await tab.go("/konfigurator/was-waere-wenn")
        await tab.look("was-waere-wenn")
        said = "1 of 3" if how else "1 von 3"
        await expect(tab.page.locator("main")).to_contain_text(said)
    await tab.page.select_option("#leitung", "AN-HAMBURG-9")
    await tab.page.click("text=Play it through")
    await expect(tab.page.locator("main")).to_contain_text("2 numbers could not")


async def test_a_copied_number_has_no_gaps(tabs: Tabs, customers: Customers) -> None:
    person = await customers(numbers=["+496990009740"])
    tab = await signed_in(tabs, person)
    await tab.go("/konfigurator")
    copied = await tab.page.evaluate(
        """() => {
            const shown = document.querySelector('#n496990009740 .nr');
            getSelection().selectAllChildren(shown);
            return getSelection().toString();
        }"""
    )

    assert copied == "+496990009740"
