"""Every code has its words, in both languages."""

import ast
import string
from datetime import date
from pathlib import Path

import pytest

import portal_gateway
from contracts.refusals import CODES
from portal_gateway import texts
from portal_gateway.http.problems import STATUS
from portal_gateway.texts.stories import STATES

SOURCES = sorted(Path(portal_gateway.__file__).parent.rglob("*.py"))


def raised_codes() -> set[str]:
    """Return each code that some `Refused("…")` in the sources has."""
    return {
        node.args[0].value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Refused"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sorted(raised_codes() | set(STATUS)))
def test_every_code_that_is_raised_has_words(code: str) -> None:
    assert code in texts.TEXTS


@pytest.mark.parametrize("code", sorted(texts.TEXTS))
def test_both_languages_say_it_with_the_same_facts(code: str) -> None:
    text = texts.TEXTS[code]

    assert all((*text.de, *text.en))
    assert text.de != text.en
    assert names(text.de.detail) == names(text.en.detail)


@pytest.mark.parametrize("code", CODES)
def test_targets_are_refused_in_the_words_of_the_contracts(code: str) -> None:
    german = texts.say(code, "de", {})
    english = texts.say(code, "en", {})

    assert german.detail
    assert english.detail != german.detail


def test_an_unknown_code_is_said_too() -> None:
    assert "new_code" in texts.say("new_code", "en", {}).detail


def test_days_are_written_as_people_do() -> None:
    facts = {"day": date(2026, 12, 1)}

    assert "01.12.2026" in texts.say("not_open_yet", "de", facts).detail
    assert "2026-12-01" in texts.say("not_open_yet", "en", facts).detail


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_story(state: str) -> None:
    for language in ("de", "en"):
        told = texts.story(
            (state,),
            [],
            source="none",
            target=(None, None),
            since=None,
            set_by=None,
            set_at=None,
            language=language,
        )
        assert len(told) == 2


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (None, "de"),
        ("", "de"),
        ("*", "de"),
        ("de-AT", "de"),
        ("EN-gb", "en"),
        ("fr", "de"),
        ("fr, en;q=0.1", "en"),
        ("de;q=0.5, en;q=0.9", "en"),
        ("en;Q=0.1, de;q=0.5", "de"),
        ("en-US;q=0.2, en;q=0.8, de;q=0.5", "en"),
        ("en, de", "en"),
        ("de, en", "de"),
        ("*, en;q=0.5", "de"),
        ("*;q=0.5, en;q=0.4", "de"),
        ("en, *", "en"),
        ("de;q=0, *", "en"),
        ("de;q=0.1, *;q=0.5", "en"),
        ("en;q=0", "de"),
        ("de;q=0", "de"),
        ("en;q=much", "de"),
    ],
)
def test_the_language_that_is_liked_best(wanted: str | None, language: str) -> None:
    assert texts.language_of(wanted) == language
