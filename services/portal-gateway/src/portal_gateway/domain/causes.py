"""Why a number is diverted, or soon will be, and the outage that explains it."""

from collections.abc import Collection, Iterator

from portal_gateway.domain.facts import (
    Applied,
    Cause,
    Option,
    Outage,
    Picture,
    Range,
    Setting,
    Started,
    is_block,
)
from portal_gateway.domain.ruling import rule_of


def running(picture: Picture, span: Range) -> Iterator[Started]:
    """Yield what a person started for this range, until it or the option ended."""
    for started in picture.started.get(span, ()):
        is_over = started.ends_at is not None and started.ends_at <= picture.now
        if not is_over and not picture.has_ended(span, since=started.cause.since):
            yield started


def stands_apart(
    picture: Picture, span: Range, option: Option, block: Range | None
) -> bool:
    """Tell whether the network tells of just this number, and not with its block."""
    wish = rule_of(picture, span)
    is_ruled = wish is not None and wish.in_force is not None
    has_moved = block is not None and picture.options[block].line != option.line
    return is_ruled or has_moved or any(running(picture, span))


def apart_of(picture: Picture, blocks: Collection[Range]) -> set[Range]:
    """Return the numbers that lie in one of these blocks, but do not go with it."""
    found = set()
    for span in {*picture.options, *picture.wishes}:
        block = None if is_block(span) else picture.block_of(span[0])
        if block is None or block not in blocks:
            continue
        option = picture.options.get(span, picture.options[block])
        if not option.enabled or stands_apart(picture, span, option, block):
            found.add(span)
    return found


def causes_of(
    picture: Picture,
    span: Range,
    block: Range | None,
    line: str | None,
    applied: Applied | None,
    rule: Setting,
) -> tuple[Cause, ...]:
    """Return what was applied for and lasts, and what began since and will be."""
    told = applied.causes if applied and applied.in_effect else ()
    places = picture.places_of(line)
    now = {
        outage.id: Cause("outage", outage.id, outage.since)
        for outage in picture.outages
        if outage.places & places
        and not outage.voice_reachable
        and (rule.follows_planned_work or outage.kind != "planned")
    }
    gone = picture.closed | {outage.id for outage in picture.outages} - now.keys()
    alive = [cause for cause in told if not _is_over(picture, cause, gone, span, block)]
    found = {_identity(cause): cause for cause in (*now.values(), *alive)}
    for at in (span, block):
        for started in running(picture, at) if at else ():
            found.setdefault(_identity(started.cause), started.cause)
    causes = found.values() or told  # all over: until the network stopped, too
    return tuple(sorted(causes, key=lambda cause: (cause.since, cause.id)))


def _is_over(
    picture: Picture, cause: Cause, gone: Collection[str], *spans: Range | None
) -> bool:
    if cause.type == "outage":
        return cause.id in gone
    return any(span and (span, cause.type) in picture.stopped for span in spans)


def _identity(cause: Cause) -> tuple[str, str]:
    return cause.type, cause.id if cause.type == "outage" else ""


def loses_calls(outage: Outage | None) -> bool:
    """Tell whether calls that nothing diverts do not arrive now."""
    return outage is not None and not (outage.voice_reachable or outage.clears_at)


def outage_of(picture: Picture, line: str | None) -> Outage | None:
    """Return the open outage that explains most: one that takes calls, the oldest."""
    places = picture.places_of(line)
    touching = [outage for outage in picture.outages if outage.places & places]
    return min(
        touching,
        key=lambda outage: (
            outage.voice_reachable,
            not loses_calls(outage),
            outage.since,
            outage.id,
        ),
        default=None,
    )


def lines_at(known: Picture, places: frozenset[str]) -> list[str]:
    """Return the customer's lines at or below these places."""
    return sorted(line for line, its in lines_of(known).items() if its & places)


def lines_of(known: Picture) -> dict[str, frozenset[str]]:
    """Return the customer's lines, each with all that it hangs on."""
    of_options = {option.line for option in known.options.values() if option.line}
    return {line: known.places_of(line) for line in {*known.lines, *of_options}}
