"""Taking a change back: what was before travels with the notice, and comes back."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from portal_gateway.domain.facts import Range, Setting, is_block
from portal_gateway.domain.refused import Refused
from portal_gateway.http.forwardings import canonical
from portal_gateway.pages import refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Customer, Form, Sent
from portal_gateway.usecases import many
from portal_gateway.usecases.many import Change

router = APIRouter()

PATH: Final = "/konfigurator/rueckgaengig"
LONGEST: Final = 900_000


def written(before: Iterable[tuple[Range, Setting | None]]) -> str:
    """Write what was before; equal rules are written once."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for span, rule in before:
        key = json.dumps(asdict(rule) if rule else None)
        groups[key].append("-".join(span) if is_block(span) else span[0])
    return json.dumps([[json.loads(rule), spans] for rule, spans in groups.items()])


def read(text: str) -> list[Change]:
    """Return the changes that take it back; raises Refused for anything else."""
    try:
        return [
            Change(_span(span), None if rule is None else _rule(rule))
            for rule, spans in _list(json.loads(text))
            for span in spans
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise Refused("invalid_form") from error


def _list(groups: object) -> list[Any]:
    if not isinstance(groups, list):
        raise TypeError
    return groups


def _span(text: str) -> Range:
    first, _, last = text.partition("-")
    return canonical(first), canonical(last or first)


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of a rule, each of its own type."""
    target, fallback = rule["target"], rule["fallback_target"]
    if not all(text is None or isinstance(text, str) for text in (target, fallback)):
        raise TypeError
    flags = ("enabled", "keep_extension", "follows_planned_work")
    return {
        "target": target,
        "fallback_target": fallback,
        **{name: bool(rule[name]) for name in flags},
        # A page that was open before it was there does not name it.
        "line_first": bool(rule.get("line_first")),
    }


@router.post(PATH)
async def take_back(visit: Customer, form: Sent) -> Response:
    """Set the rules as they were; the list hears of it by itself."""
    changes = read(form.get("undo", longest=LONGEST))
    done = await many.change(visit.gateway, visit.who, changes)
    refused = sum(1 for one in done if one.refused)
    key = "saved.undone.some" if refused else "saved.undone"
    notice = Notice(key, {"refused": refused}, kind="info")
    if not visit.is_fragment:
        return visit.go(back_of(form, "/konfigurator"), notice)
    return HTMLResponse(visit.part("parts/noticed.html", notice=notice))


def back_of(form: Form, home: str) -> str:
    """Return where a form wants to go afterwards, if that is ours."""
    back = form.get("back")
    return back if back and refusals.is_own(back) else home
