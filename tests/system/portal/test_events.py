"""Outages, history, notifications and files, in a real browser."""

import email
import itertools
import re
from email.policy import default
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from pypdf import PdfReader

from devstack.journey.world import World
from devstack.settings import Settings
from support.browser import Tab, Tabs
from support.visitors import Customers, Person, signed_in, state_of
from support.waiting import eventually

MOBILE = "0152 28817386"
_tens = itertools.count(40)


def mails_to(settings: Settings, address: str) -> list[str]:
    """Return the texts of the mails that reached an address, oldest first."""
    files = sorted(settings.mail.glob(f"*-{address}.eml"))
    found = []
    for file in files:
        mail = email.message_from_bytes(file.read_bytes(), policy=default)
        found.append(f"{mail['Subject']}\n{mail.get_content()}")
    return found


async def mailed(settings: Settings, address: str, count: int) -> str:
    """Return the newest mail once there are so many."""

    async def arrived() -> bool:
        return len(mails_to(settings, address)) >= count

    await eventually(arrived)
    return mails_to(settings, address)[-1]


async def looked_at(tabs: Tabs, person: Person, name: str, path: str) -> None:
    """Look at a page in every way."""
    tab = await signed_in(tabs, person)
    english = await signed_in(tabs, person, phone=True, language="en")
    for each, look in ((tab, tab.look_around), (english, english.look)):
        await each.go(path)
        await look(name)
        await each.page.close()


@pytest.fixture
async def firm(customers: Customers) -> Person:
    """Three numbers on one line, the first with a target."""
    tens = next(_tens)
    numbers = [f"+493023125{tens}{digit}" for digit in range(3)]
    person = await customers(numbers=numbers)
    await person.api.set_rule(numbers[0], target=MOBILE, enabled=True)
    return person


class TestOutages:
    async def test_are_shown_live_and_reported(
        self, tabs: Tabs, customers: Customers, around: World, tmp_path: Path
    ) -> None:
        numbers = [f"+49302312539{digit}" for digit in range(3)]
        person = await customers(numbers=numbers)
        await person.api.set_rule(numbers[0], target=MOBILE, enabled=True)
        line = f"L-{person.number}"
        tab = await signed_in(tabs, person)
        await tab.go("/stoerungen")
        await expect(tab.page.locator("main")).to_contain_text("Bisher keine Störung")
        await tab.look("stoerungen-leer")

        alarm = await around.monitoring.down(lines=[line], note="Bagger im Kabel")
        await expect(tab.page.locator("#outages .chip")).to_have_text("läuft")
        await tab.page.click("#outages a")
        await expect(tab.page.locator(".stacked")).to_contain_text("+4915228817386")
        path = re.sub(r"^https?://[^/]+", "", tab.page.url)
        await looked_at(tabs, person, "stoerung-laeuft", path)

        await around.monitoring.up(alarm)
        await expect(tab.page.locator(".lead .chip")).to_have_text("behoben")
        await expect(tab.page.locator(".timeline .back")).to_be_visible()
        await tab.look("stoerung-behoben")
        pdf = await downloaded(tab.page, "Bericht als PDF", tmp_path / "bericht.pdf")
        csv = await downloaded(tab.page, "Daten als CSV", tmp_path / "bericht.csv")
        told = "".join(page.extract_text() for page in PdfReader(pdf).pages)

        assert "+49 30 23125390" in told
        assert "030 23125390" in csv.read_text("utf-8-sig")

    async def test_somebody_elses_is_not_there(
        self, tabs: Tabs, firm: Person, customers: Customers, around: World
    ) -> None:
        other = await customers(numbers=["+493023125389"])
        alarm = await around.monitoring.down(lines=[f"L-{other.number}"])

        async def begun() -> str:
            found = (await other.api.get("/outages"))["outages"]
            return str(found[0]["id"]) if found else ""

        outage = await eventually(begun)
        tab = await signed_in(tabs, firm)
        tab.expected = ("404",)
        for path in ("", "/bericht.pdf", "/bericht.csv"):
            answer = await tab.page.goto(f"{tab.portal}/stoerungen/{outage}{path}")
            assert answer is not None
            assert answer.status == 404
        await around.monitoring.up(alarm)


class TestHistory:
    async def test_tells_who_changed_what_from_what_to_what(
        self, tabs: Tabs, firm: Person
    ) -> None:
        number = firm.numbers[0]
        await firm.api.set_rule(number, target="030 23125042")
        tab = await signed_in(tabs, firm)
        await tab.go("/verlauf")
        change = tab.page.locator(".change", has_text="30 23125042")
        await expect(change).to_have_text("Ziel: +49 152 28817386 → +49 30 23125042")
        await expect(tab.page.locator(".by").first).to_contain_text(firm.username)
        await tab.look("verlauf")

        await tab.page.fill("#nummer", "keine")
        await tab.page.press("#nummer", "Enter")
        await expect(tab.page.get_by_role("alert")).to_contain_text("keine Rufnummer")
        await expect(tab.page.locator("#nummer")).to_have_value("keine")
        await tab.look("verlauf-falsch")
        await tab.page.fill("#nummer", firm.numbers[1])
        await tab.page.press("#nummer", "Enter")
        await expect(tab.page.locator("main")).to_contain_text("nichts im Verlauf")


class TestNotifications:
    async def test_a_contact_is_confirmed_tested_changed_and_removed(
        self, tabs: Tabs, firm: Person, running: Settings
    ) -> None:
        address = f"buero-{firm.number.lower()}@firma.example"
        tab = await signed_in(tabs, firm)
        tab.expected = ("422",)
        await tab.go("/benachrichtigungen")
        await tab.look("benachrichtigungen-leer")
        await tab.page.fill("#address", "buero@firma")
        await tab.page.fill("#label", "Zentrale")
        await tab.page.press("#address", "Enter")
        await expect(tab.page.locator("#add-problem")).to_contain_text("prüfen")
        await expect(tab.page.locator("#address")).to_have_value("buero@firma")
        await expect(tab.page.locator("#label")).to_have_value("Zentrale")
        await tab.look("benachrichtigungen-falsch")

        await tab.page.fill("#address", address)
        await tab.page.press("#address", "Enter")
        code = re.findall(r"\b\d{6}\b", await mailed(running, address, 1))[0]
        field = tab.page.locator("input[name=code]")
        await field.fill("000000" if code != "000000" else "111111")
        await field.press("Enter")
        await expect(tab.page.get_by_role("alert")).to_contain_text("stimmt nicht")
        await tab.look("benachrichtigungen-code")
        await field.fill(code)
        await field.press("Enter")
        await expect(tab.page.locator(".contact .chip")).to_have_text(
            "wird benachrichtigt"
        )
        await looked_at(tabs, firm, "benachrichtigungen", "/benachrichtigungen")

        await tab.page.click("text=Testnachricht")
        assert "Testnachricht" in await mailed(running, address, 2)
        await tab.page.click("text=Was gesendet wird")
        await tab.page.uncheck("input[name=is_on]")
        await tab.look("benachrichtigungen-auswahl")
        await tab.page.locator(".contact >> text=Speichern").click()
        await expect(tab.page.locator(".contact .chip")).to_have_text("ausgeschaltet")
        await tab.page.click(".contact >> text=Entfernen")
        await expect(tab.page.locator(".contact")).to_have_count(0)

    async def test_the_link_in_a_message_leads_to_the_targets_after_signing_in(
        self, tabs: Tabs, firm: Person
    ) -> None:
        number = firm.numbers[0]
        await firm.api.ask("POST", f"/forwardings/{number}/manual")
        await state_of(firm, number, "diverted")
        tab = await tabs.open(phone=True)
        await tab.go("/konfigurator?zeigen=umgeleitet")
        await expect(tab.page).to_have_url(re.compile(r"/anmelden\?weiter="))
        await tab.page.fill("#username", firm.username)
        await tab.page.fill("#password", firm.password)
        await tab.page.press("#password", "Enter")

        await expect(tab.page).to_have_url(re.compile(r"/konfigurator\?zeigen="))
        row = tab.page.locator(f"#n{number[1:]}")
        await row.get_by_text("Ändern").click()
        await tab.page.fill("[data-typed]", "030 23125041")
        await tab.page.press("[data-typed]", "Enter")
        await expect(row.locator(".target")).to_have_text("+493023125041")


class TestFiles:
    async def test_a_list_goes_out_comes_back_and_is_undone(
        self, tabs: Tabs, firm: Person, tmp_path: Path
    ) -> None:
        tab = await signed_in(tabs, firm)
        tab.expected = ("422",)
        await tab.go("/importe")
        await tab.look("importe")
        csv = await downloaded(tab.page, "Als CSV", tmp_path / "aus.csv")
        text = csv.read_text("utf-8-sig")
        assert MOBILE in text
        await upload(tab, "leer.csv", "kein,Kopf\n1,2\n")
        await expect(tab.page.locator("#file-problem")).to_contain_text("erste Zeile")
        await tab.look("importe-falsch")

        rows = [
            "Rufnummer;Rufumleitung;Zielnummer",
            f"{firm.numbers[0]};Aktiv;0152 28817386",
            f"{firm.numbers[1]};Aktiv;030 23125042",
            f"{firm.numbers[2]};Aktiv;4915228817386",
        ]
        await upload(tab, "ziele.csv", "\n".join(rows))
        await expect(tab.page.locator(".tabs")).to_contain_text("1 Änderung")
        await expect(tab.page.locator(".tabs")).to_contain_text("1 nicht möglich")
        path = re.sub(r"^https?://[^/]+", "", tab.page.url)
        await looked_at(tabs, firm, "import-vorschau", path)
        await looked_at(tabs, firm, "import-nicht", f"{path}?zeigen=refused")

        await tab.page.click("text=1 Änderung übernehmen")
        await expect(tab.page.locator(".notice")).to_contain_text("1 Änderung")
        await tab.look("import-uebernommen")
        shown = await firm.api.forwarding(firm.numbers[1])
        assert shown["rule"]["target"] == "+493023125042"
        await tab.page.click("text=Alles zurücknehmen")
        await expect(tab.page.locator("h1")).to_have_text("Zurückgenommen")
        shown = await firm.api.forwarding(firm.numbers[1])
        assert shown["rule"]["enabled"] is False


async def upload(tab: Tab, name: str, text: str) -> None:
    await tab.page.set_input_files(
        "#file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    await tab.page.click("text=Änderungen ansehen")


async def downloaded(page: Page, link: str, file: Path) -> Path:
    async with page.expect_download() as coming:
        await page.click(f"text={link}")
    await (await coming.value).save_as(file)
    return file
