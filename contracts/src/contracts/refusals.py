"""The words for each refusal: what is wrong, and what to do about it."""

from typing import Final, Literal, TypedDict, get_args

from contracts.phone_number import group
from contracts.refusal import Refusal, RefusalCode
from contracts.refusals_de import GERMAN
from contracts.refusals_en import ENGLISH

Language = Literal["de", "en"]


class Sentence(TypedDict):
    """One thought in each language that the portal speaks."""

    de: str
    en: str


CODES: Final[tuple[RefusalCode, ...]] = get_args(RefusalCode)
SENTENCES: Final[dict[RefusalCode, Sentence]] = {
    code: {"de": GERMAN[code], "en": ENGLISH[code]} for code in CODES
}

_MEANT: Final[Sentence] = {"de": "Meinten Sie {}?", "en": "Did you mean {}?"}
_CHAIN: Final[Sentence] = {"de": "Der Weg: {}.", "en": "The way: {}."}


def explain(refusal: Refusal, language: Language) -> str:
    """Say it to a person, with what was probably meant and the way round a circle."""
    parts = [SENTENCES[refusal.code][language]]
    if refusal.chain:
        parts.append(_CHAIN[language].format(" → ".join(map(group, refusal.chain))))
    if refusal.suggestion:
        parts.append(_MEANT[language].format(group(refusal.suggestion)))
    return " ".join(parts)
