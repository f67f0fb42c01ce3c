"""Templates become pages: the environment, and what each template may call."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chassis.clock import day_in_berlin
from contracts.phone_number import mask
from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway import texts
from portal_gateway.domain.entry import arrival
from portal_gateway.pages import assets, formats, whereabouts
from portal_gateway.texts import Language
from portal_gateway.texts.pages import words
from portal_gateway.texts.pages.deeds import deed
from portal_gateway.texts.words import lasting

FOLDER: Final = Path(__file__).parent / "templates"
MOST_NAMED: Final = 3
"""More lines of one outage are counted: their names would push all else away."""


@cache
def environment() -> Environment:
    """Return the one environment; a name that nobody set is an error, not empty."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["nr"] = formats.phone
    made.filters["spoken"] = formats.spoken
    made.filters["hour"] = formats.hour
    made.filters["groupby_day"] = formats.by_day
    made.filters["masked"] = mask
    made.filters["arrival"] = arrival
    made.globals["asset"] = assets.url_of
    made.globals["page_of"] = whereabouts.page_of
    return made


def render(template: str, *, language: Language, now: datetime, **context: Any) -> str:
    """Return a template filled: with words, and with days and moments for people."""

    def say(key: str, **facts: object) -> str:
        shown = {name: _shown(value, language) for name, value in facts.items()}
        return words(key, language, **shown)

    def few(places: Iterable[str]) -> str:
        """Name the first places, and count the rest."""
        named = sorted(places)
        shown, more = ", ".join(named[:MOST_NAMED]), len(named) - MOST_NAMED
        return f"{shown} {say('outage.lines_more', n=more)}" if more > 0 else shown

    return (
        environment()
        .get_template(template)
        .render(
            t=say,
            few=few,
            language=language,
            now=now,
            today=day_in_berlin(now),
            count=partial(formats.count, language=language),
            day=partial(formats.day, language=language),
            clock=partial(formats.clock, language=language, now=now),
            lasting=partial(lasting, language=language),
            refusal=lambda code: texts.say(code, language, {}).detail,
            reason=lambda code: texts.REASONS[code][language],
            product=lambda code: ELIGIBLE_PRODUCTS.get(code, code),
            done=partial(deed, language=language),
            **context,
        )
    )


def _shown(value: object, language: Language) -> object:
    """Write what a sentence is filled with; `n` stays a number, to pick the plural."""
    match value:
        case bool():
            return value
        case int():
            return formats.Number(value, language)
        case datetime():
            return value
        case date():
            return formats.day(value, language)
        case timedelta():
            return lasting(value, language)
    return value
