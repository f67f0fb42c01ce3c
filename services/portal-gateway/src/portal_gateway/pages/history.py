"""What happened: who changed what, and what was diverted when."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.phone_number import group
from contracts.refusal import Refusal
from contracts.written_number import read_number
from portal_gateway.domain.facts import Range, last_of_target
from portal_gateway.domain.refused import Refused
from portal_gateway.pages.formats import spoken
from portal_gateway.pages.visit import Customer, Visit
from portal_gateway.store.history import Filter
from portal_gateway.texts.pages import WORDS
from portal_gateway.usecases import story

router = APIRouter()

A_PAGE: Final = 50
FLAGS: Final = ("enabled", "keep_extension", "follows_planned_work", "line_first")
FIELDS: Final = ("enabled", "target", *FLAGS[1:], "fallback_target")
Text = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history, in words."""

    at: datetime
    title: str
    actor: str | None
    number: str | None
    last: str | None
    changes: tuple[tuple[str, str, str], ...] = ()
    """Of each field that changed: its name, before, after."""
    target: str | None = None
    target_last: str | None = None
    """The last number of a target that is a block."""
    note: str | None = None
    outage: str | None = None
    imported: str | None = None
    diverted: bool | None = None


@router.get("/verlauf")
async def show_history(
    visit: Customer,
    nummer: str = "",
    was: Text = "",
    von: Text = "",
    bis: Text = "",
    ab: Text = "",
) -> Response:
    """Show a page of the history, filtered as asked."""
    asked = {"nummer": nummer, "was": was, "von": von, "bis": bis}
    number, problem = _number(visit, nummer)
    since, until = story.between(_day(von), _day(bis))
    wanted = Filter(
        number=number,
        type="change"
        if was == "change"
        else "forwarding"
        if was == "forwarding"
        else None,
        since=since,
        until=until,
    )
    rows: list[Happened] = []
    older = None
    if problem is None:
        page = await _page(visit, ab or None, wanted)
        rows = [_happened(visit, row) for row in page.rows]
        if page.next_cursor:
            older = "/verlauf?" + urlencode({**asked, "ab": page.next_cursor})
    return await visit.page(
        "history.html",
        rows=rows,
        asked=asked,
        problem=problem,
        older=older,
        filtered=any(asked.values()),
    )


async def _page(visit: Visit, cursor: str | None, wanted: Filter) -> story.Page:
    try:
        return await story.history_page(
            visit.gateway, visit.customer, cursor, A_PAGE, wanted
        )
    except Refused:  # a cursor that somebody made up: begin anew
        return await story.history_page(
            visit.gateway, visit.customer, None, A_PAGE, wanted
        )


def _number(visit: Visit, text: str) -> tuple[str | None, str | None]:
    if not text.strip():
        return None, None
    read = read_number(text)
    if isinstance(read, Refusal):
        return None, visit.say("history.bad_number")
    return read.number, None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _happened(visit: Visit, row: Mapping[str, Any]) -> Happened:
    if row["type"] == "forwarding":
        return _flipped(visit, row)
    detail = json.loads(row["detail"])
    number, last = span = row["number"], row["last"]
    key = f"history.{row['action']}"
    return Happened(
        at=row["at"],
        title=visit.say(key if key in WORDS else "history.other"),
        actor=row["actor"],
        number=number,
        last=last,
        changes=tuple(_changes(visit, span, detail)),
        note=_note(visit, row["action"], detail),
        imported=detail.get("import") or detail.get("undo"),
    )


def _flipped(visit: Visit, row: Mapping[str, Any]) -> Happened:
    number, last = span = row["number"], row["last"]
    target = row["target"] if row["in_effect"] else None
    reason = f"history.reason.{row['action']}"
    return Happened(
        at=row["at"],
        title=visit.say("history.diverted" if row["in_effect"] else "history.home"),
        actor=None,
        number=number,
        last=last,
        target=target,
        target_last=last_of_target(span, target, keeps=row["keep_extension"]),
        note=visit.say(reason) if reason in WORDS else None,
        outage=row["outage_id"],
        diverted=row["in_effect"],
    )


def _changes(
    visit: Visit, span: Range, detail: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    before, after = detail.get("before"), detail.get("rule")
    if before is None or after is None:
        return
    for name in FIELDS:
        # What was noted before a field was there does not name it: no is no.
        if (before.get(name) or None) != (after.get(name) or None):
            shown = [_value(visit, name, span, side) for side in (before, after)]
            yield visit.say(f"history.field.{name}"), shown[0], shown[1]


def _value(visit: Visit, name: str, span: Range, rule: Mapping[str, Any]) -> str:
    value = rule.get(name)
    if name == "enabled":
        return visit.say("history.on" if value else "history.off")
    if name in FLAGS:
        return visit.say("word.yes" if value else "word.no")
    keeps = name == "target" and bool(rule.get("keep_extension"))
    last = last_of_target(span, value, keeps=keeps)
    return spoken(value, last) if value else visit.say("history.none")


def _note(visit: Visit, action: str, detail: Mapping[str, Any]) -> str | None:
    if action.startswith("import_"):
        return visit.say(
            "history.import_counts",
            file=detail.get("file") or visit.say("imports.unnamed"),
            done=detail.get("done", 0),
            failed=detail.get("failed", 0),
        )
    if action.startswith("contact_"):
        return group(str(detail.get("address", "")))
    if "import" in detail or "undo" in detail:
        return visit.say("history.from_import")
    return None
