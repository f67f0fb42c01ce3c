"""
Taking a change back: what was before travels with the notice, and comes back.

With it travels the version that the change made: what somebody else set since stays.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from portal_gateway.domain.facts import Range, Setting, is_block
from portal_gateway.domain.ranges import range_of
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


def written(before: Iterable[tuple[Range, Setting | None, int | None]]) -> str:
    """Write what was before, and the version now; equal rules are written once."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for span, rule, version in before:
        key = json.dumps(asdict(rule) if rule else None)
        text = "-".join(span) if is_block(span) else span[0]
        groups[key].append(text if version is None else f"{text}@{version}")
    return json.dumps([[json.loads(rule), spans] for rule, spans in groups.items()])


def read(text: str) -> list[Change]:
    """Return the changes that take it back; raises Refused for anything else."""
    try:
        return [
            _change(one, None if rule is None else _rule(rule))
            for rule, spans in _list(json.loads(text))
            for one in spans
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise Refused("invalid_form") from error


def _list(groups: object) -> list[Any]:
    if not isinstance(groups, list):
        raise TypeError
    return groups


def _change(text: str, rule: dict[str, Any] | None) -> Change:
    """Read a range, and the version from a page that was made since it is there."""
    span, _, version = text.partition("@")
    first, last = range_of(span)
    now = int(version) if version else None
    return Change((canonical(first), canonical(last)), rule, now)


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
    visit.forget()
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
