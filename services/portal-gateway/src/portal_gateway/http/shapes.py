"""How entries and outages look in JSON."""

from datetime import datetime
from typing import Annotated, overload

from pydantic import BaseModel
from typing_extensions import TypedDict

from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Cause, Outage, Range, Setting, is_block
from portal_gateway.http.answering import (
    Day,
    Moment,
    Number,
    NumberKind,
    OutageKind,
    answer,
    one_of,
)
from portal_gateway.usecases.outages import Touched


class Begun(BaseModel):
    """A session began; fields that say `true` name what comes before all else."""

    must_change_credentials: bool
    second_factor_required: bool | None = None
    """Only there, and true, where a code of the second factor is asked for first."""


@answer
class RuleShape(TypedDict):
    """The rule that holds, and whose it is."""

    enabled: bool
    """Armed (»Aktiv«): calls go to the target once there is a cause."""
    target: Number | None
    source: Annotated[str, one_of("own", "block", "none")]
    keep_extension: bool
    """The target is the first number of a block of the same size."""
    fallback_target: Number | None
    """Where calls go while the target's own line is down."""
    follows_planned_work: bool
    line_first: bool
    """Calls try the line first, also while it is down."""


@answer
class CauseShape(TypedDict):
    """Why calls go elsewhere."""

    type: Annotated[str, one_of("outage", "drill", "manual")]
    id: str
    since: Moment


@answer
class EntryOutage(TypedDict):
    """The outage that touches the number now."""

    id: str
    kind: OutageKind
    since: Moment
    estimated_end: Moment | None
    voice_reachable: bool
    """Calls get through, so nothing is diverted."""
    clears_at: Moment | None
    """It works again, and is over then unless it fails before."""
    flapping: bool


@answer
class EntryShape(TypedDict):
    """One number or block."""

    number: Number
    """Of a block its first."""
    kind: NumberKind
    last: Number | None
    """The last number of a block."""
    line: str | None
    extension: str | None
    """The inner number that a hosted PBX shows."""
    block: Number | None
    """The first number of the block in which a number lies."""
    rule: RuleShape
    state: Annotated[str, one_of("inactive", "ready", "pending", "diverted", "failed")]
    """`failed`: the network does not do what the rule says, and `code` says why."""
    pending: bool
    """A change waits to be taken over, also while the state says something else."""
    since: Moment | None
    target_in_effect: Number | None
    """Where calls go now."""
    causes: list[CauseShape]
    opens_on: Day | None
    """The day on which a number that is not open yet is to come."""
    outage: EntryOutage | None
    ported_out: bool
    code: str | None
    """Why it failed or is without effect: `target_held`, `customer_held`, …"""
    version: int
    """For `If-Match`."""


@answer
class EntryList(TypedDict):
    """All entries, or a page of them."""

    forwardings: list[EntryShape]
    next_cursor: str | None
    """Where the next page begins; null: this was the last."""
    all_held: bool
    """Staff hold every forwarding off: nothing is diverted, whatever a state says."""


@answer
class OutageShape(EntryOutage):
    """An outage as it touches the customer."""

    state: Annotated[str, one_of("open", "closed")]
    cleared_at: Moment | None
    reason: str | None
    """How it ended: `recovered`, `withdrawn` (a false alarm), `suppressed`, …"""
    note: str | None
    places: list[str]
    """The customer's lines, and elements above them, that it touches or touched."""
    numbers_forwarded: int
    """How many numbers it began to divert, a block with all that went along."""


@answer
class OutageList(TypedDict):
    """Open outages first, then the newest."""

    outages: list[OutageShape]


def entry(one: Entry) -> EntryShape:
    """Return an entry of the configurator."""
    return {
        "number": one.span[0],
        "kind": kind(one.span),
        "last": last(one.span),
        "line": one.line,
        "extension": one.extension,
        "block": one.block[0] if one.block else None,
        "rule": rule(one.rule, one.source),
        "state": one.state,
        "pending": one.asked_at is not None,
        "since": moment(one.since),
        "target_in_effect": one.target_in_effect,
        "causes": [cause(each) for each in one.causes],
        "opens_on": one.opens_on.isoformat() if one.opens_on else None,
        "outage": entry_outage(one.outage) if one.outage else None,
        "ported_out": one.ported_out,
        "code": one.code,
        "version": one.version,
    }


def rule(setting: Setting, source: str) -> RuleShape:
    """Return a rule and whose it is."""
    return {
        "enabled": setting.enabled,
        "target": setting.target,
        "source": source,
        "keep_extension": setting.keep_extension,
        "fallback_target": setting.fallback_target,
        "follows_planned_work": setting.follows_planned_work,
        "line_first": setting.line_first,
    }


def cause(one: Cause) -> CauseShape:
    """Return a cause."""
    return {"type": one.type, "id": one.id, "since": moment(one.since)}


def entry_outage(one: Outage) -> EntryOutage:
    """Return the outage beside an entry."""
    return {
        "id": one.id,
        "kind": one.kind,
        "since": moment(one.since),
        "estimated_end": moment(one.estimated_end),
        "voice_reachable": one.voice_reachable,
        "clears_at": moment(one.clears_at),
        "flapping": one.flapping,
    }


def outage(touched: Touched) -> OutageShape:
    """Return an outage as the customer sees it."""
    one = touched.outage
    return {
        **entry_outage(one),
        "state": "open" if one.is_open else "closed",
        "cleared_at": moment(one.cleared_at),
        "reason": one.reason,
        "note": one.note,
        "places": touched.places,
        "numbers_forwarded": touched.numbers_forwarded,
    }


def kind(span: Range) -> str:
    """Return whether a range is a number or a block."""
    return "block" if is_block(span) else "number"


def last(span: Range) -> str | None:
    """Return the last number of a block."""
    return span[1] if is_block(span) else None


@overload
def moment(at: datetime) -> str: ...
@overload
def moment(at: datetime | None) -> str | None: ...
def moment(at: datetime | None) -> str | None:
    """Return a moment in UTC, as RFC 3339 writes it."""
    return at.isoformat().replace("+00:00", "Z") if at else None
