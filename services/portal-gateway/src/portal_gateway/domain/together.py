"""What fails together: targets that hang on what their own number hangs on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import (
    Outage,
    Picture,
    Range,
    find_block,
    is_block,
)


@dataclass(frozen=True, slots=True)
class Together:
    """A number and its target under the same element: both may fail at once."""

    entry: Entry
    target: str
    places: tuple[str, ...]
    """The elements that both hang on."""


def fail_together(picture: Picture, listed: Iterable[Entry]) -> list[Together]:
    """Return the armed entries whose target would fail with them."""
    return list(_shared(picture, listed))


def target_outage(picture: Picture, entry: Entry) -> Outage | None:
    """Return the open outage that takes calls from the entry's target."""
    target = entry.target_in_effect or entry.rule.target
    places = picture.places_of(line_of(picture, target)) if target else frozenset()
    for outage in picture.outages:
        if not outage.voice_reachable and outage.places & places:
            return outage
    return None


def line_of(picture: Picture, number: str | None) -> str | None:
    """Return the line of a number that is the customer's own."""
    if number is None:
        return None
    span: Range = (number, number)
    option = picture.options.get(span)
    if option is None or not option.enabled:
        block = find_block(picture.blocks, number)
        option = picture.options[block] if block else None
    return option.line if option and option.enabled else None


def _shared(picture: Picture, listed: Iterable[Entry]) -> Iterator[Together]:
    lines: dict[str | None, str | None] = {}
    for entry in listed:
        target = entry.rule.target
        if not entry.is_armed or target is None:
            continue
        if target not in lines:
            lines[target] = line_of(picture, target)
        line = lines[target]
        if line is None:
            continue
        places = picture.places_of(entry.line) & picture.places_of(line)
        if places:
            yield Together(entry, target, tuple(sorted(places)))


def own_rules_inside(listed: Iterable[Entry]) -> dict[Range, int]:
    """Count for each block the numbers in it that have a rule of their own."""
    counted: dict[Range, int] = {}
    for entry in listed:
        if entry.block and entry.source == "own" and not is_block(entry.span):
            counted[entry.block] = counted.get(entry.block, 0) + 1
    return counted
