"""The report of an outage for one customer."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chassis.postgres import Connection
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain import report as rules
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Outage, Picture, Range, is_block
from portal_gateway.domain.refused import not_found
from portal_gateway.domain.report import Bare, Failure, Interval, Report
from portal_gateway.domain.situation import own_counts
from portal_gateway.store import apart, diversions, outages, picture
from portal_gateway.store.apart import Stretch
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.outages import reason_of, touched_lines

AFTER = timedelta(minutes=30)
"""How long after its end a failure may still belong to the outage."""


async def of_outage(gateway: Gateway, customer: str, outage_id: str) -> Report:
    """Return the report; raises Refused where the outage touches nothing of his."""
    async with gateway.transaction() as connection:
        places = await outages.places_of(connection, customer, gone=True)
        outage = await outages.one(connection, outage_id)
        if outage is None or not outage.touched & places:
            raise not_found()
        return await _told(gateway, connection, customer, outage)


async def _told(
    gateway: Gateway, connection: Connection, customer: str, outage: Outage
) -> Report:
    now = gateway.now()
    known = await picture.of_customer(connection, customer, at=now)
    lines = touched_lines(outage, await outages.lines_of(connection, customer))
    flips = await diversions.flips_of(connection, customer, outage.id, lines)
    failures = await diversions.failures_of(
        connection,
        customer,
        lines,
        outage.since,
        (outage.cleared_at or now) + AFTER,
    )
    detected = await outages.detected_at(connection, outage.id)
    found = rules.during(rules.intervals(flips), outage, now)
    gone = await _apart(connection, customer, outage, found, now)
    return Report(
        outage=outage,
        places=tuple(lines),
        steps=rules.steps(outage, found, detected),
        intervals=tuple(rules.without(found, gone)),
        failures=tuple(failures),
        bare=()
        if outage.voice_reachable or detected is None
        else tuple(_bare(known, outage, lines, found, failures)),
        longest_wait=rules.longest_wait(found, outage, detected),
        numbers=rules.count(found, gone),
    )


async def _apart(
    connection: Connection,
    customer: str,
    outage: Outage,
    found: list[Interval],
    now: datetime,
) -> frozenset[str]:
    """Return the numbers that were not diverted with their blocks."""
    until = outage.cleared_at or now
    blocks = [
        Stretch(outage.id, one.span, one.began, until)
        for one in found
        if is_block(one.span)
    ]
    return await apart.numbers(connection, customer, blocks)


def _bare(
    known: Picture,
    outage: Outage,
    lines: list[str],
    found: list[Interval],
    failures: Iterable[Failure],
) -> list[Bare]:
    """Return the numbers on the lines that rang nowhere; armed ones soon will."""
    diverted: set[Range] = {one.span for one in found}
    failed = {one.span: one.code for one in failures}
    listed = entry_rules.entries(known)
    return [
        Bare(entry.span, count, _why(entry, outage, failed))
        for entry, count in zip(listed, own_counts(listed), strict=True)
        if count
        and entry.line in lines
        and entry.opens_on is None
        and not entry.ported_out
        and entry.span not in diverted
        and not (entry.is_armed and (outage.is_open or entry.block in diverted))
    ]


def _why(entry: Entry, outage: Outage, failed: Mapping[Range, str]) -> str | None:
    if not entry.is_armed:
        return reason_of(entry)
    if outage.kind == "planned" and not entry.rule.follows_planned_work:
        return "not_planned"
    return failed.get(entry.span) or (failed.get(entry.block) if entry.block else None)
