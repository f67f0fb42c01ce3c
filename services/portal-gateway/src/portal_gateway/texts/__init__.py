"""What the gateway says to people, in German and English, by code."""

from collections.abc import Mapping
from datetime import date
from typing import Final, cast

from contracts.refusal import Refusal, RefusalCode
from contracts.refusals import CODES, explain
from portal_gateway.texts import problems, problems_of_files, targets
from portal_gateway.texts.form_problems import FORM_TEXTS
from portal_gateway.texts.people import PEOPLE
from portal_gateway.texts.said import Language, Said, Text
from portal_gateway.texts.stories import story

__all__ = [
    "LETTER",
    "REASONS",
    "TEXTS",
    "Language",
    "Said",
    "day",
    "language_of",
    "say",
    "story",
    "title",
]

TEXTS: Final[Mapping[str, Text]] = {
    **problems.TEXTS,
    **FORM_TEXTS,
    **problems_of_files.TEXTS,
    **PEOPLE,
    **targets.TEXTS,
}
"""Every refusal in words, but for those of targets."""
TARGET_REFUSED: Final = {"de": "Ziel nicht möglich", "en": "Target not possible"}
LETTER: Final = {
    "de": "Wenn die Angaben stimmen, erhalten Sie in den nächsten Tagen Post von uns.",
    "en": "If the details are right, you will receive a letter in the next few days.",
}
REASONS: Final = {
    "no_target": {"de": "keine Zielnummer", "en": "no target number"},
    "switched_off": {"de": "Rufumleitung inaktiv", "en": "forwarding is inactive"},
    "target_barred": {
        "de": "Ziel nicht zulässig",
        "en": "target is not allowed",
    },
    "not_planned": {
        "de": "bei geplanten Arbeiten nicht umgeleitet, wie eingestellt",
        "en": "not diverted for planned work, as set",
    },
    "not_open_yet": {"de": "noch nicht freigeschaltet", "en": "not open yet"},
    "ported_out": {"de": "nicht mehr bei uns", "en": "no longer with us"},
}


def language_of(accept_language: str | None) -> Language:
    """Return the language that the client likes best; German unless it says so."""
    asked: dict[str, float] = {}
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        if primary in {"de", "en", "*"}:
            asked[primary] = max(asked.get(primary, 0.0), _quality(weight))
    any_other = asked.get("*", 0.0)
    german, english = asked.get("de", any_other), asked.get("en", any_other)
    if german == english:
        return "en" if english and next(iter(asked)) == "en" else "de"
    return "en" if english > german else "de"


def say(code: str, language: Language, facts: Mapping[str, object]) -> Said:
    """Return title and sentence of a code; an unknown one gets a general sentence."""
    if code in CODES:
        return _target_text(code, language, facts)
    text = TEXTS.get(code)
    if text is None:
        text, facts = TEXTS["refused"], {"code": code}
    said = text[0] if language == "de" else text[1]
    shown = {name: _shown(value, language) for name, value in facts.items()}
    return Said(said.title, said.detail.format_map(shown))


def day(at: date, language: Language) -> str:
    """Return a day as people write it."""
    return at.strftime("%d.%m.%Y" if language == "de" else "%Y-%m-%d")


def _target_text(code: str, language: Language, facts: Mapping[str, object]) -> Said:
    chain = facts.get("chain")
    suggestion = facts.get("suggestion")
    refusal = Refusal(
        cast(RefusalCode, code),
        suggestion=str(suggestion) if suggestion else None,
        chain=tuple(chain) if isinstance(chain, list) else (),
    )
    return Said(TARGET_REFUSED[language], explain(refusal, language))


def _shown(value: object, language: Language) -> object:
    return day(value, language) if isinstance(value, date) else value


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def title(code: str, language: Language) -> str:
    """Return the short name of a problem."""
    if code in CODES:
        return TARGET_REFUSED[language]
    return (TEXTS[code].de if language == "de" else TEXTS[code].en).title
