"""Coming in: the first time, with own credentials, and after forgetting them."""

import re

from playwright.async_api import expect

from devstack.journey.world import World
from support.browser import Tab, Tabs

FORGOTTEN = "Haben Sie Ihr Kennwort oder Ihren Benutzernamen vergessen?"
NEW_PASSWORD = "vier Brücken über dem Rhein"  # noqa: S105 - a test's own


async def sign_in(tab: Tab, username: str, password: str) -> None:
    await tab.page.fill("#username", username)
    await tab.page.fill("#password", password)
    await tab.page.press("#password", "Enter")


class TestTheDoor:
    async def test_speaks_english_once_chosen(self, tabs: Tabs) -> None:
        tab = await tabs.open()
        await tab.go("/vergessen")
        await tab.page.click("text=English")

        await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
        await expect(tab.page).to_have_url(re.compile("/vergessen$"))
        await tab.go("/anmelden")
        await expect(tab.page.locator("h1")).to_have_text("Sign in")

    async def test_a_wrong_password_keeps_the_name(self, tabs: Tabs) -> None:
        tab = await tabs.open()
        tab.expected = ("401",)
        await tab.go("/anmelden")
        await sign_in(tab, "niemand", "falsch")

        await expect(tab.page.get_by_role("alert")).to_contain_text("stimmen nicht")
        await expect(tab.page.locator("#username")).to_have_value("niemand")
        await tab.look("anmelden-falsch")

    async def test_says_the_same_for_every_name(
        self, tabs: Tabs, around: World
    ) -> None:
        await around.agent.open_customer("B-FORGOT", "Vergessen GmbH", "Weg 1, Berlin")
        tab = await tabs.open()
        told = []
        for name in ("gibt-es-nicht", "B-FORGOT"):
            await tab.go("/anmelden")
            await tab.page.click(f"text={FORGOTTEN}")
            await tab.page.fill("#name", name)
            await tab.page.press("#name", "Enter")
            await expect(tab.page.get_by_role("status").first).to_be_visible()
            told.append(await tab.page.inner_text("main"))
        await tab.look_around("brief-angefordert")

        assert told[0] == told[1]


class TestTheFirstTime:
    async def test_there_is_one_page_only_and_then_a_dead_password(
        self, tabs: Tabs, around: World
    ) -> None:
        await around.agent.open_customer("B-FIRST", "Erstling GmbH", "Weg 1, Berlin")
        posted = around.letter("B-FIRST").password
        tab = await tabs.open()
        tab.expected = ("401", "422")
        await tab.go("/anmelden")
        await sign_in(tab, "B-FIRST", posted)
        for path in ("/auftraege", "/"):
            await tab.go(path)
            await expect(tab.page).to_have_url(re.compile("/zugangsdaten$"))
        await tab.look("zugangsdaten")

        await tab.page.fill("#current", posted)
        await tab.page.fill("#username", "erstling")
        await tab.page.fill("#password", "kurz")
        await tab.page.press("#password", "Enter")
        await expect(tab.page.locator("#password-problem")).to_contain_text("15")
        await expect(tab.page.locator("#username")).to_have_value("erstling")
        await tab.look("zugangsdaten-kurz")

        await tab.page.fill("#current", posted)
        await tab.page.fill("#password", NEW_PASSWORD)
        await tab.page.press("#password", "Enter")
        await expect(tab.page).to_have_url(re.compile("/auftraege$"))
        await expect(tab.page.locator(".notice")).to_contain_text("gelten")

        other = await tabs.open()
        other.expected = ("401",)
        await other.go("/anmelden")
        await sign_in(other, "B-FIRST", posted)
        await expect(other.page.get_by_role("alert")).to_be_visible()

    async def test_it_works_without_scripts(self, tabs: Tabs, around: World) -> None:
        await around.agent.open_customer("B-PLAIN", "Schlicht GmbH", "Weg 2, Berlin")
        tab = await tabs.open(scripts=False)
        await tab.go("/anmelden")
        await sign_in(tab, "B-PLAIN", around.letter("B-PLAIN").password)
        await tab.page.fill("#current", around.letter("B-PLAIN").password)
        await tab.page.fill("#username", "schlicht")
        await tab.page.fill("#password", NEW_PASSWORD)
        await tab.page.press("#password", "Enter")

        await expect(tab.page).to_have_url(re.compile("/auftraege$"))
        await tab.page.click("summary")
        await tab.page.click("text=Abmelden")
        await expect(tab.page).to_have_url(re.compile("/anmelden$"))
