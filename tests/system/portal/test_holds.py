"""Holds, new targets and the password again, in a real browser."""

import re
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from playwright.async_api import expect

from devstack.journey.world import World
from devstack.programs import database_url
from devstack.settings import SERVICES
from support.browser import Tab, Tabs
from support.visitors import Customers, Person, Staff, signed_in, state_of

HELD, FRESH, LATER = "+493023125631", "+493023125641", "+493023125642"
Elapse = Callable[[Person], Awaitable[None]]


@pytest.fixture
async def a_while_passes(around: World) -> Elapse:
    """Let it be long ago that a person typed the password."""
    [gateway] = [one for one in SERVICES if one.name == "portal-gateway"]

    async def make(person: Person) -> None:
        db = await asyncpg.connect(database_url(around.settings, gateway))
        try:
            await db.execute(
                """
                UPDATE session SET confirmed_at = now() - interval '1 hour'
                  FROM account
                 WHERE account.id = account_id AND customer_number = $1
                """,
                person.number,
            )
        finally:
            await db.close()

    return make


async def test_a_held_target_diverts_nothing_and_everybody_sees_why(
    tabs: Tabs, staff: Staff, customers: Customers
) -> None:
    number = "+496990009680"
    person = await customers(numbers=[number])
    await person.api.set_rule(number, target=HELD, enabled=True)
    agent = await staff("agent")
    await agent.go("/team/sperren")
    await agent.page.fill("#customer-name", "K-gibt-es-nicht")
    await agent.page.fill("#customer-because", "Rechnung offen")
    await agent.page.press("#customer-because", "Enter")
    await expect(agent.page.get_by_role("alert")).to_contain_text("Kundennummer")
    await expect(agent.page.locator("#customer-because")).to_have_value(
        "Rechnung offen"
    )

    await agent.page.fill("#target-name", HELD)
    await agent.page.fill("#target-because", "Anruf des Inhabers")
    await agent.page.press("#target-because", "Enter")
    await expect(agent.page.locator(".notice")).to_contain_text("Gesperrt")
    await agent.look_around("sperren")
    await state_of(person, number, "target_held")
    tab = await signed_in(tabs, person, phone=True)
    await tab.go(f"/konfigurator/nummer/{number}")
    await expect(tab.page.locator(".bigstate")).to_contain_text("ohne Wirkung")
    await expect(tab.page.locator("#situation")).to_contain_text("ohne Wirkung")
    await tab.look("ziel-gesperrt")

    row = agent.page.locator("tr", has_text="Anruf des Inhabers")
    await row.locator("input[name=because]").fill("Irrtum")
    await row.get_by_role("button").click()
    await expect(agent.page.locator(".notice")).to_contain_text("Aufgehoben")
    await state_of(person, number, "ready")


async def test_a_new_target_waits_as_the_contract_says_until_it_is_released(
    tabs: Tabs, staff: Staff, customers: Customers
) -> None:
    number = "+496990009681"
    person = await customers(numbers=[number])
    agent = await staff("agent")
    await agent.go(f"/hotline/kunden/{person.number}")
    await agent.page.fill("#terms-wait", "1 Tag")
    await agent.page.press("#terms-wait", "Enter")
    await expect(agent.page.locator("#terms-problem")).to_be_visible()
    await expect(agent.page.locator("#terms-wait")).to_have_value("1 Tag")
    await agent.look("vertrag-falsch")
    await agent.page.fill("#terms-wait", "24")
    await agent.page.press("#terms-wait", "Enter")
    await expect(agent.page.locator(".notice")).to_contain_text("geändert")

    tab = await signed_in(tabs, person)
    await tab.go(f"/konfigurator/nummer/{number}")
    await tab.page.fill("#target", "0152 28817386")
    await tab.page.press("#target", "Enter")
    await expect(tab.page.locator("#target-problem")).to_contain_text("Ab ")
    await expect(tab.page.locator("#target")).to_have_value("0152 28817386")
    await tab.look("ziel-wartet")
    await agent.go(f"/hotline/kunden/{person.number}")
    await agent.page.locator("#neue-ziele").get_by_text("Ziele ganz zeigen").click()
    await agent.page.click("text=Nach Rückruf freigeben")
    await expect(agent.page.locator(".notice")).to_contain_text("freigegeben")
    await tab.page.press("#target", "Enter")
    await expect(tab.page.locator(".notice")).to_contain_text("+49 152 28817386")


class TestThePasswordAgain:
    async def test_is_typed_once_and_the_change_is_saved(
        self, tabs: Tabs, customers: Customers, a_while_passes: Elapse
    ) -> None:
        numbers = ["+496990009682", "+496990009683"]
        person = await customers(numbers=numbers)
        tab = await signed_in(tabs, person)
        await tab.go("/konfigurator")
        row, field = tab.page.locator(f"#n{numbers[0][1:]}"), "[data-typed]"
        await a_while_passes(person)
        await row.get_by_text("Ziel eintragen").click()
        await tab.page.fill(field, FRESH)
        await tab.page.press(field, "Enter")
        await expect(tab.page.locator("#confirm")).to_be_focused()
        await tab.page.keyboard.press("Escape")
        await expect(tab.page.locator("#confirm")).to_have_count(0)
        await expect(tab.page.locator(field)).to_have_value(FRESH)

        await tab.page.press(field, "Enter")
        await self.confirm(tab, "nicht mein Kennwort")
        await expect(tab.page.locator("#confirm-problem")).to_be_visible()
        await tab.look("kennwort-noch-einmal")
        await self.confirm(tab, person.password)
        await expect(row.locator(".chip")).to_have_text("bereit")

        await a_while_passes(person)
        await tab.go(f"/konfigurator/nummer/{numbers[1]}")  # a form without htmx
        await tab.page.fill("#target", LATER)
        await tab.page.press("#target", "Enter")
        await expect(tab.page.locator("#confirm")).to_be_focused()
        await tab.look_around("kennwort-bestaetigen")
        await self.confirm(tab, person.password)
        await expect(tab.page.locator(".bigstate")).to_contain_text("bereit")

    async def test_works_on_a_phone_without_scripts(
        self, tabs: Tabs, customers: Customers, a_while_passes: Elapse
    ) -> None:
        number = "+496990009684"
        person = await customers(numbers=[number])
        await a_while_passes(person)
        tab = await signed_in(tabs, person, phone=True, scripts=False)
        await tab.go(f"/konfigurator/nummer/{number}")
        await tab.page.fill("#target", FRESH)
        await tab.page.press("#target", "Enter")
        await self.confirm(tab, person.password)
        await tab.page.click("text=Jetzt speichern")

        await expect(tab.page.locator(".bigstate")).to_contain_text("bereit")

    async def confirm(self, tab: Tab, password: str) -> None:
        await tab.page.fill("#confirm", password)
        await tab.page.press("#confirm", "Enter")


async def test_the_kill_switch_is_offered_to_operators_alone(staff: Staff) -> None:
    operator = await staff("operator", phone=True, language="en")
    await operator.go("/team/sperren")
    await expect(operator.page.locator("#alle .danger")).to_be_visible()
    await operator.look("notaus")
    agent = await staff("agent")
    await agent.go("/team/sperren")

    await expect(agent.page.locator("#ziel")).to_be_visible()
    await expect(agent.page.locator("#alle")).to_have_count(0)


async def test_whoever_gets_calls_of_others_finds_the_page(tabs: Tabs) -> None:
    tab = await tabs.open()
    await tab.go("/anmelden")
    await tab.page.click("a[href='/umleitung-beenden']")
    await tab.page.fill("#number", "12")
    await tab.page.press("#number", "Enter")
    await expect(tab.page.locator("#number-problem")).to_be_visible()
    await expect(tab.page.locator("#number")).to_have_value("12")
    await tab.page.fill("#number", "030 23125630")
    await tab.page.press("#number", "Enter")
    await tab.page.fill("#code", "12345x")
    await tab.page.press("#code", "Enter")
    await expect(tab.page.locator("#code-problem")).to_be_visible()
    await expect(tab.page.locator("#code")).to_have_value("12345x")
    await tab.look_around("umleitung-beenden")
    await tab.page.click("text=Neuen Code anfordern")

    await expect(tab.page.locator("#code")).to_have_value("")
    await expect(tab.page.get_by_role("status").first).to_contain_text("23125630")
    await expect(tab.page).not_to_have_url(re.compile("23125630"))
