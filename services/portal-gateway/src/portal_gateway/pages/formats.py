"""Numbers, days and moments as people read them."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Final, Protocol, Self, TypeVar

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from markupsafe import Markup, escape
from typing_extensions import override

from chassis.clock import BERLIN, day_in_berlin
from portal_gateway.texts import Language
from portal_gateway.texts.words import groups

LOCALES: Final = {"de": "de_DE", "en": "en_GB"}
NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def phone(number: str, last: str | None = None) -> Markup:
    """
    Set a number in groups that are seen and not copied.

    The gaps are style: whoever copies gets E.164. Of a block, both ends are shown.
    """
    parts = groups(number, last)
    body = "".join(f"<span>{escape(part)}</span>" for part in parts)
    return Markup(f'<span class="nr">{body}</span>')  # noqa: S704 - escaped above


def spoken(number: str, last: str | None = None) -> str:
    """Return the same as plain text, for labels and sentences."""
    return NO_BREAK.join(groups(number, last))


def count(number: int, language: Language) -> str:
    """Return a count with its thousands set apart."""
    return str(format_decimal(number, locale=LOCALES[language]))


def day(at: date, language: Language) -> str:
    """Return a day, or that of a moment in Germany: 01.12.2026, or 1 Dec 2026."""
    if isinstance(at, datetime):
        at = day_in_berlin(at)
    if language == "de":
        return at.strftime("%d.%m.%Y")
    return str(format_date(at, "d MMM yyyy", locale=LOCALES[language]))


def clock(at: datetime, language: Language, *, now: datetime) -> str:
    """Return a moment: the time of today's, day and time of every other."""
    local = at.astimezone(BERLIN)
    time = str(format_time(local, "HH:mm", locale=LOCALES[language]))
    time = f"{time}{NO_BREAK}Uhr" if language == "de" else time
    if local.date() == now.astimezone(BERLIN).date():
        return time
    return f"{day(local.date(), language)}, {time}"


def hour(at: datetime) -> str:
    """Return the time of a day to the second, under a heading that names the day."""
    return at.astimezone(BERLIN).strftime("%H:%M:%S")


def exactly(at: datetime, language: Language, *, now: datetime) -> str:
    """Return a moment to the second, with its day where that is not today."""
    local = at.astimezone(BERLIN)
    if local.date() == now.astimezone(BERLIN).date():
        return hour(at)
    return f"{day(local.date(), language)}, {hour(at)}"


class Dated(Protocol):
    """What happened at a moment."""

    @property
    def at(self) -> datetime:
        """Return when."""


D = TypeVar("D", bound=Dated)


def by_day(rows: Iterable[D]) -> list[tuple[date, list[D]]]:
    """Return what happened by the days of Germany, in the order given."""
    groups = groupby(rows, key=lambda row: row.at.astimezone(BERLIN).date())
    return [(at, list(some)) for at, some in groups]


class Number(int):
    """A count that writes itself with thousands apart, and is a number still."""

    def __new__(cls, value: int, language: Language) -> Self:
        """Keep the language beside the value."""
        made = super().__new__(cls, value)
        made.language = language
        return made

    language: Language

    @override
    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else count(int(self), self.language)
