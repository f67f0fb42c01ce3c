"""The »ecotel @once Konfigurator«: all numbers, and a row that is edited in place."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from contracts.event import LONGEST_NAME
from portal_gateway import texts
from portal_gateway.domain import listing
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Setting, is_block
from portal_gateway.domain.listing import View
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.ruling import switching_on
from portal_gateway.http.forwardings import canonical
from portal_gateway.pages import detail, refusals, undoing
from portal_gateway.pages.formats import clock, spoken
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.rows import row, rows
from portal_gateway.pages.visit import Customer, Form, Sent, Visit
from portal_gateway.usecases import forwardings
from portal_gateway.usecases.forwardings import Ask, Named
from portal_gateway.usecases.overview import Overview

router = APIRouter()

HOME: Final = "/konfigurator"
Kind = Literal["nummer", "block"]
Text = Annotated[str, Query(max_length=LONGEST_NAME)]


async def asked_view(
    suche: str = "",
    zeigen: Text = "alle",
    auftrag: Text = "",
    leitung: Text = "",
    seite: Annotated[int, Query(ge=1, le=100_000)] = 1,
    blockseite: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> View:
    """Return what the address asks for; a filter that does not exist shows all."""
    only = zeigen if zeigen in listing.FILTERS else "alle"
    return View(suche.strip()[:LONGEST_NAME], only, auftrag, leitung, seite, blockseite)


Asked = Annotated[View, Depends(asked_view)]


def address(view: View, **changes: Any) -> str:
    """Return the address of a view."""
    view = view.with_(**changes) if changes else view
    said = {
        "suche": view.query,
        "zeigen": "" if view.only == "alle" else view.only,
        "auftrag": view.order,
        "leitung": view.line,
        "seite": "" if view.page == 1 else str(view.page),
        "blockseite": "" if view.block_page == 1 else str(view.block_page),
    }
    query = urlencode({name: text for name, text in said.items() if text})
    return f"{HOME}?{query}" if query else HOME


@router.get(HOME)
async def show(visit: Customer, view: Asked) -> Response:
    """Show numbers and blocks with wish and state; htmx gets the list alone."""
    known = await visit.overview()
    context = shown(known, view)
    if visit.is_fragment:
        return visit.fragment("parts/list.html", **context)
    return await visit.page("configurator.html", **context)


def shown(known: Overview, view: View) -> dict[str, Any]:
    """Return what the page of a view needs."""
    found = found_by(known, view)
    singles = [entry for entry in found if not is_block(entry.span)]
    blocks = [entry for entry in found if is_block(entry.span)]
    single_page = listing.cut(singles, view.page)
    block_page = listing.cut(blocks, view.block_page)
    return {
        "view": view,
        "address": address,
        "numbers": rows(known, single_page.entries),
        "number_page": single_page,
        "blocks": rows(known, block_page.entries),
        "block_page": block_page,
        "filters": listing.counts(known.entries),
        "lines": sorted({entry.line for entry in known.entries if entry.line}),
        "total": len(known.entries),
        "found": len(found),
        "changeable": sum(map(listing.is_here, found)),
    }


def found_by(known: Overview, view: View) -> list[Entry]:
    """Return what a view shows, also a number of a block that nobody set yet."""
    found = listing.matching(known.entries, view)
    number = listing.number_in(view.query)
    if number is None or any(entry.span == (number, number) for entry in found):
        return found
    entry = known.find(number, single=True)
    return [*found, entry] if entry and entry.block else found


def asking(visit: Visit, kind: Kind, number: str, version: str = "") -> Ask:
    """Return the wish of the customer for a number or block; raises Refused."""
    named = named_by(visit, kind, number)

    def match(entry: Entry) -> None:
        if is_block(entry.span) != (kind == "block"):
            raise Refused("not_found")
        if version and version != str(entry.version):
            raise Refused("version_mismatch")

    return Ask(named, visit.who, match)


def named_by(visit: Visit, kind: Kind, number: str) -> Named:
    """Return what the path names; raises Refused for what is no number."""
    return Named(visit.customer, canonical(number), single=kind == "nummer")


async def found(visit: Visit, kind: Kind, number: str) -> Entry:
    """Return the entry that the path names; raises Refused where it is not his."""
    entry = await forwardings.one(visit.gateway, named_by(visit, kind, number))
    if is_block(entry.span) != (kind == "block"):
        raise Refused("not_found")
    return entry


@router.get(HOME + "/{kind}/{number}/zeile")
async def show_row(
    kind: Kind, number: str, visit: Customer, bearbeiten: Text = ""
) -> Response:
    """Return one row, as it is or to be edited."""
    entry = await found(visit, kind, number)
    picture = (await visit.overview()).picture
    shown_row = row(picture, entry)
    if bearbeiten and shown_row.is_open:
        return visit.fragment("parts/row_edit.html", **detail.typed(shown_row))
    return visit.fragment("parts/row.html", row=shown_row, focus=True)


@router.post(HOME + "/{kind}/{number}")
async def save(kind: Kind, number: str, visit: Customer, form: Sent) -> Response:
    """Set target and switch of a number or block."""
    ask = asking(visit, kind, number, form.get("version"))
    before = await found(visit, kind, number)
    try:
        outcome = await forwardings.set_rule(visit.gateway, ask, changes_of(form))
    except Refused as refused:
        return await _refused(visit, before, form, refused)
    return await saved(visit, before, outcome.entry, form)


@router.post(HOME + "/{kind}/{number}/schalter")
async def switch(kind: Kind, number: str, visit: Customer, form: Sent) -> Response:
    """Activate or deactivate, as the switch in the row says."""
    ask = asking(visit, kind, number, form.get("version"))
    before = await found(visit, kind, number)
    changes: dict[str, Any] | None = {"enabled": False}
    if form.get("enabled") == "1":
        block = await forwardings.block_rule(visit.gateway, ask.named)
        changes = switching_on(own_rule(before), block)
    try:
        outcome = (
            await forwardings.remove_rule(visit.gateway, ask)
            if changes is None
            else await forwardings.set_rule(visit.gateway, ask, changes)
        )
    except Refused as refused:
        return await _refused(visit, before, form, refused)
    return await saved(visit, before, outcome.entry, form)


@router.post(HOME + "/{kind}/{number}/entfernen")
async def remove(kind: Kind, number: str, visit: Customer, form: Sent) -> Response:
    """Take the own rule away: inside a block, the block's holds again."""
    ask = asking(visit, kind, number, form.get("version"))
    before = await found(visit, kind, number)
    try:
        outcome = await forwardings.remove_rule(visit.gateway, ask)
    except Refused as refused:
        return await _refused(visit, before, form, refused)
    return await saved(visit, before, outcome.entry, form, key="saved.removed")


def changes_of(form: Form) -> dict[str, Any]:
    """Return what a form sets; only fields that it has are changed."""
    target = (form.get("suggested") or form.get("target")).strip()
    changes: dict[str, Any] = {
        "target": target or None,
        "enabled": form.get("enabled") == "1",
    }
    has = set(form.all("has"))
    if "keep" in has:
        changes["keep_extension"] = form.get("keep") == "1"
    if "fallback" in has:
        changes["fallback_target"] = form.get("fallback").strip() or None
    if "planned" in has:
        changes["follows_planned_work"] = form.get("planned") == "1"
    if "line_first" in has:
        changes["line_first"] = form.get("line_first") == "1"
    if not target:
        changes |= {"enabled": changes["enabled"], "keep_extension": False}
    return changes


async def saved(
    visit: Visit, before: Entry, after: Entry, form: Form, key: str | None = None
) -> Response:
    """Show the row as it is now, with a way back for ten seconds."""
    visit.forget()
    notice = _notice(before, after, key)
    if not visit.is_fragment:
        return visit.go(undoing.back_of(form, HOME), notice)
    known = await visit.overview()
    [shown_row] = rows(known, [after])
    return visit.fragment(
        "parts/row.html", "parts/noticed.html", row=shown_row, focus=True, notice=notice
    )


def _notice(before: Entry, after: Entry, key: str | None) -> Notice:
    number = spoken(*after.span)
    rule = after.rule
    if before.rule == rule and before.source == after.source:
        return Notice("saved.same", kind="info")
    facts: dict[str, str | int] = {"number": number, "target": ""}
    if rule.target:
        facts["target"] = spoken(rule.target)
    if key is None:
        off = "saved.target_off" if rule.target != before.rule.target else "saved.off"
        key = "saved.on" if rule.is_armed else off if rule.target else "saved.off"
    undo = undoing.written([(before.span, own_rule(before), after.version)])
    return Notice(key, facts, undo_path=undoing.PATH, undo={"undo": undo})


def own_rule(entry: Entry) -> Setting | None:
    """Return the number's own rule, not its block's."""
    return entry.rule if entry.source == "own" else None


async def _refused(
    visit: Visit, entry: Entry, form: Form, refused: Refused
) -> Response:
    """Say why and what would do, and keep what was typed."""
    if refused.code not in _ABOUT_THE_RULE and not refused.code.startswith("target_"):
        raise refused
    visit.forget()
    single = not is_block(entry.span)
    named = Named(visit.customer, entry.span[0], single=single)
    fresh = await forwardings.one(visit.gateway, named)
    said = texts.say(refused.code, visit.language, refused.facts)
    context: dict[str, Any] = {
        "problem": f"{said.detail} {_more(visit, fresh, refused)}".strip(),
        "suggestion": refused.more.get("suggestion"),
        "field": refused.more.get("field", "target"),
        "enabled": form.get("enabled") == "1",
    }
    if "target" in form:
        context["typed"] = form.get("suggested") or form.get("target")
        context["typed_fallback"] = form.get("fallback")
        context["keep"] = form.get("keep") == "1"
    for name in ("planned", "line_first"):
        if name in form.all("has"):
            context[name] = form.get(name) == "1"
    status = refusals.form_status(refused.code)
    if not visit.is_fragment:
        return await detail.page(visit, fresh, status=status, **context)
    shown_row = row((await visit.overview()).picture, fresh)
    context = detail.typed(shown_row) | context
    return visit.fragment("parts/row_edit.html", status=status, **context)


def _more(visit: Visit, fresh: Entry, refused: Refused) -> str:
    """Say what somebody else set, or from when on a target that waits can be saved."""
    if refused.code == "version_mismatch":
        return detail.now_set(visit, fresh)
    until = refused.facts.get("until")
    if refused.code != "target_waits" or not isinstance(until, datetime):
        return ""
    at = clock(until, visit.language, now=visit.gateway.now())
    return visit.say("conf.ready_at", at=at)


_ABOUT_THE_RULE = {
    "customer_held",
    "too_many_new_targets",
    "version_mismatch",
    "fallback_is_target",
    "keep_extension_needs_block",
    "refused",
    "not_armed",
}
