"""
Every word of the pages, by key: German, English.

A page's words stand in a module of their own. `"orders.empty": Phrase("…", "…")` is
what a template gets with `t("orders.empty")`; `{name}` in it is filled by
`t(…, name=…)`.
A key with `.one` behind it is taken when the fact `n` is 1.
"""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.pages import (
    common,
    configurator,
    contacts,
    deeds,
    errors,
    history,
    holds,
    hotline,
    imports,
    login,
    number,
    objecting,
    operations,
    orders,
    outages,
    security,
    what_if,
)
from portal_gateway.texts.pages.phrase import Phrase
from portal_gateway.texts.said import Language

Catalogue = Mapping[str, Phrase]

MODULES: Final = (
    common,
    configurator,
    contacts,
    deeds,
    errors,
    history,
    holds,
    hotline,
    imports,
    login,
    number,
    objecting,
    operations,
    orders,
    outages,
    security,
    what_if,
)
WORDS: Final[Catalogue] = {
    key: said for module in MODULES for key, said in module.WORDS.items()
}


def words(key: str, language: Language, **facts: object) -> str:
    """Return the text of a key; an unknown key is a bug and raises KeyError."""
    if facts.get("n") == 1 and f"{key}.one" in WORDS:
        key = f"{key}.one"
    text = WORDS[key].de if language == "de" else WORDS[key].en
    return text.format_map(facts) if facts else text
