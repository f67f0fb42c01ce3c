"""A phrase in the two languages of the portal."""

from typing import NamedTuple


class Phrase(NamedTuple):
    """One thought in both languages."""

    de: str
    en: str
