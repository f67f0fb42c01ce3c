"""Nothing is cut off and nothing overlaps: also with long names, between the sizes."""

import pytest
from playwright.async_api import FilePayload, expect

from support.browser import Tab, Tabs
from support.visitors import Customers, Person, signed_in, state_of

BLOCK, BLOCK_END = "+494066969600", "+494066969699"
NUMBER = "+496990009751"
OTHER_BLOCK = "+493023125400"
LONG_PLACE = "Aggregation-Nordrhein-Westfalen-Mitte-Rechenzentrum-42"
LONG_ADDRESS = "vertretung.der.geschaeftsleitung.und.verwaltung@lange-firma.example"
LONG_FILE = f"Rufnummernliste_{'_'.join(['Niederlassung'] * 8)}.csv"
PAGES = (
    "/konfigurator",
    "/konfigurator/was-waere-wenn",
    "/importe",
    "/importe/{file}",
    "/verlauf",
)
PHONE, TABLET, DESK = 390, 820, 1280
"""A tablet is also a desk that is zoomed."""
LINES_OF_MENU = """(name) => {
  document.querySelector(".who summary").textContent = name;
  const items = [...document.querySelectorAll(".menu a")];
  return new Set(items.map((item) => item.offsetTop)).size;
}"""
LEFT_OF_STATE = "(row) => row.querySelector('.state').getBoundingClientRect().left"
RIGHT_OF_ACTIONS = "(row) => row.querySelector('.do').getBoundingClientRect().right"

FROM_NUMBER_TO_CHIP = """(rows) => rows.map((row) =>
  row.querySelector(".chip").getBoundingClientRect().top
    - row.querySelector(".nr").getBoundingClientRect().bottom)"""
SHORT_OF_ITS_CARD = """(table) => [...table.rows].map(
  (row) => Math.round(table.getBoundingClientRect().right
    - Math.max(...[...row.cells].map((one) => one.getBoundingClientRect().right))))"""

BEGINNINGS = """() => [...document.querySelectorAll(".card h2, .card th[scope=row]")]
  .map((one) => {
    const words = document.createRange();
    words.selectNodeContents(one);
    return words.getBoundingClientRect().left - one.closest(".card").offsetLeft;
  })"""
"""How far from the edge of its card each heading and row begins."""


@pytest.fixture
async def firm(customers: Customers) -> Person:
    """Make a customer whose names are as long as they come."""
    person = await customers(
        numbers=[NUMBER], blocks=[(BLOCK, BLOCK_END)], elements=(LONG_PLACE,)
    )
    contact = {"channel": "email", "address": LONG_ADDRESS}
    await person.api.ask("POST", "/contacts", contact)
    await person.api.set_rule(
        BLOCK, target=OTHER_BLOCK, enabled=True, keep_extension=True
    )
    await state_of(person, BLOCK, "ready")
    return person


async def uploaded(tab: Tab) -> str:
    """Upload a file with a long name; return its number."""
    await tab.go("/importe")
    csv = f"Rufnummer;Zielnummer\n{NUMBER};0152 28817386"
    file: FilePayload = {
        "name": LONG_FILE,
        "mimeType": "text/csv",
        "buffer": csv.encode(),
    }
    await tab.page.set_input_files("input[type=file]", file)
    await tab.page.click("text=Änderungen ansehen")
    await tab.page.wait_for_url("**/importe/*")
    return tab.page.url.rpartition("/")[2]


async def test_text_stays_in_its_place_at_every_width(tabs: Tabs, firm: Person) -> None:
    tab = await signed_in(tabs, firm)
    file = await uploaded(tab)

    wrong: dict[str, list[str]] = {}
    for path in PAGES:
        await tab.go(path.format(file=file))
        for width in (PHONE, TABLET, DESK):
            await tab.page.set_viewport_size({"width": width, "height": 900})
            found = await tab.sticking_out()
            if not await tab.is_as_wide_as_the_screen():
                found.append("the page")
            if found:
                wrong[f"{path} at {width}"] = found

    assert wrong == {}


async def test_the_menu_stays_on_one_line_whoever_is_signed_in(
    tabs: Tabs, customers: Customers
) -> None:
    tab = await signed_in(tabs, await customers(order=False))
    await tab.go("/benachrichtigungen")

    for width in (PHONE, 768, TABLET, 1100, DESK):
        await tab.page.set_viewport_size({"width": width, "height": 900})
        assert await tab.page.evaluate(LINES_OF_MENU, LONG_ADDRESS) == 1, width
        assert await tab.is_as_wide_as_the_screen(), width


async def test_all_cards_of_a_page_begin_on_one_line(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009755"
    firm = await customers(numbers=[number])
    await firm.api.set_rule(number, target="0152 28817386", enabled=True)
    await state_of(firm, number, "ready")
    tab = await signed_in(tabs, firm)
    paths = (
        "/sicherheit",
        f"/auftraege/{firm.order_id}",
        "/konfigurator/was-waere-wenn",
    )

    for path in paths:
        await tab.go(path)
        for width in (PHONE, DESK):
            await tab.page.set_viewport_size({"width": width, "height": 900})
            sides = await tab.page.evaluate(BEGINNINGS)
            assert len(sides) > 1, path
            assert max(sides) - min(sides) < 1, (path, width, sides)


async def test_a_number_without_a_target_is_laid_out_like_the_others(
    tabs: Tabs, customers: Customers
) -> None:
    with_one, without = "+496990009752", "+496990009753"
    person = await customers(numbers=[with_one, without])
    await person.api.set_rule(with_one, target="0152 28817386", enabled=True)
    tab = await signed_in(tabs, person)
    await tab.go("/konfigurator")

    await tab.page.set_viewport_size({"width": TABLET, "height": 900})

    for script in (LEFT_OF_STATE, RIGHT_OF_ACTIONS):
        sides = [
            await tab.page.eval_on_selector(f"#n{number[1:]}", script)
            for number in (with_one, without)
        ]
        assert sides[0] == sides[1]


async def test_one_number_has_no_box_to_choose_it_with(
    tabs: Tabs, customers: Customers
) -> None:
    """Boxes are for »Mehrere auf einmal«, which is not there for one."""
    tab = await signed_in(tabs, await customers(numbers=["+496990009756"]))

    await tab.go("/konfigurator")

    await expect(tab.page.locator(".tick input")).to_have_count(2)
    for box in await tab.page.locator(".tick input").all():
        await expect(box).to_be_hidden()


async def test_on_a_phone_a_chip_stands_close_to_its_number(
    tabs: Tabs, customers: Customers
) -> None:
    person = await customers(blocks=[("+496990009760", "+496990009769")])
    tab = await signed_in(tabs, person, phone=True)

    await tab.go(f"/auftraege/{person.order_id}")

    apart = await tab.page.eval_on_selector_all(".pairs tbody tr", FROM_NUMBER_TO_CHIP)
    assert max(apart) < 12, apart


async def test_paper_shows_what_is_and_nothing_to_press(
    tabs: Tabs, customers: Customers
) -> None:
    number = "+496990009754"
    tab = await signed_in(tabs, await customers(numbers=[number]))
    await tab.page.emulate_media(media="print")

    await tab.go("/konfigurator")
    row = tab.page.locator(f"#n{number[1:]}")
    await expect(row.locator(".onoff")).to_be_visible()
    await expect(row.locator(".state")).to_be_visible()
    for tool in (".menu", ".search", ".many", ".headline-do"):
        await expect(tab.page.locator(tool)).to_be_hidden()
    assert await tab.page.eval_on_selector(".numbers", SHORT_OF_ITS_CARD) == [0, 0]
