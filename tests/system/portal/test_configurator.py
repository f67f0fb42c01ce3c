"""The configurator: the flyer's three steps, a way back, and many at once."""

import re

import pytest
from playwright.async_api import Locator, expect

from devstack.journey.portal import Json, Portal
from support.browser import Tab, Tabs
from support.visitors import Customers, Person, signed_in

MOBILE = "+4915228817386"
OFFICE = "+493023125042"


def row_of(tab: Tab, number: str) -> Locator:
    return tab.page.locator(f"#n{number[1:]}")


async def opened(tabs: Tabs, person: Person, **how: object) -> Tab:
    tab = await signed_in(tabs, person, **how)
    await tab.go("/konfigurator")
    return tab


class TestThreeSteps:
    async def test_by_keyboard_with_a_hint_and_a_way_back(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        number = "+496990009610"
        person = await customers(numbers=[number, "+496990009611"])
        tab = await opened(tabs, person)
        row, typing = row_of(tab, number), tab.page.locator(f"#t-n{number[1:]}")

        await row.get_by_text("Ziel eintragen").press("Enter")
        await expect(typing).to_be_focused()
        await tab.page.keyboard.press("Escape")
        await expect(row.get_by_text("Ziel eintragen")).to_be_focused()

        await tab.page.keyboard.press("Enter")
        await expect(typing).to_be_focused()
        await tab.page.keyboard.type("4915228817386")
        await tab.page.keyboard.press("Enter")
        offered = row.get_by_role("button", name="+49 152 28817386 übernehmen")
        await expect(offered).to_be_visible()
        await expect(typing).to_have_value("4915228817386")
        await tab.look("konfigurator-hinweis")
        await offered.click()
        await expect(row.locator(".chip")).to_have_text("bereit")
        await expect(row.locator(".target")).to_have_text(MOBILE)
        await expect(row.get_by_text("Ändern")).to_be_focused()
        undo = tab.page.get_by_role("button", name="Rückgängig")
        await undo.focus()  # while it is focused its time stands still
        await tab.look("konfigurator-gespeichert")

        await undo.press("Enter")
        await expect(row.locator(".chip")).to_have_text("nicht geschützt")
        await expect(row.locator(".target")).to_have_text("kein Ziel")
        assert (await person.api.forwarding(number))["rule"]["target"] is None

    @pytest.mark.parametrize(
        ("typed", "number"),
        [
            ("015228817386", "+496990009621"),
            ("+4915228817386", "+496990009622"),
            ("004915228817386", "+496990009623"),
        ],
    )
    async def test_each_way_to_write_it_is_the_same_number(
        self, tabs: Tabs, customers: Customers, typed: str, number: str
    ) -> None:
        person = await customers(numbers=[number])
        tab = await opened(tabs, person, phone=True, language="en")
        row = row_of(tab, number)
        await tab.page.set_viewport_size({"width": 360, "height": 740})
        above = [
            await row.locator(part).evaluate("e => e.getBoundingClientRect().bottom")
            for part in (".number", ".onoff")
        ]
        assert abs(above[0] - above[1]) < 20, "the switch stands beside its number"
        await row.get_by_text("Enter target").click()
        await tab.page.locator(f"#t-n{number[1:]}").fill(typed)
        await tab.page.keyboard.press("Enter")

        await expect(row.locator(".target")).to_have_text(MOBILE)
        await expect(row.locator(".chip")).to_have_text("ready")

    async def test_without_scripts(self, tabs: Tabs, customers: Customers) -> None:
        number = "+496990009630"
        person = await customers(numbers=[number])
        tab = await opened(tabs, person, scripts=False)
        await row_of(tab, number).get_by_text("Ziel eintragen").click()
        await tab.page.fill("#target", "0900 5123456")
        await tab.page.click("text=Speichern")
        await expect(tab.page.locator("#target-problem")).to_be_visible()
        await expect(tab.page.locator("#target")).to_have_value("0900 5123456")
        await tab.page.fill("#target", "0152 28817386")
        await tab.page.click("text=Speichern")
        await expect(tab.page.locator(".notice")).to_contain_text("Anrufe gehen")

        await tab.go("/konfigurator")
        row = row_of(tab, number)
        await row.get_by_role("switch").click()
        await expect(row.get_by_role("switch")).to_have_attribute(
            "aria-checked", "false"
        )
        await tab.page.click("text=Rückgängig")
        await expect(row.get_by_role("switch")).to_have_attribute(
            "aria-checked", "true"
        )

    async def test_a_change_by_somebody_else_is_not_overwritten(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        number = "+496990009631"
        person = await customers(numbers=[number])
        tab = await opened(tabs, person)
        row = row_of(tab, number)
        await row.get_by_text("Ziel eintragen").click()
        await tab.page.locator(f"#t-n{number[1:]}").fill("030 23125041")
        await person.api.set_rule(number, target=OFFICE, enabled=True)
        await tab.page.keyboard.press("Enter")

        await expect(row.get_by_role("alert")).to_be_visible()
        await expect(row.locator("input[name=target]")).to_have_value("030 23125041")
        assert (await person.api.forwarding(number))["rule"]["target"] == OFFICE
        await tab.page.locator(f"#t-n{number[1:]}").press("Enter")
        await expect(row.locator(".target")).to_have_text("+493023125041")


class TestTheLineFirst:
    async def test_is_chosen_on_a_numbers_page_and_taken_back(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        number = "+496990009632"
        person = await customers(numbers=[number])
        await person.api.set_rule(number, target=MOBILE, enabled=True)
        tab = await opened(tabs, person)
        await tab.go(f"/konfigurator/nummer/{number}")
        await tab.page.click("summary:has-text('Weitere')")
        choice = tab.page.get_by_label("Bei einer Störung erst den Anschluss versuchen")
        await expect(choice).not_to_be_checked()
        await choice.check()
        await tab.look("erst-am-anschluss")
        await tab.page.click("text=Speichern")

        await expect(tab.page.locator(".notice")).to_contain_text("Anrufe gehen")
        await expect(choice).to_be_checked()
        assert (await person.api.forwarding(number))["rule"]["line_first"]
        await tab.go("/verlauf")
        await expect(tab.page.locator("main")).to_contain_text("Erst am Anschluss")
        await tab.go(f"/konfigurator/nummer/{number}")
        await choice.uncheck()
        await tab.page.click("text=Speichern")
        await tab.page.click("text=Rückgängig")
        await expect(tab.page.locator(".notice")).to_contain_text("Rückgängig gemacht")
        assert (await person.api.forwarding(number))["rule"]["line_first"]

    async def test_is_chosen_for_a_block_on_a_phone_in_english(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        first, last = "+496990009320", "+496990009339"
        person = await customers(blocks=[(first, last)])
        tab = await opened(tabs, person, phone=True, language="en")
        await tab.go(f"/konfigurator/block/{first}")
        await tab.page.fill("#target", "0152 28817386")
        await tab.page.click("summary:has-text('More')")
        await tab.page.get_by_label("During an outage, try the line first").check()
        await tab.look("block-line-first")
        await tab.page.click("text=Save")

        await expect(tab.page.locator(".notice")).to_be_visible()
        assert (await person.api.forwarding(first, kind="block"))["rule"]["line_first"]


class TestBlocks:
    async def test_say_which_rule_wins_and_why(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        first, last = "+496990009800", "+496990009899"
        person = await customers(blocks=[(first, last)])
        await person.api.set_rule(first, target=MOBILE, enabled=True)
        await person.api.set_rule("+496990009823", target=OFFICE, enabled=True)
        await person.api.set_rule("+496990009824", enabled=False)
        for how in ({}, {"phone": True}):
            tab = await opened(tabs, person, **how)
            await tab.look("konfigurator-block")
        own, off = row_of(tab, "+496990009823"), row_of(tab, "+496990009824")
        await expect(own).to_contain_text("Eigene Regel, gilt vor Block")
        await expect(off).to_contain_text("Ausgenommen vom Block")

        await tab.go(f"/konfigurator/block/{first}")
        await tab.look("block")
        await tab.page.fill("#d", "77")
        await tab.page.click("text=Nummer aufrufen")
        await expect(tab.page.locator("h1")).to_have_text("+496990009877")
        await expect(tab.page.locator(".story")).to_contain_text("keine eigene hat")
        await tab.go("/konfigurator/nummer/+496990009823")
        await expect(tab.page.locator(".story")).to_contain_text("geht der des Blocks")
        await tab.page.click("text=Eigene Regel löschen")
        await expect(tab.page.locator(".story")).to_contain_text("keine eigene hat")

    async def test_a_number_inside_is_found_by_searching_it(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        person = await customers(blocks=[("+496990009100", "+496990009199")])
        tab = await opened(tabs, person)
        await tab.page.fill("[name=suche]", "069 90009155")
        await tab.page.press("[name=suche]", "Enter")

        await expect(row_of(tab, "+496990009155")).to_be_visible()


class TestMany:
    async def test_are_searched_paged_and_set_at_once(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        numbers = [f"+4969900099{n:02d}" for n in range(60)]
        person = await customers(numbers=numbers)
        tab = await opened(tabs, person)
        await expect(tab.page.locator("tbody tr")).to_have_count(50)
        await tab.page.click("text=Weiter")
        await expect(tab.page.locator("tbody tr")).to_have_count(10)
        await tab.page.click("[data-tick-all]")
        await tab.page.fill("#many-target", "0152 28817386")
        await tab.look("konfigurator-mehrere")
        await tab.page.get_by_role("button", name="Aktivieren", exact=True).click()
        await expect(tab.page.locator("main")).to_contain_text("10 Rufnummern geändert")
        await tab.look_around("mehrere-ergebnis")

        await tab.page.click("text=Zurück zum Konfigurator")
        await expect(tab.page.locator(".chip.ready")).to_have_count(10)
        await tab.go("/konfigurator?zeigen=offen")
        await tab.page.check("[name=alle]")
        await tab.page.fill("#many-target", numbers[0])
        await tab.page.get_by_role("button", name="Aktivieren", exact=True).click()
        await expect(tab.page.locator("main")).to_contain_text("blieben, wie sie waren")
        listed = await person.api.forwardings()
        assert sum(1 for one in listed if one["rule"]["enabled"]) == 10

    async def test_are_set_at_once_without_scripts(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        numbers = ["+496990009650", "+496990009651"]
        person = await customers(numbers=numbers)
        tab = await opened(tabs, person, scripts=False)
        for number in numbers:
            await row_of(tab, number).locator("[name=nr]").check()
        await tab.page.fill("#many-target", "0152 28817386")
        await tab.page.get_by_role("button", name="Aktivieren", exact=True).click()
        await expect(tab.page.locator("main")).to_contain_text("2 Rufnummern geändert")
        await tab.page.click("text=Rückgängig")
        await expect(tab.page.locator(".notice")).to_contain_text("Rückgängig gemacht")


class TestSignedOut:
    async def test_in_the_middle_of_an_edit_nothing_is_lost(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        number = "+496990009660"
        person = await customers(numbers=[number])
        tab = await opened(tabs, person)
        tab.expected = ("401",)
        typing = tab.page.locator(f"#t-n{number[1:]}")
        await row_of(tab, number).get_by_text("Ziel eintragen").click()
        await typing.fill("0152 28817386")
        # The page hears twice that nobody is in: by its answer, and by its stream.
        async with tab.page.expect_response("**/anmelden/wieder?*"):
            await person.api.ask("POST", "/logout")
            await typing.press("Enter")
            await tab.page.fill("#again-username", person.username)
        await tab.look("wieder-anmelden")
        await expect(tab.page.locator("#again-username")).to_have_value(person.username)
        await tab.page.fill("#again-password", person.password)
        await tab.page.press("#again-password", "Enter")

        await expect(tab.page.get_by_role("dialog")).to_have_count(0)
        await expect(typing).to_have_value("0152 28817386")
        await expect(typing).to_be_focused()
        await typing.press("Enter")
        await expect(row_of(tab, number).locator(".target")).to_have_text(MOBILE)

    async def test_whoever_signed_in_again_sees_at_once_what_happens(
        self, tabs: Tabs, customers: Customers
    ) -> None:
        number = "+496990009663"
        person = await customers(numbers=[number])
        tab = await opened(tabs, person)
        # It looks again from time to time, too; here the stream alone can tell.
        await tab.page.evaluate(
            "addEventListener('resync', (one) => one.stopImmediatePropagation(), true)"
        )
        await person.api.ask("POST", "/logout")
        await tab.page.fill("#again-username", person.username)
        await tab.page.fill("#again-password", person.password)
        async with tab.page.expect_response("**/live?*"):
            await tab.page.press("#again-password", "Enter")
        await person.api.log_in(person.username, person.password)
        await person.api.set_rule(number, target=MOBILE, enabled=True)

        await expect(row_of(tab, number).locator(".chip")).to_have_text("bereit")

    @pytest.mark.parametrize("scripts", [True, False], ids=["with", "without"])
    async def test_what_a_whole_page_sent_waits_behind_the_door(
        self,
        tabs: Tabs,
        customers: Customers,
        scripts: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        number = "+496990009661" if scripts else "+496990009662"
        person = await customers(numbers=[number])
        tab = await signed_in(tabs, person, scripts=scripts)
        tab.expected = ("401",)
        await tab.go(f"/konfigurator/nummer/{number}")
        await tab.page.fill("#target", "0152 28817386")
        await person.api.ask("POST", "/logout")
        await tab.page.click("text=Speichern")
        await tab.page.fill("#username", person.username)
        await tab.page.fill("#password", "falsch")
        await tab.page.press("#password", "Enter")
        await tab.page.fill("#password", person.password)
        await tab.page.press("#password", "Enter")
        await expect(tab.page.locator("h1")).to_have_text("Fast gespeichert")
        if scripts:  # axe is one
            await tab.look_around("fast-gespeichert")
        await tab.page.click("text=Jetzt speichern")

        await expect(tab.page.locator(".notice")).to_contain_text("Anrufe gehen")
        await expect(tab.page).to_have_url(re.compile("/konfigurator/nummer/"))


async def test_what_is_not_there_and_what_is_not_his_look_the_same(
    tabs: Tabs, people: dict[str, Portal], customers: Customers
) -> None:
    person = await customers(numbers=["+496990009670"])
    mine, foreign = (
        await signed_in(tabs, person),
        await people["pmx-ngn"].forwardings(),
    )
    mine.expected = ("404",)
    shown = []
    for number in ("+498999998999", foreign[0]["number"]):
        for path in (f"/konfigurator/nummer/{number}", f"/konfigurator/block/{number}"):
            await mine.go(path)
            shown.append(await mine.page.inner_text("main"))
    await mine.look_around("404")
    await mine.go("/gibt-es-nicht")
    shown.append(await mine.page.inner_text("main"))

    assert len(set(shown)) == 1


async def test_an_agent_is_told_that_this_is_for_customers(
    tabs: Tabs, demo: Json
) -> None:
    tab = await tabs.open()
    tab.expected = ("403", "404")
    await tab.go("/team")
    await tab.page.fill("#username", demo["agent"]["username"])
    await tab.page.fill("#password", demo["agent"]["password"])
    await tab.page.press("#password", "Enter")
    await expect(tab.page).to_have_url(re.compile("/hotline$"))
    await tab.go("/konfigurator")

    await expect(tab.page.locator("main")).to_contain_text("Rufnummern eines Kunden")
    await tab.look("403")
