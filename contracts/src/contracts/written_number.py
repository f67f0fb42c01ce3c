"""
From what a person typed to a number, or to the reason why there is none.

Nothing is guessed: letters, foreign digits and extensions, which phonenumbers would
take in its stride, are refused, so that what is stored is what was shown.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumberType,
    ValidationResult,
)

from contracts.denied_ranges import GERMANY, denied_short_number
from contracts.numbering_plan import is_mobile_prefix, mobile_lengths
from contracts.refusal import Refusal, RefusalCode

LONGEST_TEXT: Final = 40
SPACES: Final = " \u00a0\u2007\u2009\u202f"
DASHES: Final = "-\u2010\u2011\u2012\u2013\u2212"
SEPARATORS: Final = SPACES + DASHES + "/.()[]"

_ENDS = SPACES + "\t\r\n"
_DROP_SEPARATORS = str.maketrans("", "", SEPARATORS)
_TRUNK_ZERO = re.compile(rf"\([{SPACES}]*0[{SPACES}]*\)")
_COUNTRY_CODE = re.compile(r"(?:\+|00)([1-9][0-9]{0,2})")
_DIALLED = re.compile(r"\+?[0-9]+")
_UNPRINTABLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}

_NAMES: Final = {
    value: name.lower()
    for name, value in vars(PhoneNumberType).items()
    if isinstance(value, int)
}
_UNREADABLE: Final[dict[int, RefusalCode]] = {
    NumberParseException.INVALID_COUNTRY_CODE: "target_unknown_country",
    NumberParseException.TOO_SHORT_NSN: "target_too_short",
    NumberParseException.TOO_LONG: "target_too_long",
}
_WRONG_LENGTH: Final[dict[int, RefusalCode]] = {
    ValidationResult.TOO_SHORT: "target_too_short",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "target_too_short",
    ValidationResult.TOO_LONG: "target_too_long",
}


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """
    A number as phonenumbers understands it.

    `misfit` says why it is not in its country's plan; `kind` is `unknown` then.
    """

    number: str
    national: str
    region: str
    kind: str
    is_international: bool
    misfit: RefusalCode | None


def read_number(text: str) -> WrittenNumber | Refusal:
    """Read a number as typed in Germany; never raises, refuses what is unclear."""
    text = text.strip(_ENDS)
    if code := _wrong_characters(text):
        return Refusal(code)
    return _read_dialled(as_dialled(text))


def _wrong_characters(text: str) -> RefusalCode | None:
    if not text.strip(SEPARATORS):
        return "target_empty"
    if len(text) > LONGEST_TEXT:
        return "target_too_long"
    if ";" in text or "ext" in text.lower():
        return "target_has_extension"
    rest = [char for char in text if not _is_allowed(char)]
    return min((_wrong_character(char) for char in rest), key=_RANK.index, default=None)


def _is_allowed(char: str) -> bool:
    return char in "+0123456789" or char in SEPARATORS


_RANK: Final[tuple[RefusalCode, ...]] = (
    "target_has_pause",
    "target_has_service_code",
    "target_has_foreign_digits",
    "target_has_letters",
    "target_has_hidden_characters",
    "target_has_wrong_characters",
)
"""With several wrong characters, the first of these is told."""


def _wrong_character(char: str) -> RefusalCode:
    if char == ",":
        return "target_has_pause"
    if char in "*#":
        return "target_has_service_code"
    if char.isnumeric():
        return "target_has_foreign_digits"
    if char.isalpha():
        return "target_has_letters"
    if unicodedata.category(char) in _UNPRINTABLE:
        return "target_has_hidden_characters"
    return "target_has_wrong_characters"


def drop_separators(text: str) -> str:
    """Remove what people set for the eye."""
    return text.translate(_DROP_SEPARATORS)


def as_dialled(text: str) -> str:
    """Drop separators, and the (0) that a number written for abroad shows."""
    trunk_zero = _TRUNK_ZERO.search(text)
    if not trunk_zero:
        return drop_separators(text)
    before = drop_separators(text[: trunk_zero.start()])
    zero = "" if _is_country_code(before) else "0"
    return before + zero + drop_separators(text[trunk_zero.end() :])


def _is_country_code(dialled: str) -> bool:
    code = _COUNTRY_CODE.fullmatch(dialled)
    return code is not None and int(code[1]) in COUNTRY_CODE_TO_REGION_CODE


def _read_dialled(dialled: str) -> WrittenNumber | Refusal:
    if not _DIALLED.fullmatch(dialled):
        return Refusal("target_not_a_number")
    if dialled.startswith("+"):
        return _read_international(dialled[1:])
    if dialled.startswith("00"):
        return _read_international(dialled[2:])
    if dialled.startswith("0"):
        number = GERMANY + dialled[1:]
        return _doubled_country_code(number) or _parse(number, is_international=False)
    if code := denied_short_number(dialled):
        return Refusal(code)
    return _without_prefix(dialled)


def _read_international(digits: str) -> WrittenNumber | Refusal:
    if len(digits) <= len("116117") and (code := denied_short_number(digits)):
        return Refusal(code)
    # +49 0177 is a common slip and has one meaning: no German number begins with 0.
    number = "+" + re.sub(r"^490(?=[1-9])", "49", digits)
    return _doubled_country_code(number) or _parse(number)


def _doubled_country_code(number: str) -> Refusal | None:
    """Catch 0 49177… and +49 49177…, a landline in Leer (0491) to phonenumbers."""
    inner = number.removeprefix(GERMANY)
    if not inner.startswith("491"):
        return None
    meant = _mobile("+" + inner)
    return Refusal("target_doubled_country_code", suggestion=meant) if meant else None


def _without_prefix(digits: str) -> Refusal:
    """Suggest the number that was meant, if one stands out."""
    if digits.startswith("49"):
        meant = _parse("+" + digits)
        if isinstance(meant, WrittenNumber) and not meant.misfit:
            return Refusal("target_missing_plus", suggestion=meant.number)
    return Refusal("target_missing_area_code", suggestion=_mobile(GERMANY + digits))


def _mobile(number: str) -> str | None:
    match _parse(number):
        case WrittenNumber(kind="mobile", number=meant):
            return meant
    return None


def _parse(number: str, *, is_international: bool = True) -> WrittenNumber | Refusal:
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException as reason:
        return Refusal(_UNREADABLE.get(reason.error_type, "target_not_a_number"))
    canonical = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if canonical != number:
        # phonenumbers dropped digits on its own account, such as a second trunk 0.
        return Refusal("target_not_a_number", suggestion=canonical)
    return _written(parsed, canonical, is_international=is_international)


def _written(
    parsed: phonenumbers.PhoneNumber, number: str, *, is_international: bool
) -> WrittenNumber:
    kind = _NAMES[phonenumbers.number_type(parsed)]
    national = phonenumbers.national_significant_number(parsed)
    return WrittenNumber(
        number=number,
        national=national,
        region=_region(parsed),
        kind=kind,
        is_international=is_international,
        misfit=_misfit(parsed, national) if kind == "unknown" else None,
    )


def _region(parsed: phonenumbers.PhoneNumber) -> str:
    """Name the number's region, or its country code's where it is off the plan."""
    return phonenumbers.region_code_for_number(
        parsed
    ) or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def _misfit(parsed: phonenumbers.PhoneNumber, national: str) -> RefusalCode:
    """Say what is wrong with a number that is not in its country's plan."""
    if parsed.country_code == int(GERMANY) and is_mobile_prefix(national):
        if len(national) < mobile_lengths(national).start:
            return "target_too_short"
        if len(national) >= mobile_lengths(national).stop:
            return "target_too_long"
    return _WRONG_LENGTH.get(
        phonenumbers.is_possible_number_with_reason(parsed), "target_unknown_number"
    )
