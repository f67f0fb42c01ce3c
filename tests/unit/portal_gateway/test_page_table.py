"""No page comes in that no browser looks at."""

import re
from pathlib import Path

from portal_gateway.pages.rendering import FOLDER
from support.page_table import ELSEWHERE, OPENED
from support.route_table import PAGES

TESTS = Path(__file__).parents[2] / "system" / "portal"
ANSWERS = {
    "code.html": "zweiter-schritt",
    "confirm.html": "kennwort-bestaetigen",
    "error.html": "404",
    "letter_ordered.html": "brief-angefordert",
    "many.html": "mehrere-ergebnis",
    "recovery_codes.html": "ersatzcodes",
    "resume.html": "fast-gespeichert",
}
"""Pages that only a form leads to, and the picture that a test takes of each."""


def test_every_route_that_answers_a_get_is_looked_at_or_no_page() -> None:
    opened = {("GET", path) for pages in OPENED.values() for path in pages}

    assert opened & ELSEWHERE.keys() == set()
    assert opened | ELSEWHERE.keys() == {key for key in PAGES if key[0] == "GET"}


def test_every_page_behind_a_form_is_looked_at_on_desk_and_phone() -> None:
    sources = "".join(file.read_text("utf-8") for file in TESTS.glob("test_*.py"))
    looks = set(re.findall(r'look_around\("([\w-]+)"\)', sources))

    assert set(ANSWERS.values()) - looks == set()


def test_every_page_is_of_the_one_kind_or_the_other() -> None:
    pages = {
        file.name
        for file in FOLDER.glob("*.html")
        if "{% extends" in file.read_text("utf-8")
    }
    opened = {page.template for at in OPENED.values() for page in at.values()}

    assert opened & ANSWERS.keys() == set()
    assert opened | ANSWERS.keys() == pages
