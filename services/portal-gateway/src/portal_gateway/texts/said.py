"""How a thought is kept in both languages."""

from typing import Literal, NamedTuple

Language = Literal["de", "en"]


class Said(NamedTuple):
    """A short title and a sentence that says what to do."""

    title: str
    detail: str


class Text(NamedTuple):
    """One thought in both languages."""

    de: Said
    en: Said


def text(de: tuple[str, str], en: tuple[str, str]) -> Text:
    """Return title and sentence in German and English."""
    return Text(Said(*de), Said(*en))
