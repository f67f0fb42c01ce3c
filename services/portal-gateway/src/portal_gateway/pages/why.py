"""»Warum?«: the short story of a number, sentence by sentence."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from portal_gateway.domain.causes import lines_at
from portal_gateway.domain.entry import PARTIAL, Entry, arrival
from portal_gateway.domain.facts import Cause, Outage, Picture, is_block
from portal_gateway.domain.ringing import last_in_effect, target_last
from portal_gateway.domain.together import target_outage
from portal_gateway.pages.rows import Note, not_diverted

READY = {"voice": "why.ready", "planned": "why.stays", "soon": "why.soon"}
"""What is said of a number that is ready, by why it is not diverted."""


def story(
    picture: Picture, entry: Entry, set_by: str | None, set_at: datetime | None
) -> list[Note]:
    """Return what is so, because of what, by which rule, and who made it."""
    return [*_state(picture, entry), *_rule(entry, set_by, set_at)]


def _state(picture: Picture, entry: Entry) -> Iterator[Note]:
    target = _rule_target(entry)
    if entry.opens_on:
        yield f"why.{arrival(entry.opens_on, picture.today)}", {"day": entry.opens_on}
        return
    if entry.ported_out:
        yield "why.gone", {}
        return
    if entry.state == "diverted":
        yield from _diverted(picture, entry)
    elif entry.state == "failed" and entry.is_barred:
        yield "why.barred", target
    elif entry.state == "failed":
        why = "why.target_down" if entry.target_is_down else "why.failed"
        yield why, {"at": entry.since}
    elif entry.state == "pending":
        yield "why.pending", {"at": entry.since}
    elif entry.is_armed:
        why = not_diverted(entry.outage, entry) if entry.outage else "voice"
        yield READY[why], target
    elif entry.rule.target:
        yield "why.switched_off", target
    else:
        yield "why.no_target", {}
    if entry.waits:
        yield "why.pending", {"at": entry.asked_at}
    yield from _around(picture, entry)


def _rule_target(entry: Entry) -> dict[str, str | None]:
    return {"target": entry.rule.target, "last": target_last(entry)}


def _diverted(picture: Picture, entry: Entry) -> Iterator[Note]:
    now = {"target": entry.target_in_effect, "last": last_in_effect(picture, entry)}
    goes = now if entry.target_in_effect else _rule_target(entry)
    yield "why.diverted", {"at": entry.since, **goes}
    for cause in entry.causes:
        yield _because(picture, entry, cause)
    if entry.outage and entry.outage.clears_at:
        yield "why.recovering", {"at": entry.outage.clears_at}
    if entry.code == PARTIAL:
        yield "why.partial", {}


def _because(picture: Picture, entry: Entry, cause: Cause) -> Note:
    if cause.type != "outage":
        return f"why.because_{cause.type}", {"at": cause.since}
    # What diverts may be heard of before the outage, and may outlast it by a moment.
    outage = next((o for o in picture.outages if o.id == cause.id), None)
    return (
        ("why.because_outage", _facts(picture, entry, outage))
        if outage
        else ("why.because_fault", {"at": cause.since})
    )


def _facts(picture: Picture, entry: Entry, outage: Outage) -> dict[str, Any]:
    # It may have moved off the number's own line since.
    is_there = outage.places & picture.places_of(entry.line)
    theirs = [entry.line] if is_there else lines_at(picture, outage.places)
    return {
        "kind": outage.kind,
        "places": theirs or outage.places,
        "at": outage.since,
        "end": outage.estimated_end,
    }


def _around(picture: Picture, entry: Entry) -> Iterator[Note]:
    if entry.outage and entry.outage.voice_reachable:
        yield "why.voice", _facts(picture, entry, entry.outage)
    elif entry.outage and entry.state != "diverted":
        yield "why.outage", _facts(picture, entry, entry.outage)
    if entry.is_armed and (down := target_outage(picture, entry)):
        fallback = entry.rule.fallback_target
        key = "why.target_outage_fallback" if fallback else "why.target_outage"
        goes = {"target": fallback} if fallback else _rule_target(entry)
        yield key, {"at": down.since, **goes}
    is_flagged = entry.state != "failed" or entry.is_barred
    if entry.code not in {None, PARTIAL} and is_flagged:
        is_held = entry.code == "customer_held"
        yield ("why.held" if is_held else "why.flagged"), {"code": entry.code}


def _rule(entry: Entry, by: str | None, at: datetime | None) -> Iterator[Note]:
    block = {"first": entry.block[0], "last": entry.block[1]} if entry.block else {}
    off = entry.source == "own" and not entry.rule.is_armed
    if entry.source == "block":
        yield "why.rule_block", block
    elif entry.source == "own" and block:
        yield ("why.rule_off_in_block" if off else "why.rule_own_in_block"), block
    elif entry.source == "own":
        what = "block" if is_block(entry.span) else "number"
        yield f"why.rule_own_{what}", {}
    if by and at:
        yield "why.set_by", {"by": by, "at": at}
