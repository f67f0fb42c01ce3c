"""»Sicherheit«: password, name, second factor and sessions, in a real browser."""

import re

import pyotp
from playwright.async_api import expect

from chassis.clock import SystemClock
from support.browser import Tab, Tabs
from support.visitors import Customers, Person, signed_in

NEW_PASSWORD = "sieben Brücken im Nebel"  # noqa: S105 - a test's own


async def sign_in(tab: Tab, username: str, password: str) -> None:
    await tab.go("/anmelden")
    await tab.page.fill("#username", username)
    await tab.page.fill("#password", password)
    await tab.page.press("#password", "Enter")


async def enrol(tab: Tab, password: str) -> tuple[str, list[str]]:
    """Set the second factor up; return its secret and the recovery codes."""
    await tab.go("/sicherheit")
    await tab.page.fill("#factor-current", password)
    await tab.page.press("#factor-current", "Enter")
    secret = (await tab.page.inner_text(".secret")).replace(" ", "")
    await tab.look("zweiter-faktor")
    await tab.page.fill("#code", "000000")
    await tab.page.press("#code", "Enter")
    await expect(tab.page.locator("#code-problem")).to_be_visible()
    await tab.page.fill("#code", pyotp.TOTP(secret).at(SystemClock().now()))
    await tab.page.press("#code", "Enter")
    await expect(tab.page.locator(".codes li")).to_have_count(10)
    codes = await tab.page.locator(".codes li").all_inner_texts()
    return secret, codes


async def test_the_page_is_reached_from_the_name(
    tabs: Tabs, customers: Customers
) -> None:
    tab = await signed_in(tabs, await customers(order=False))
    await tab.go("/auftraege")
    await tab.page.click("summary")
    await tab.page.click("text=Sicherheit")

    await expect(tab.page.locator("h1")).to_have_text("Sicherheit")


class TestPassword:
    async def test_changes_and_signs_everywhere_else_out(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        person = await customers(order=False)
        tab, other = await signed_in(tabs, person), await tabs.open()
        await sign_in(other, person.username, person.password)
        await expect(other.page).to_have_url(re.compile("/auftraege$"))
        await tab.go("/sicherheit")
        await self.type(tab, "falsch", NEW_PASSWORD)
        await expect(tab.page.locator("#password-current-problem")).to_be_visible()
        await self.type(tab, person.password, "zu kurz")
        await expect(tab.page.locator("#password-new-problem")).to_contain_text("15")
        await tab.look("kennwort-zu-kurz")

        await self.type(tab, person.password, NEW_PASSWORD)

        await expect(tab.page.locator(".notice")).to_contain_text("gilt")
        await other.go("/sicherheit")
        await expect(other.page).to_have_url(re.compile("/anmelden"))

    async def type(self, tab: Tab, current: str, new: str) -> None:
        await tab.page.fill("#password-current", current)
        await tab.page.fill("#password-new", new)
        await tab.page.press("#password-new", "Enter")

    async def test_a_new_name_keeps_what_was_typed_when_refused(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        person = await customers(order=False)
        tab = await signed_in(tabs, person, language="en")
        await tab.go("/sicherheit")
        for name in (person.number, f"{person.username}.neu"):
            await tab.page.fill("#username", name)
            await tab.page.fill("#username-current", person.password)
            await tab.page.press("#username-current", "Enter")
            if name == person.number:
                problem = tab.page.locator("#username-problem")
                await expect(problem).to_contain_text("customer number")
                await expect(tab.page.locator("#username")).to_have_value(name)

        await expect(tab.page.locator(".notice")).to_contain_text(".neu")


class TestSecondFactor:
    async def test_is_set_up_asked_for_and_taken_off(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        person = await customers(order=False)
        tab = await signed_in(tabs, person)
        _, codes = await enrol(tab, person.password)
        await tab.look_around("ersatzcodes")
        await tab.page.click("text=Ich habe sie aufbewahrt")
        await tab.look("sicherheit-mit-faktor")

        other = await tabs.open()
        await sign_in(other, person.username, person.password)
        await expect(other.page.locator("h1")).to_have_text("Zweiter Schritt")
        await other.look_around("zweiter-schritt")
        for path in ("/auftraege", "/sicherheit", "/zugangsdaten"):
            await other.go(path)
            await expect(other.page).to_have_url(re.compile("/anmelden/code$"))
        await other.page.fill("#code", "111111")
        await other.page.press("#code", "Enter")
        await expect(other.page.locator("#code-problem")).to_be_visible()
        await other.page.fill("#code", codes[0])
        await other.page.press("#code", "Enter")
        await expect(other.page).to_have_url(re.compile("/auftraege$"))

        await other.go("/sicherheit")
        await other.page.click("text=Zweiten Faktor entfernen")
        await other.page.fill("#removal-current", person.password)
        await other.page.fill("#removal-code", codes[1])
        await other.page.press("#removal-code", "Enter")
        await expect(other.page.locator(".notice")).to_contain_text("entfernt")
        await expect(other.page.locator("#zweiter-faktor")).to_contain_text(
            "nicht eingerichtet"
        )

    async def test_works_without_scripts_and_in_english(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        person = await customers(order=False)
        tab = await signed_in(tabs, person, scripts=False, language="en")
        await tab.go("/sicherheit")
        await tab.page.fill("#factor-current", person.password)
        await tab.page.press("#factor-current", "Enter")
        secret = (await tab.page.inner_text(".secret")).replace(" ", "")
        await tab.page.fill("#code", pyotp.TOTP(secret).at(SystemClock().now()))
        await tab.page.press("#code", "Enter")

        await expect(tab.page.locator("h1")).to_have_text("Your recovery codes")


class TestSessions:
    async def test_one_and_all_others_can_be_ended(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        person = await customers(order=False)
        others = [await self.another(tabs, person) for _ in range(3)]
        tab = await signed_in(tabs, person)
        await tab.go("/sicherheit")
        await expect(tab.page.locator("#sitzungen tbody tr")).to_have_count(4)
        await tab.look("sitzungen")

        await tab.page.locator("#sitzungen tbody button").first.click()
        await expect(tab.page.locator("#sitzungen tbody tr")).to_have_count(3)
        await tab.page.click("text=Alle anderen abmelden")
        await expect(tab.page.locator("#sitzungen tbody tr")).to_have_count(1)

        for other in others:
            await other.go("/sicherheit")
            await expect(other.page).to_have_url(re.compile("/anmelden"))

    async def another(self, tabs: Tabs, person: Person) -> Tab:
        tab = await tabs.open(phone=True)
        await sign_in(tab, person.username, person.password)
        await expect(tab.page).to_have_url(re.compile("/auftraege$"))
        return tab
