"""What happened: to all numbers, and why one of them is as it is."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NotRequired

from fastapi import Query, Request
from pydantic import BeforeValidator
from typing_extensions import TypedDict

from portal_gateway import texts
from portal_gateway.domain.facts import last_of_target
from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, Number, answer, one_of
from portal_gateway.http.forwardings import Reading, canonical
from portal_gateway.http.people import For, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import CauseShape, EntryShape, RuleShape
from portal_gateway.store.history import Filter
from portal_gateway.usecases import story
from portal_gateway.usecases.story import Why


def _no_seconds(day: object) -> object:
    if isinstance(day, str) and "-" not in day:
        raise ValueError("not a date")
    return day


Day = Annotated[date, BeforeValidator(_no_seconds)]
"""A date as it is written; seconds since 1970 would pass for one, too."""
router = new_router("history")


@answer
class Happened(TypedDict):
    """A change that somebody made, or what the network did with calls."""

    at: Moment
    type: Annotated[str, one_of("change", "forwarding")]
    number: Number | None
    last: Number | None
    """The last number of a block."""
    detail: dict[str, Any]
    """Of a change of a rule how it was (`before`) and is (`rule`); more by `action`."""
    action: NotRequired[str]
    """Of a change: what was done."""
    actor: NotRequired[str | None]
    """Of a change: by whom."""
    reason: NotRequired[str]
    """Of a forwarding: why it began or ended."""
    target: NotRequired[Number | None]
    """Of a forwarding: where calls went from then on, or until then."""
    target_last: NotRequired[Number | None]
    """Of a forwarding: the last number of a target that is a block."""
    in_effect: NotRequired[bool]
    """Of a forwarding: whether calls went elsewhere from then on."""
    outage_id: NotRequired[str | None]
    """Of a forwarding: the outage that began or ended it."""


@answer
class History(TypedDict):
    """A page of what happened, newest first."""

    history: list[Happened]
    next_cursor: str | None
    """Where the next page begins; null: this was the last."""


@answer
class SetRule(RuleShape):
    """The rule that holds, and who set it."""

    set_by: str | None
    set_at: Moment | None


@answer
class WhyShape(TypedDict):
    """Why a number is as it is."""

    forwarding: EntryShape
    causes: list[CauseShape]
    rule: SetRule
    sentences: list[str]
    """The same in words."""


@router.get("/history")
async def show_history(
    acting: For,
    gateway: Running,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    number: Annotated[str | None, Query(max_length=40)] = None,
    only: Annotated[Literal["change", "forwarding"] | None, Query(alias="type")] = None,
    since: Annotated[Day | None, Query(description="First day")] = None,
    until: Annotated[Day | None, Query(description="Last day")] = None,
) -> History:
    """Tell who changed what, and what was forwarded when: newest first."""
    begin, end = story.between(since, until)
    named = canonical(number) if number else None
    wanted = Filter(number=named, type=only, since=begin, until=end)
    page = await story.history_page(gateway, acting.customer, cursor, limit, wanted)
    return {
        "history": [_happened(row) for row in page.rows],
        "next_cursor": page.next_cursor,
    }


@router.get("/forwardings/{number}/why")
async def why(named: Reading, request: Request, gateway: Running) -> WhyShape:
    """Tell in sentences why a number is as it is: causes, rule, and who set it."""
    told = await story.why(gateway, named)
    language = texts.language_of(request.headers.get("accept-language"))
    return {
        "forwarding": shapes.entry(told.entry),
        "causes": [shapes.cause(cause) for cause in told.entry.causes],
        "rule": {
            **shapes.rule(told.entry.rule, told.entry.source),
            "set_by": told.set_by,
            "set_at": shapes.moment(told.set_at),
        },
        "sentences": _sentences(told, language),
    }


def _sentences(told: Why, language: texts.Language) -> list[str]:
    entry = told.entry
    is_without_effect = entry.is_barred and entry.state == "failed"
    state = entry.state
    if is_without_effect:
        state = "barred"
    elif entry.target_is_down:
        state = "target_down"
    first, *others = texts.story(
        (state, *entry.states[1:]),
        [(cause.type, cause.id, cause.since) for cause in entry.causes],
        source=entry.source,
        target=(told.target, told.target_last),
        since=entry.since,
        set_by=told.set_by,
        set_at=told.set_at,
        language=language,
    )
    if is_without_effect and entry.code:
        others.insert(0, texts.say(entry.code, language, {}).detail)
    return [first, *others]


def _happened(row: Mapping[str, Any]) -> Happened:
    is_block = row["number"] != row["last"]
    shown: Happened = {
        "at": shapes.moment(row["at"]),
        "type": row["type"],
        "number": row["number"],
        "last": row["last"] if is_block else None,
        "detail": json.loads(row["detail"]),
    }
    if row["type"] == "change":
        return {**shown, "action": row["action"], "actor": row["actor"]}
    return {
        **shown,
        "reason": row["action"],
        "target": row["target"],
        "target_last": last_of_target(
            (row["number"], row["last"]), row["target"], keeps=row["keep_extension"]
        ),
        "in_effect": row["in_effect"],
        "outage_id": row["outage_id"],
    }
