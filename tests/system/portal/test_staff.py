"""Staff in a real browser: the hotline's back office, and network operations."""

import itertools
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from playwright.async_api import expect

from contracts.operations import MaintenanceAnnounced
from devstack.journey.carrier import Carrier, today
from devstack.journey.portal import Json
from devstack.journey.seeing import seen
from devstack.journey.world import World
from support.browser import Tab, Tabs
from support.visitors import STAFF_HOMES, Customers, Person, Staff, signed_in
from support.waiting import eventually

ENGLISH: dict[str, Any] = {"phone": True, "language": "en"}
TARGET = "+4915228817386"
PATIENCE = 15_000
LOOKS_AGAIN = 3_000
"""Milliseconds after which the operators' page looks again."""
_numbers = itertools.count(493023125600)


async def search(tab: Tab, query: str) -> None:
    await tab.go("/hotline")
    await tab.page.fill("#query", query)
    await tab.page.press("#query", "Enter")


class TestTheDoor:
    async def test_lets_in_staff_alone(self, tabs: Tabs, demo: Json) -> None:
        tab = await tabs.open()
        await tab.go("/team")
        for role, home in STAFF_HOMES.items():
            mine = await tabs.open()
            await mine.go("/team")
            await mine.page.fill("#username", demo[role]["username"])
            await mine.page.fill("#password", demo[role]["password"])
            await mine.page.press("#password", "Enter")
            await expect(mine.page).to_have_url(re.compile(f"{home}$"))
        tab.expected = ("401",)
        customer = demo["customers"][0]
        await tab.page.fill("#username", customer["username"])
        await tab.page.fill("#password", customer["password"])
        await tab.page.press("#password", "Enter")

        await expect(tab.page.get_by_role("alert")).to_be_visible()
        await expect(tab.page).to_have_url(re.compile("/team$"))

    async def test_the_customers_door_is_shut_to_staff(
        self, tabs: Tabs, demo: Json
    ) -> None:
        tab = await tabs.open()
        tab.expected = ("401",)
        await tab.go("/anmelden")
        await tab.page.fill("#username", demo["agent"]["username"])
        await tab.page.fill("#password", demo["agent"]["password"])
        await tab.page.press("#password", "Enter")

        await expect(tab.page.get_by_role("alert")).to_contain_text("stimmen nicht")

    async def test_staff_pages_do_not_exist_for_others(
        self, staff: Staff, tabs: Tabs, customers: Customers
    ) -> None:
        customer = await signed_in(tabs, await customers())
        agent = await staff("agent")
        operator = await staff("operator")
        one = "/hotline/kunden/B-00001"
        paths = [
            (customer, ("/hotline", one, "/netzbetrieb")),
            (agent, ("/netzbetrieb", "/netzbetrieb/stand")),
            (operator, ("/hotline", one)),
        ]
        for tab, asked in paths:
            tab.expected = ("404",)
            for path in asked:
                answer = await tab.page.goto(f"{tab.portal}{path}")
                assert answer is not None
                assert answer.status == 404, path


@pytest.fixture
async def customer(customers: Customers) -> Person:
    """A customer whose number has a target."""
    number = f"+{next(_numbers)}"
    person = await customers(numbers=[number], positions=[("sipAccount 2.0", 1)])
    await seen(
        "the number is open",
        person.api.forwardings,
        lambda listed: listed[0]["opens_on"] is None,
        within=30,
    )
    wish = {"target": TARGET, "enabled": True}
    await person.api.ask("PUT", f"/forwardings/{number}", wish)
    return person


class TestTheHotline:
    async def test_finds_by_number_name_and_phone_number(
        self, staff: Staff, customer: Person
    ) -> None:
        tab = await staff("agent")
        national = customer.numbers[0].replace("+49", "0")
        for query in (customer.number, national):
            await search(tab, query)
            link = tab.page.locator("tbody a", has_text=customer.number)
            await expect(link).to_have_count(1)
        await search(tab, "Beispiel")
        await tab.look("kunden-gefunden")
        assert customer.numbers[0] not in tab.page.url
        await search(tab, "gibt es nicht")
        await expect(tab.page.locator("h2")).to_have_text("Kein Kunde gefunden")
        await search(tab, "x")
        await expect(tab.page.locator("#query-problem")).to_be_visible()
        await tab.look("kunden-keiner")

    async def test_sees_masked_targets_and_shows_them_on_the_record(
        self, staff: Staff, demo: Json, customer: Person
    ) -> None:
        tab = await staff("agent")
        await tab.go(f"/hotline/kunden/{customer.number}")
        await tab.look_around("kunde")
        tab = await staff("agent", **ENGLISH)
        await tab.go(f"/hotline/kunden/{customer.number}")
        await tab.look("kunde")
        assert TARGET[-6:] not in await tab.page.inner_text("main")
        changes = "input[name=target]:not([type=hidden]), [name=enabled]"
        assert await tab.page.locator(changes).count() == 0
        await tab.page.click("text=Show targets in full")

        await expect(tab.page.locator("#rufnummern")).to_contain_text(TARGET[-6:])
        await tab.go(f"/hotline/kunden/{customer.number}")
        told = tab.page.locator("tbody", has_text="Targets looked at in full")
        await expect(told).to_be_visible()
        await expect(told).to_contain_text(demo["agent"]["username"])

    async def test_has_a_letter_sent_that_nobody_here_reads(
        self, staff: Staff, customer: Person, around: World
    ) -> None:
        before = around.letter(customer.number).password
        tab = await staff("agent")
        tab.expected = ("429",)
        for _ in range(3):
            await tab.go(f"/hotline/kunden/{customer.number}")
            await tab.page.click("text=Neuen Brief senden")
            await expect(tab.page.locator(".notice")).to_contain_text("Druckerei")
        after = around.letter(customer.number).password

        assert after != before
        assert after not in await tab.page.content()
        await tab.page.click("text=Neuen Brief senden")
        await expect(tab.page.get_by_role("alert")).to_contain_text("3 Briefe")
        await tab.look("kunde-zu-viele-briefe")

    async def test_orders_the_option_by_mail_for_an_order_there_is(
        self, staff: Staff, demo: Json, customers: Customers
    ) -> None:
        person = await customers(product="sip-trunk-2.0", option=False)
        tab = await staff("agent")
        await tab.go(f"/hotline/kunden/{person.number}")
        await tab.look("option-beauftragen")
        await tab.page.check("text=E-Mail")
        await tab.page.click("text=Option beauftragen")

        await expect(tab.page.locator(".notice")).to_contain_text("beauftragt")
        placed = (await person.api.get("/orders"))["orders"]
        added = next(order for order in placed if order["extends_order_id"])
        assert (added["channel"], added["placed_by"]) == (
            "mail",
            demo["agent"]["username"],
        )


class TestDataProtection:
    async def test_a_customer_takes_his_data_with_him(
        self, tabs: Tabs, customer: Person
    ) -> None:
        tab = await signed_in(tabs, customer)
        await tab.go("/sicherheit")
        await tab.look("sicherheit-daten")
        async with tab.page.expect_download() as coming:
            await tab.page.click("text=Daten herunterladen")
        file = await (await coming.value).path()
        told = json.loads(file.read_text(encoding="utf-8"))

        assert told["data"]["wish"][0]["wished"]["target"] == TARGET
        assert told["data"]["account"][0]["username"] == customer.username

    async def test_an_agent_erases_him_once_his_contract_is_over(
        self, staff: Staff, customer: Person, around: World
    ) -> None:
        tab = await staff("agent")
        tab.expected = ("409", "422")
        await tab.go(f"/hotline/kunden/{customer.number}")
        await self.erase(tab, customer.number)
        await expect(tab.page.get_by_role("alert")).to_contain_text("noch 1 Ruf")
        await tab.look("kunde-loeschen")

        await around.agent.ask(
            "DELETE",
            f"/orders/{customer.order_id}",
            params={"customer_number": customer.number, "channel": "phone"},
        )
        await self.erase(tab, customer.number)
        await expect(tab.page.get_by_role("alert")).to_contain_text("noch 1 Ruf")
        await around.carrier.ports(
            customer.numbers[0],
            customer_number=customer.number,
            line=f"L-{customer.number}",
            direction="out",
        )
        await seen(
            "his last number has left",
            lambda: customer.api.get("/data"),
            lambda told: (
                any(row["direction"] == "out" for row in told["data"]["planned_number"])
                and not any(row["enabled"] for row in told["data"]["number_option"])
            ),
            within=30,
        )
        await self.erase(tab, "K-falsch")
        await expect(tab.page.get_by_role("alert")).to_contain_text("genau so")
        await expect(tab.page.locator("#repeated")).to_have_value("K-falsch")
        await self.erase(tab, customer.number)
        await expect(tab.page.locator(".notice")).to_contain_text("gelöscht")
        await search(tab, customer.number)
        await expect(tab.page.locator("h2")).to_have_text("Kein Kunde gefunden")

    async def erase(self, tab: Tab, repeated: str) -> None:
        field = tab.page.locator("#repeated")
        if not await field.is_visible():
            await tab.page.click("summary:has-text('Kunden löschen')")
        await field.fill(repeated)
        await tab.page.click("text=Endgültig löschen")


async def soon(tab: Tab, claim: Callable[..., Awaitable[None]], *what: str) -> None:
    """Let the page look again, on a clock of ours, until it shows what is claimed."""

    async def shown() -> bool:
        async with tab.page.expect_response("**/netzbetrieb/stand"):
            await tab.page.clock.fast_forward(LOOKS_AGAIN)
        with suppress(AssertionError):
            await claim(*what, timeout=100)
            return True
        return False

    with suppress(AssertionError):
        await eventually(shown, within=PATIENCE / 1000)
    await claim(*what, timeout=100)


@pytest.fixture
async def operator(staff: Staff) -> Tab:
    """An operator whose page does not wait as long as his clock says."""
    tab = await staff("operator")
    await tab.page.clock.install()
    await tab.go(STAFF_HOMES["operator"])
    return tab


class TestNetworkOperations:
    async def test_sees_open_outages_with_their_evidence(
        self,
        staff: Staff,
        customers: Customers,
        around: World,
        watcher: Carrier,
    ) -> None:
        person = await customers(numbers=["+493023125611"])
        line = f"L-{person.number}"
        alarm = await around.monitoring.down(lines=[line], confirmed=True)
        await self.announce(watcher, f"window-{person.number}", line)
        for how in (ENGLISH, {}):
            tab = await staff("operator", **how)
            outage = tab.page.locator(".outage", has_text=line)
            await expect(outage).to_contain_text("demo", timeout=PATIENCE)
            await (tab.look if how else tab.look_around)("netzbetrieb")
        await around.monitoring.up(alarm)
        over = tab.page.locator("tbody tr", has_text=line)
        await expect(over.first).to_be_visible(timeout=PATIENCE)  # without a reload

    async def announce(self, watcher: Carrier, window: str, line: str) -> None:
        day = today()
        await watcher.tell(
            MaintenanceAnnounced(
                window_id=window,
                lines=(line,),
                starts_at=f"{day}T22:00:00Z",
                ends_at=f"{day}T23:59:00Z",
                note="Neue Karte im Verteiler",
                announced_at=f"{day}T00:00:00Z",
            )
        )

    async def test_refuses_a_command_without_a_reason_and_keeps_it(
        self, staff: Staff
    ) -> None:
        tab = await staff("operator")
        await self.declare(tab, "some-line", because=" ")

        await expect(tab.page.get_by_role("alert")).to_contain_text("begründen")
        await expect(tab.page.locator("#declare-places")).to_have_value("some-line")
        await tab.look("netzbetrieb-ohne-grund")

    async def test_commands_and_outage_watcher_answers(
        self, operator: Tab, customers: Customers
    ) -> None:
        person = await customers(numbers=[f"+{next(_numbers)}"])
        line = f"L-{person.number}"
        tab = operator
        await tab.page.fill("#declare-end", "2099-12-30T12:00")
        await self.declare(tab, line, because="Meldung vom Bautrupp")
        outage = tab.page.locator(".outage", has_text=line)
        await soon(tab, expect(outage).to_contain_text, "30.12.2099")
        answer = tab.page.locator("tr", has_text="Meldung vom Bautrupp")
        await soon(tab, expect(answer.first).to_contain_text, "ausgeführt")

        await outage.locator("summary").click()
        change = outage.locator("form").first
        await change.locator("[name=estimated_end]").fill("")
        await change.locator("[name=because]").fill("Doch offen")
        await change.locator("button").click()
        await soon(tab, expect(outage).to_contain_text, "nicht bekannt")
        await outage.locator("summary").click()
        await change.locator("[name=estimated_end]").fill("2099-12-31T18:00")
        await change.locator("[name=because]").fill("Tiefbau hat zugesagt")
        await tab.look("netzbetrieb-aendern")
        await change.locator("button").click()
        await soon(tab, expect(outage).to_contain_text, "31.12.2099")

        await outage.locator("summary").click()
        await outage.locator("form").last.locator("[name=because]").fill("Fertig")
        await outage.get_by_text("Störung ist behoben").click()
        over = tab.page.locator("tbody tr", has_text="von Hand beendet")
        await soon(tab, expect(over.first).to_be_visible)
        await expect(outage).to_have_count(0)
        await tab.look("netzbetrieb-antwort")

    async def test_plans_work_and_calls_it_off(
        self, operator: Tab, staff: Staff, customers: Customers
    ) -> None:
        person = await customers(numbers=[f"+{next(_numbers)}"])
        line = f"L-{person.number}"
        tab = operator
        await self.plan(tab, line, "2099-12-31T04:00", "2099-12-31T02:00")
        await expect(tab.page.get_by_role("alert")).to_contain_text("nach dem Beginn")
        await expect(tab.page.locator("#plan-places")).to_have_value(line)
        await expect(tab.page.locator("#plan-because")).to_have_value("Neue Karte")
        await tab.look("arbeiten-vertauscht")

        await self.plan(tab, line, "2099-12-31T02:00", "2099-12-31T04:00")
        window = tab.page.locator("tr", has_text=line).filter(has_text="31.12.2099")
        await soon(tab, expect(window.locator(".chip")).to_have_text, "geplant")
        await tab.look_around("arbeiten")
        other = await staff("operator", **ENGLISH)
        await other.look("arbeiten")
        await window.locator("summary").click()
        await window.locator("[name=because]").fill("Techniker krank")
        await tab.look("arbeiten-absagen")
        await window.locator("form button").click()

        await soon(tab, expect(window.locator(".chip")).to_have_text, "abgesagt")
        await expect(window.locator("summary")).to_have_count(0)

    async def plan(self, tab: Tab, place: str, starts_at: str, ends_at: str) -> None:
        await tab.page.fill("#plan-places", place)
        await tab.page.fill("#plan-start", starts_at)
        await tab.page.fill("#plan-end", ends_at)
        await tab.page.fill("#plan-because", "Neue Karte")
        form = tab.page.locator("form", has=tab.page.locator("#plan-places"))
        await form.locator("button").click()

    async def declare(self, tab: Tab, place: str, *, because: str) -> None:
        await tab.page.fill("#declare-places", place)
        await tab.page.fill("#declare-because", because)
        form = tab.page.locator("form", has=tab.page.locator("#declare-places"))
        await form.locator("button").click()
