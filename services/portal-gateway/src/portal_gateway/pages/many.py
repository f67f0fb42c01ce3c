"""The same for several numbers at once, with what became of each."""

from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.facts import Range
from portal_gateway.domain.listing import View, is_here
from portal_gateway.domain.ranges import range_of
from portal_gateway.domain.refused import Refused
from portal_gateway.http.forwardings import canonical
from portal_gateway.pages import undoing
from portal_gateway.pages.configurator import HOME, found_by, shown
from portal_gateway.pages.formats import spoken
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Customer, Form, Sent, Visit
from portal_gateway.usecases import many
from portal_gateway.usecases.many import Change, Done

router = APIRouter()

MOST_SHOWN: Final = 100


@router.post(HOME + "/mehrere")
async def change_many(visit: Customer, form: Sent) -> Response:
    """Set target and switch of all that were selected, or of all that were found."""
    chosen = await _chosen(visit, form)
    if not chosen:
        return await _none_chosen(visit, form)
    view = form.get("ansicht")
    back = view if view.startswith(HOME) else HOME
    changes: dict[str, Any] = {"enabled": form.get("enabled") == "1"}
    if target := form.get("target").strip():
        changes["target"] = target
    asked = [Change(span, changes) for span in chosen]
    done = await many.change(visit.gateway, visit.who, asked)
    visit.forget()
    refused = [one for one in done if one.refused]
    new = [one for one in done if one.is_new]
    undo = undoing.written([(one.span, one.before, one.version) for one in new])
    notice = Notice(
        "many.done",
        {"n": len(new)},
        undo_path=undoing.PATH if new else None,
        undo={"undo": undo, "back": back},
    )
    if not refused:
        return await visit.page("many.html", notice=notice, **_told(visit, [], back))
    return await visit.page(
        "many.html",
        notice=notice if new else None,
        **_told(visit, refused, back),
    )


async def _none_chosen(visit: Visit, form: Form) -> Response:
    """Ask for numbers; the target that was typed stays."""
    return await visit.page(
        "configurator.html",
        notice=Notice("many.none", kind="problem"),
        target_for_all=form.get("target"),
        **shown(await visit.overview(), _view(form)),
    )


async def _chosen(visit: Visit, form: Form) -> list[Range]:
    if form.get("alle") == "1":
        found = found_by(await visit.overview(), _view(form))
        return [entry.span for entry in found if is_here(entry)]
    return [_span(text) for text in form.all("nr")]


def _view(form: Form) -> View:
    """Return what the page showed from which the form comes."""
    query = dict(parse_qsl(form.get("ansicht").partition("?")[2]))
    return View(
        query.get("suche", ""),
        query.get("zeigen", "alle"),
        query.get("auftrag", ""),
        query.get("leitung", ""),
    )


def _span(text: str) -> Range:
    first, last = range_of(text)
    return canonical(first), canonical(last)


def _told(visit: Visit, refused: list[Done], back: str) -> dict[str, Any]:
    """Return what was refused, with the reason in words."""
    told = [(one.span, _reason(visit, one.refused)) for one in refused if one.refused]
    return {"refused": told[:MOST_SHOWN], "n_refused": len(told), "back": back}


def _reason(visit: Visit, refused: Refused) -> str:
    said = texts.say(refused.code, visit.language, refused.facts)
    suggestion = refused.more.get("suggestion")
    return f"{said.detail} ({spoken(suggestion)}?)" if suggestion else said.detail
