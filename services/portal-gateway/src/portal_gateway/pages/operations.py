"""»Netzbetrieb«: what is down, with its evidence, planned work, and commands."""

import re
from collections import defaultdict
from datetime import datetime
from typing import Any, Final, cast, get_args

from fastapi import APIRouter
from starlette.responses import Response

from chassis.clock import BERLIN
from contracts.event import new_id
from contracts.operations import OutageCommand
from portal_gateway import texts
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.pages import refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Form, Operator, Sent, Visit
from portal_gateway.usecases import operations
from portal_gateway.usecases.operations import Order

router = APIRouter()

HERE: Final = "/netzbetrieb"
ACTIONS: Final = frozenset(get_args(OutageCommand))
KINDS: Final = ("fault", "planned", "degradation")
MOMENTS: Final = ("occurred_at", "estimated_end", "starts_at", "ends_at")
EXPLAINED: Final = frozenset(
    {"no_place", "nothing_to_change", "nothing_left", "end_is_past", "bad_window"}
    | {"unknown_outage", "outage_is_over", "unknown_window", "window_is_over"}
    | {"version_conflict", "time_out_of_range"}
)
"""Codes of refusals that the page says in the reader's words."""
MAY_BE_UNKNOWN: Final = ("estimated_end", "note")
"""What can be taken away again; beside each, `…_was` says what the form showed."""
FORMS: Final = {"declare": "declare", "plan": "plan"}
"""Which form of the page a command comes from; all others are an outage's own."""


@router.get(HERE)
async def show(visit: Operator) -> Response:
    """Show the board."""
    return await _page(visit)


@router.get(f"{HERE}/stand")
async def show_again(visit: Operator) -> Response:
    """Return what changes by itself: outages and answers; forms stay as they are."""
    board = await operations.board(visit.gateway)
    return visit.fragment("parts/operations.html", board=board, **_blank())


@router.post(f"{HERE}/befehl")
async def command(visit: Operator, form: Sent) -> Response:
    """Give a command; what it did shows as soon as outage-watcher says."""
    if form.get("action") not in ACTIONS:
        raise not_found()
    try:
        await operations.command(visit.gateway, visit.known, _order(form))
    except Refused as refused:
        said = texts.say(refused.code, visit.language, refused.facts)
        return await _page(
            visit,
            status=refusals.form_status(refused.code),
            section=FORMS.get(form.get("action"), form.get("subject")),
            problem=said.detail,
            typed=defaultdict(str, form.typed()),
        )
    return visit.go(HERE, Notice("operations.sent"))


async def _page(visit: Visit, *, status: int = 200, **told: Any) -> Response:
    board = await operations.board(visit.gateway)
    return await visit.page(
        "operations.html", status=status, board=board, **{**_blank(), **told}
    )


def _blank() -> dict[str, Any]:
    return {
        "section": "",
        "problem": None,
        "typed": defaultdict(str),
        "blank": defaultdict(str),
        "kinds": KINDS,
        "explained": EXPLAINED,
        "new_id": new_id,
        "field_time": _field_time,
    }


def _order(form: Form) -> Order:
    """Read a command; a field that is empty, or as it was shown, says nothing."""
    action = cast("OutageCommand", form.get("action"))
    news = {name: _news(form, name) for name in (*MOMENTS, "note")}
    more: dict[str, Any] = {name: _moment(news[name]) for name in MOMENTS}
    if form.get("kind") in KINDS:
        more["kind"] = form.get("kind")
    if action in {"plan", "replan"}:
        more["takes_service"] = bool(form.get("takes_service"))
        if not (more["starts_at"] and more["ends_at"]):
            raise Refused("time_unreadable")
    more["note"] = news["note"][:2000] or None
    if form.get("voice_reachable"):
        more["voice_reachable"] = True
    places = [part for text in form.all("places") for part in _split(text)]
    return Order(
        action=action,
        because=form.get("because")[:500],
        subject=form.get("subject", longest=255) or None,
        places=places,
        command_id=form.get("command_id")[:100] or None,
        more={name: value for name, value in more.items() if value is not None}
        | {"unset": _taken_away(form)},
    )


def _news(form: Form, name: str) -> str:
    """Return what was typed; nothing where it stood there already."""
    typed = form.get(name).strip()
    return "" if typed == form.get(f"{name}_was").strip() else typed


def _taken_away(form: Form) -> tuple[str, ...]:
    return tuple(
        name
        for name in MAY_BE_UNKNOWN
        if form.get(f"{name}_was").strip() and not form.get(name).strip()
    )


def _split(text: str) -> list[str]:
    """Read names, one a line or between commas; a space may be part of a name."""
    return re.split(r"[\n,;]", text)


def _moment(typed: str) -> datetime | None:
    """Read a day and time as people in Germany mean it; raises Refused."""
    if not typed.strip():
        return None
    try:
        read = datetime.fromisoformat(typed.strip())
    except ValueError as error:
        raise Refused("time_unreadable") from error
    return read if read.tzinfo else read.replace(tzinfo=BERLIN)


def _field_time(at: datetime | None) -> str:
    """Write a moment as a datetime field takes it."""
    return at.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M") if at else ""
