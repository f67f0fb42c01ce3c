"""The keys and values that a switch understands, and why it refuses others."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

LARGEST_BLOCK = 10_000
LARGEST_VERSION = 2**63 - 1
LONGEST_PLACE = 200
NUMBER = r"\+[1-9][0-9]{6,14}"
WORDS = r"^[^\p{C}\p{Z}]+( [^\p{C}\p{Z}]+)*$"
SPAN = re.compile(rf"({NUMBER})(?:-({NUMBER}))?")

Kind = Literal["rule", "flag", "cause", "hold"]
Outage = Literal["fault", "planned"]


class Reason(StrEnum):
    """Why an operation is refused."""

    BAD_OPERATION = "bad_operation"
    BAD_KEY = "bad_key"
    BAD_BLOCK = "bad_block"
    BAD_VERSION = "bad_version"
    BAD_VALUE = "bad_value"
    KEY_MISMATCH = "key_mismatch"
    LINE_NOT_IN_PLACES = "line_not_in_places"
    TARGET_MISSING = "target_missing"
    TARGET_IS_OWN_NUMBER = "target_is_own_number"
    TARGET_NOT_A_BLOCK = "target_not_a_block"
    VERSION_CONFLICT = "version_conflict"
    NO_SUCH_SUBSCRIBER = "no_such_subscriber"


class Refused(Exception):
    """An operation that the switch will never carry out."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Span:
    """One number, or a block of numbers with both its ends."""

    first: str
    last: str | None = None

    @property
    def prefix(self) -> str:
        """What all its numbers begin with."""
        if self.last is None:
            return self.first
        pairs = zip(self.first, self.last, strict=True)
        return "".join(
            one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)
        )

    @property
    def size(self) -> int:
        """How many numbers it has, lengthened ones not counted."""
        return int(self.last or self.first) - int(self.first) + 1

    @property
    def breadth(self) -> tuple[int, int]:
        """Sorts spans that hold the same number, the most specific one first."""
        return (-len(self.first), self.size)

    def holds(self, number: str) -> bool:
        """Tell whether calls to the number are its calls; a block may be lengthened."""
        if self.last is None:
            return number == self.first
        length = len(self.first)
        return len(number) >= length and self.first <= number[:length] <= self.last


NO_SPAN = Span("")


@dataclass(frozen=True, slots=True)
class Key:
    """What an operation is about."""

    text: str
    kind: Kind
    span: Span = NO_SPAN


def flag_key(outage: Outage, place: str) -> str:
    """Name the flag that is raised while a place is out of order."""
    return f"flag/{outage}/{place}"


def read_key(text: str) -> Key:
    """Understand a key, or refuse it."""
    kind, _, rest = text.partition("/")
    name, _, tail = rest.partition("/")
    match kind:
        case "rule":
            return Key(text, kind, _read_span(rest))
        case "cause" if tail in {"manual", "drill"}:
            return Key(text, kind, _read_span(name))
        case "flag" if name in {"fault", "planned"} and _is_place(tail):
            return Key(text, kind)
        case "hold" if text == kind:
            return Key(text, kind)
    raise Refused(Reason.BAD_KEY)


def _read_span(text: str) -> Span:
    found = SPAN.fullmatch(text)
    if found is None:
        raise Refused(Reason.BAD_KEY)
    span = Span(*found.groups())
    if span.last and not _is_block(span.first, span.last):
        raise Refused(Reason.BAD_BLOCK)
    return span


def _is_block(first: str, last: str) -> bool:
    in_order = len(first) == len(last) and first < last
    return in_order and Span(first, last).size <= LARGEST_BLOCK


def _is_place(text: str) -> bool:
    try:
        PLACE.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


Number = Annotated[str, Field(pattern=rf"^{NUMBER}$")]
Place = Annotated[str, Field(max_length=LONGEST_PLACE, pattern=WORDS)]
PLACE: TypeAdapter[str] = TypeAdapter(Place)


class Value(BaseModel):
    """What can be kept under a key."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Rule(Value):
    """Where calls to a number or block go while it cannot be reached."""

    first: Number
    last: Number | None = None
    line: Place | None
    places: list[Place]
    target: Number | None
    keep_extension: bool = False
    fallback: Number | None = None
    target_places: list[Place] = []
    off: bool = False
    planned: bool = False
    line_first: bool = False
    alone: bool = False
    reason: Literal["unavailable"] = "unavailable"


class Flag(Value):
    """Whether a place is out of order."""

    raised: bool


class Cause(Value):
    """Whether somebody asked for a number's calls to be diverted."""

    active: bool


class Hold(Value):
    """Whether all calls go home, whatever else is known."""

    held: bool


MODELS: dict[Kind, type[Value]] = {
    "rule": Rule,
    "flag": Flag,
    "cause": Cause,
    "hold": Hold,
}


def read_value(key: Key, raw: object) -> Value | None:
    """Understand what is to be kept under a key (None: nothing), or refuse it."""
    if raw is None:
        return None
    try:
        value = MODELS[key.kind].model_validate(raw)
    except ValidationError as error:
        raise Refused(Reason.BAD_VALUE, complaint(error)) from error
    if isinstance(value, Rule):
        _check_rule(key.span, value)
    return value


def complaint(error: ValidationError) -> str:
    """Say what is wrong first of all, without repeating what was sent."""
    first = error.errors(include_url=False, include_input=False)[0]
    return ".".join(map(str, first["loc"])) + ": " + first["msg"]


def _check_rule(span: Span, rule: Rule) -> None:
    if (rule.first, rule.last) != (span.first, span.last):
        raise Refused(Reason.KEY_MISMATCH)
    if rule.line is not None and rule.line not in rule.places:
        raise Refused(Reason.LINE_NOT_IN_PLACES)
    if rule.target is None and not rule.off:
        raise Refused(Reason.TARGET_MISSING)
    if any(span.holds(target or "") for target in (rule.target, rule.fallback)):
        raise Refused(Reason.TARGET_IS_OWN_NUMBER)
    if rule.alone and span.last is not None:
        raise Refused(Reason.BAD_VALUE, "alone: of a lone number only")
    if rule.keep_extension:
        _check_extension(span, rule.target)


def _check_extension(span: Span, target: str | None) -> None:
    """Refuse a target that is not the first number of a block like ours."""
    extension = span.first.removeprefix(span.prefix)
    if not extension or not (target or "").endswith(extension):
        raise Refused(Reason.TARGET_NOT_A_BLOCK)


def extended(span: Span, target: str, number: str) -> str:
    """Carry a number's extension over to the block that begins with the target."""
    extension = number.removeprefix(span.prefix)
    kept = len(target) - (len(span.first) - len(span.prefix))
    return target[:kept] + extension
