"""The page of one number or block: its state, its story, and all that can be done."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import is_block
from portal_gateway.domain.rehearsal import Happened, Rehearsal, last_rehearsal
from portal_gateway.domain.ringing import target_last
from portal_gateway.domain.together import fail_together
from portal_gateway.pages import why
from portal_gateway.pages.formats import spoken
from portal_gateway.pages.rows import Row, row, rows
from portal_gateway.pages.visit import Visit
from portal_gateway.store.history import Filter
from portal_gateway.texts.words import shared
from portal_gateway.usecases import story
from portal_gateway.usecases.forwardings import Named

MINUTES = (2, 5, 10, 30)
MOST_HISTORY = 200


def typed(shown: Row) -> dict[str, Any]:
    """Return what the form of a number shows at first."""
    rule = shown.entry.rule
    return {
        "row": shown,
        "typed": spoken(rule.target) if rule.target else "",
        "typed_fallback": spoken(rule.fallback_target) if rule.fallback_target else "",
        "enabled": rule.enabled or rule.target is None,
        "keep": rule.keep_extension,
        "planned": rule.follows_planned_work,
        "line_first": rule.line_first,
        "problem": None,
        "suggestion": None,
        "field": "",
    }


def now_set(visit: Visit, entry: Entry) -> str:
    """Say what is set, to whoever was about to set something else."""
    rule = entry.rule
    on = visit.say("row.active" if rule.enabled else "row.inactive")
    none = visit.say("row.no_target")
    target = spoken(rule.target, target_last(entry)) if rule.target else none
    return visit.say("conf.now", on=on, target=target)


async def page(
    visit: Visit, entry: Entry, *, status: int = 200, **form: Any
) -> Response:
    """Return the page; `form`: what was typed and why it was not taken."""
    context = await told(visit, entry)
    return await visit.page(
        "number.html", status=status, **{**context, **typed(context["row"]), **form}
    )


async def told(visit: Visit, entry: Entry) -> dict[str, Any]:
    """Return everything there is to tell of an entry."""
    known = await visit.overview()
    single = not is_block(entry.span)
    named = Named(visit.customer, entry.span[0], single=single)
    told_why = await story.why(visit.gateway, named)
    inside = [e for e in known.entries if e.block == entry.span and e.source == "own"]
    return {
        "row": row(known.picture, entry, len(inside)),
        "story": why.story(known.picture, entry, told_why.set_by, told_why.set_at),
        "inside": rows(known, inside),
        "rehearsal": await _rehearsal(visit, entry),
        "minutes": MINUTES,
        "together": fail_together(known.picture, [entry]),
    }


async def _rehearsal(visit: Visit, entry: Entry) -> Rehearsal | None:
    page = await story.history_page(
        visit.gateway,
        visit.customer,
        None,
        MOST_HISTORY,
        Filter(number=entry.span[0]),
    )
    return last_rehearsal(
        _happened(one) for one in page.rows if one["last"] == entry.span[1]
    )


def _happened(one: Mapping[str, Any]) -> Happened:
    return Happened(
        one["at"], one["action"], one["in_effect"], one["target"], one["actor"]
    )


def extension_of(block: Entry, extension: str) -> str | None:
    """Return the number of a block with this extension; None where it has none."""
    first, last = block.span
    digits = len(first) - len(shared(first, last))
    tail = extension.strip().zfill(digits)
    if not tail.isdecimal() or len(tail) >= len(first):
        return None
    number = first[: -len(tail)] + tail
    return number if first <= number <= last else None
