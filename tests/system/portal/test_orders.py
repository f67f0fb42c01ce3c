"""The tab »NGN-Aufträge«, as the flyer shows it."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from devstack.journey.carrier import today
from support.browser import Tabs
from support.visitors import Customers, signed_in

POSITIONS = [
    ("office-flat NGN Neo", 1),
    ("Anlagenanschluss inkl. ADSL", 1),
    ("Express-Entstör-Service VDSL max. 8 Stunden (je NGN ISDN Anschluss)", 2),
]
LOOKS: list[dict[str, object]] = [
    {},
    {"phone": True, "dark": True},
    {"language": "en"},
    {"phone": True, "language": "en"},
]


async def test_an_order_leads_to_the_configurator(
    tabs: Tabs, customers: Customers
) -> None:
    person = await customers(
        product="office-flat-ngn", positions=POSITIONS, numbers=["+496990009601"]
    )
    for how in LOOKS:
        tab = await signed_in(tabs, person, **how)
        english = how.get("language") == "en"
        await tab.go("/")
        await expect(tab.page).to_have_url(re.compile("/auftraege$"))
        await tab.look("auftraege")
        await tab.page.click("text=ecotel office-flat NGN")
        for name, quantity in POSITIONS:
            line = tab.page.get_by_role("row", name=name)
            await expect(line).to_contain_text(str(quantity))
        await tab.look("auftrag")
        configure = "Configure ecotel" if english else "ecotel @once konfigurieren"
        await tab.page.click(f"text={configure}")
        await expect(tab.page.locator("h1")).to_contain_text("ecotel @once")
        await expect(tab.page.locator("#n496990009601")).to_be_visible()


async def test_before_its_day_the_option_is_announced_and_closed(
    tabs: Tabs, customers: Customers
) -> None:
    day = today() + timedelta(days=30)
    person = await customers(numbers=["+496990009602"], on=day)
    tab = await signed_in(tabs, person)
    await tab.go(f"/auftraege/{person.order_id}")

    main = tab.page.locator("main")
    await expect(main).to_contain_text(f"ab {day:%d.%m.%Y}")
    await expect(main).not_to_contain_text("konfigurieren")
    await tab.look("auftrag-kommt")
    await tab.go("/konfigurator")
    await expect(tab.page.locator("#n496990009602")).to_contain_text(
        f"ab {day:%d.%m.%Y}"
    )
    await tab.look("konfigurator-kommt")


@pytest.mark.parametrize("scripts", [True, False], ids=["live", "without scripts"])
async def test_the_option_is_ordered_for_a_contract_there_is(
    tabs: Tabs,
    customers: Customers,
    scripts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    number = "+496990009603" if scripts else "+496990009604"
    person = await customers(numbers=[number], option=False)
    tab = await signed_in(tabs, person, scripts=scripts)
    await tab.go(f"/auftraege/{person.order_id}")
    if scripts:
        await tab.look("auftrag-ohne-option")
    await tab.page.click("text=dazubuchen")

    configure = tab.page.get_by_role("link", name="ecotel @once konfigurieren")
    if scripts:  # it appears by itself
        await expect(configure).to_be_visible()
        return
    await expect(tab.page.locator(".notice")).to_contain_text("bestellt")


async def test_without_an_order_it_says_what_to_do(
    tabs: Tabs, customers: Customers
) -> None:
    person = await customers(order=False)
    tab = await signed_in(tabs, person)
    for path, name in (("/auftraege", "ohne-auftrag"), ("/konfigurator", "leer")):
        await tab.go(path)
        await tab.look(name)
    await expect(tab.page.locator("main")).to_contain_text("Keine Rufnummern")
