"""What no database can hold or no calendar knows never succeeds: it is refused."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from chassis.errors import Rejected
from contracts.event import Event
from contracts.number_range import BadRange, NumberRange

LONGEST_TEXT = 500
LARGEST_COUNT = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 1990, 2199
NAMES = frozenset({"order_id", "customer_number", "line", "elements"})
"""By which others look things up: a blank one is nobody's."""


def check(event: Event, told_at: datetime) -> None:
    """Raise Rejected, with the field's name, for what can never be stored."""
    for name, value in _leaves("", event.model_dump()):
        _check(name, value)
    _check("ce_time", told_at)


def moment(value: datetime) -> datetime:
    """Return a time with its zone; one without is taken as UTC."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def range_of(number: str, last: str | None) -> NumberRange:
    """Return the number or block; raises Rejected where the ends make none."""
    try:
        return NumberRange(number, last or number)
    except BadRange as wrong:
        raise Rejected("bad_block", f"Correct the block's ends: {wrong}.") from None


def _leaves(name: str, value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{name}.{key}".removeprefix("."), item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(name, item)
    else:
        yield name, value


def _check(name: str, value: object) -> None:
    if isinstance(value, str) and ("\x00" in value or len(value) > LONGEST_TEXT):
        raise Rejected(
            "bad_text",
            f"Send {name} with at most {LONGEST_TEXT} characters and without NUL.",
        )
    if name in NAMES and isinstance(value, str) and not value.strip():
        raise Rejected("bad_text", f"Send {name} with something in it, or none.")
    if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise Rejected("bad_date", f"Send a {name} of our time, not {value.year}.")
    if isinstance(value, int) and abs(value) > LARGEST_COUNT:
        raise Rejected("bad_count", f"Send a {name} that can be counted.")
