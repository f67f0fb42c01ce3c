"""»Was wäre, wenn …«: a line fails in thought, by the rules that work in earnest."""

from collections import defaultdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.event import LONGEST_NAME
from portal_gateway.domain.facts import Picture
from portal_gateway.domain.ranges import size
from portal_gateway.domain.together import fail_together, line_of
from portal_gateway.pages.configurator import HOME
from portal_gateway.pages.rows import rows
from portal_gateway.pages.visit import Customer
from portal_gateway.usecases import outages
from portal_gateway.usecases.outages import Counted

router = APIRouter()

MOST_SHOWN: Final = 100


@router.get(HOME + "/was-waere-wenn")
async def show(
    visit: Customer, leitung: Annotated[str, Query(max_length=LONGEST_NAME)] = ""
) -> Response:
    """Choose a line or what is above it, and see who would be reached where."""
    known = await visit.overview()
    lines = sorted({entry.line for entry in known.entries if entry.line})
    above = frozenset().union(*(known.picture.places_of(line) for line in lines))
    place = leitung or (lines[0] if len(lines) == 1 else "")
    context: dict[str, Any] = {
        "lines": lines,
        "elements": sorted(above - set(lines)),
        "place": place,
        "together": fail_together(known.picture, known.entries),
        "told": None,
    }
    if place:
        hit = outages.hanging_on(known.picture, known.entries, place)
        context["told"] = _told(known.picture, hit, place)
        context["bare"] = rows(
            known, [e for e, _ in hit if not e.is_armed][:MOST_SHOWN]
        )
    return await visit.page("what_if.html", **context)


def _told(picture: Picture, hit: list[Counted], place: str) -> dict[str, Any]:
    """Add up where calls would go, and whose would be lost."""
    goes: defaultdict[tuple[str, bool, int], int] = defaultdict(int)
    lost = 0
    for entry, n in hit:
        if not entry.is_armed or entry.rule.target is None:
            lost += n
            continue
        target, fallback = entry.rule.target, entry.rule.fallback_target
        width = size(entry.span) if entry.rule.keep_extension else 1
        fails = _fails(picture, target, place)
        if fails and fallback and not _fails(picture, fallback, place):
            target, width, fails = fallback, 1, False
        goes[(target, fails, width)] += n
    told = [
        {"target": target, "last": _last(target, width), "fails": fails, "n": n}
        for (target, fails, width), n in goes.items()
    ]
    told.sort(key=lambda one: -int(str(one["n"])))
    fails_too = sum(int(str(one["n"])) for one in told if one["fails"])
    reached = sum(goes.values()) - fails_too
    return {
        "goes": told,
        "lost": lost,
        "fails": fails_too,
        "reached": reached,
        "total": reached + fails_too + lost,
    }


def _fails(picture: Picture, target: str, place: str) -> bool:
    line = line_of(picture, target)
    return line is not None and place in picture.places_of(line)


def _last(target: str, width: int) -> str:
    return f"+{int(target[1:]) + width - 1}"
