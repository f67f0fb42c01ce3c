"""Outages as they touch a customer, and what would happen if a line failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Connection
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Outage, Picture, Window
from portal_gateway.domain.listing import is_here
from portal_gateway.domain.refused import not_found
from portal_gateway.domain.situation import own_counts
from portal_gateway.store import diversions, maintenance, outages, picture
from portal_gateway.usecases.gateway import Gateway

MOST_OUTAGES = 500

Counted = tuple[Entry, int]
"""An entry, and how many numbers are its own."""


@dataclass(frozen=True, slots=True)
class Touched:
    """An outage, what it means to the customer, and how many numbers it diverted."""

    outage: Outage
    places: list[str]
    lines: list[str]
    """His own: people know them, and not what stands above."""
    numbers_forwarded: int


@dataclass(frozen=True, slots=True)
class Unprotected:
    """Numbers whose calls are lost while the line is down, and why."""

    entry: Entry
    numbers: int
    reason: str


async def all_of(gateway: Gateway, customer: str) -> list[Touched]:
    """Return the outages that touch the customer's lines: open first, then newest."""
    async with gateway.transaction() as connection:
        places = await outages.places_of(connection, customer, gone=True)
        here = await outages.places_of(connection, customer, gone=False)
        found = await outages.touching(connection, places, limit=MOST_OUTAGES)
        touched = [one for one in found if not one.is_open or one.touched & here]
        return await _touched(connection, customer, places, touched, gateway.now())


def found_diverted(found: Sequence[Touched]) -> frozenset[str]:
    """Return the past ones that found others' diversions and began none."""
    diverting = [one for one in found if one.numbers_forwarded]
    return frozenset(
        one.outage.id
        for one in found
        if not (one.numbers_forwarded or one.outage.is_open)
        and any(
            _meets(one.outage, by.outage) and not set(one.lines).isdisjoint(by.lines)
            for by in diverting
        )
    )


def _meets(one: Outage, other: Outage) -> bool:
    """Tell whether there was a time when both lasted."""
    begins, ends = max(one.since, other.since), [one.cleared_at, other.cleared_at]
    return all(end is None or begins <= end for end in ends)


async def ahead(gateway: Gateway, customer: str) -> list[tuple[Window, list[str]]]:
    """Return the work that is planned at the customer's lines, next first."""
    async with gateway.transaction() as connection:
        places = await outages.places_of(connection, customer, gone=False)
        found = await maintenance.ahead(connection, places, gateway.now())
    return [(window, sorted(window.places & places)) for window in found]


async def one(gateway: Gateway, customer: str, outage_id: str) -> Touched:
    """Return one outage; raises Refused where it touches nothing of the customer."""
    async with gateway.transaction() as connection:
        places = await outages.places_of(connection, customer, gone=True)
        outage = await outages.one(connection, outage_id)
        if outage is None or not outage.touched & places:
            raise not_found()
        now = gateway.now()
        return (await _touched(connection, customer, places, [outage], now))[0]


async def coverage(gateway: Gateway, customer: str) -> tuple[int, list[Unprotected]]:
    """Return how many numbers are protected, and those that are not."""
    async with gateway.transaction() as connection:
        known = await picture.of_customer(connection, customer, at=gateway.now())
    listed = entry_rules.entries(known)
    protected, bare = 0, []
    for entry, count in zip(listed, own_counts(listed), strict=True):
        if entry.is_armed:
            protected += count
        elif count:
            bare.append(Unprotected(entry, count, reason_of(entry)))
    return protected, bare


async def what_if(gateway: Gateway, customer: str, line: str) -> list[Counted]:
    """Return the entries whose calls would move if the line failed."""
    async with gateway.transaction() as connection:
        known = await picture.of_customer(connection, customer, at=gateway.now())
    return hanging_on(known, entry_rules.entries(known), line)


def hanging_on(known: Picture, listed: Sequence[Entry], place: str) -> list[Counted]:
    """
    Return what hangs on a place; raises Refused where nothing of his does.

    A block counts without the numbers in it that are listed, here or elsewhere.
    """
    places = set(known.lines).union(*known.lines.values())
    fates = {line: place in known.places_of(line) for line in _lines(listed)}
    hit = [
        (one, numbers)
        for one, numbers in zip(listed, own_counts(listed), strict=True)
        if is_here(one) and fates[one.line]
    ]
    if place not in places and not hit:
        raise not_found()
    return hit


def _lines(listed: Sequence[Entry]) -> set[str | None]:
    return {entry.line for entry in listed}


def reason_of(entry: Entry) -> str:
    """Return why calls to the entry would be lost."""
    if entry.opens_on:
        return "not_open_yet"
    if entry.ported_out:
        return "ported_out"
    if entry.is_barred:
        return "target_barred"
    if entry.rule.target is None and entry.source != "own":
        return "no_target"
    return "switched_off" if entry.rule.target or entry.block else "no_target"


async def _touched(
    connection: Connection,
    customer: str,
    places: frozenset[str],
    found: list[Outage],
    now: datetime,
) -> list[Touched]:
    until = {outage.id: outage.cleared_at or now for outage in found}
    lines = await outages.lines_of(connection, customer)
    counts = await diversions.count_of(connection, customer, until)
    return [
        Touched(
            outage,
            sorted((outage.touched | outage.places) & places),
            touched_lines(outage, lines),
            counts.get(outage.id, 0),
        )
        for outage in found
    ]


def touched_lines(
    outage: Outage, lines: Iterable[tuple[str, frozenset[str], bool]]
) -> list[str]:
    """Return the customer's lines that it touches, or touched if it is over."""
    return sorted(
        {
            line
            for line, places, is_gone in lines
            if not (places.isdisjoint(outage.touched) or (is_gone and outage.is_open))
        }
    )
