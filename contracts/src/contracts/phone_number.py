"""Phone numbers as they travel: canonical E.164, and how people and logs see them."""

import re
from typing import Annotated

import phonenumbers
from phonenumbers import PhoneNumberFormat
from pydantic import Field, StringConstraints

from contracts.denied_ranges import GERMANY
from contracts.numbering_plan import split_national
from contracts.refusal import Refusal, Refused
from contracts.written_number import read_number

CANONICAL_PATTERN = r"^\+[1-9][0-9]{6,14}$"

PhoneNumber = Annotated[
    str,
    StringConstraints(strict=True, pattern=CANONICAL_PATTERN),
    Field(description="E.164: + and 7 to 15 digits", examples=["+493023125042"]),
]
"""Validated, never normalised: an event that carries another form is refused."""

_MASK = "*****"
_SHOWN = 8


def is_canonical(text: str) -> bool:
    """Tell whether `text` is what `PhoneNumber` takes."""
    return re.fullmatch(CANONICAL_PATTERN.rstrip("$"), text) is not None


def parse_phone_number(text: str) -> str:
    """
    Turn what a person in Germany typed into canonical form.

    Raises `Refused` for anything unclear and for numbers that no country's plan has.
    Says nothing about where calls may go: that is `check_target`.
    """
    written = read_number(text)
    if isinstance(written, Refusal):
        raise Refused(written)
    if written.misfit:
        raise Refused(Refusal(written.misfit))
    return written.number


def mask(number: str) -> str:
    """
    Show enough for a log to tell customers apart, and never who was called.

    At least five digits stay hidden, and how many does not show. What is no canonical
    number is hidden whole: it may be a password in the wrong field.
    """
    if not is_canonical(number):
        return _MASK
    return number[: min(_SHOWN, len(number) - len(_MASK))] + _MASK


def group(number: str) -> str:
    """Set spaces for the eye; what is no canonical number comes back as it was."""
    if not is_canonical(number):
        return number
    if not number.startswith(GERMANY):
        return _group_foreign(number)
    national = number[len(GERMANY) :]
    if national.startswith("1"):
        return f"{GERMANY} {national[:3]} {national[3:]}".rstrip()
    return " ".join((GERMANY, *split_national(national))).rstrip()


def _group_foreign(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
