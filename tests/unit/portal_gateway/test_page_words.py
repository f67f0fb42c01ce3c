"""Every word of the pages is there, in both languages, and none is left over."""

import re
import string
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import portal_gateway
from portal_gateway.pages import formats
from portal_gateway.pages.operations import EXPLAINED
from portal_gateway.texts import reports
from portal_gateway.texts import words as plain
from portal_gateway.texts.pages import MODULES, WORDS, words
from portal_gateway.texts.pages.deeds import deed
from portal_gateway.texts.said import Language

SOURCE = Path(portal_gateway.__file__).parent
NOON = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)


def used() -> str:
    files = [*SOURCE.glob("pages/**/*.html"), *SOURCE.glob("pages/*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return text.replace("'", '"')


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_key_stands_in_two_modules() -> None:
    assert len(WORDS) == sum(len(module.WORDS) for module in MODULES)


def test_both_languages_say_the_same_facts() -> None:
    differing = [k for k, said in WORDS.items() if fields(said.de) != fields(said.en)]

    assert differing == []


def test_a_key_that_pages_name_is_there() -> None:
    named = set(re.findall(r'\b(?:t|say|Notice)\(\s*"([a-z_.0-9]+)"[,)]', used()))

    assert named - WORDS.keys() == set()


def test_a_refusal_that_is_explained_has_its_words() -> None:
    assert {f"operations.refused.{code}" for code in EXPLAINED} <= WORDS.keys()


MADE_OF_PARTS = (
    *("state.", "row.", "why.", "kind.", "conf.filter.", "first.", "error."),
    *("order.state.", "order.by.", "order.option."),
    *("contacts.kind.", "contacts.language.", "contacts.notice.", "contacts.state."),
    *("history.", "imports.state.", "import.n_"),
    *("deed.", "security.", "hotline.", "operations.", "holds.reason."),
    "word.",  # small words for every page to come
)


def test_no_word_is_left_over() -> None:
    text = used()
    left = [
        key
        for key in WORDS
        if f'"{key.removesuffix(".one")}"' not in text
        and not key.startswith(MADE_OF_PARTS)
    ]

    assert left == []


def test_one_is_not_many() -> None:
    assert words("many.done", "de", n=1) == "1 Rufnummer geändert."
    assert words("many.done", "en", n=2) == "2 numbers changed."


def test_a_kind_of_outage_has_one_name() -> None:
    for kind, word in reports.KINDS.items():
        assert WORDS[f"kind.{kind}"] == (word["de"], word["en"])


class TestFormats:
    def test_gaps_of_a_number_are_style_and_not_text(self) -> None:
        shown = formats.phone("+4921122223336")

        assert re.sub("<[^>]+>", "", shown) == "+4921122223336"
        assert shown.count("<span>") == 3

    def test_a_block_shows_both_ends(self) -> None:
        block = ("+492214710000", "+492214710999")

        ends = "+49 221 4710 000\N{EN DASH}999"
        assert formats.spoken(*block).replace("\xa0", " ") == ends
        assert plain.span(block) == ends

    def test_a_number_cannot_bring_markup_along(self) -> None:
        assert "<b>" not in formats.phone("<b>")

    def test_moments_are_of_germany(self) -> None:
        today = formats.clock(NOON, "de", now=NOON)
        assert today.replace(formats.NO_BREAK, " ") == "12:05 Uhr"
        assert formats.clock(NOON, "en", now=NOON) == "12:05"
        later = NOON + timedelta(days=1)
        earlier = formats.clock(NOON, "de", now=later)
        assert earlier.replace(formats.NO_BREAK, " ") == "23.11.2026, 12:05 Uhr"

    def test_days_counts_and_durations_are_for_people(self) -> None:
        assert formats.day(date(2026, 12, 1), "de") == "01.12.2026"
        assert formats.day(date(2026, 12, 1), "en") == "1 Dec 2026"
        assert formats.count(10_000, "de") == "10.000"

    @pytest.mark.parametrize(
        ("seconds", "de", "en"),
        [
            (0.03, "weniger als 0,1 s", "less than 0.1 s"),
            (-1, "weniger als 0,1 s", "less than 0.1 s"),
            (0.84, "0,8 s", "0.8 s"),
            (45, "45 s", "45 s"),
            (95, "1 min 35 s", "1 min 35 s"),
            (180, "3 min", "3 min"),
            (7500, "2 h 5 min", "2 h 5 min"),
            (86_400, "1 d", "1 d"),
            (108_000, "1 d 6 h", "1 d 6 h"),
        ],
    )
    def test_pages_and_papers_say_how_long_in_the_same_words(
        self, seconds: float, de: str, en: str
    ) -> None:
        lasted = timedelta(seconds=seconds)
        assert (plain.lasting(lasted, "de"), plain.lasting(lasted, "en")) == (de, en)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "action",
    [
        *(f"contact_{what}" for what in ("added", "changed", "confirmed", "refused")),
        *("contact_removed", "import_applied", "import_undone"),
    ],
)
def test_the_hotline_reads_in_words_what_was_done(
    action: str, language: Language
) -> None:
    assert deed(action, language) != action
