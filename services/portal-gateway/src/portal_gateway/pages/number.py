"""One number: its story, a rehearsal, and diverting it at once."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts.forwardings import LONGEST_DRILL
from portal_gateway import texts
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.refused import Refused
from portal_gateway.pages import detail, refusals, undoing
from portal_gateway.pages.configurator import HOME, Kind, asking, found
from portal_gateway.pages.formats import spoken
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Customer, Form, Sent, Visit
from portal_gateway.usecases import forwardings
from portal_gateway.usecases.forwardings import Outcome

router = APIRouter()


@router.get(HOME + "/{kind}/{number}")
async def show(kind: Kind, number: str, visit: Customer) -> Response:
    """Show everything about one number or block; htmx gets its state alone."""
    entry = await found(visit, kind, number)
    if visit.is_fragment:
        context = await detail.told(visit, entry)
        return visit.fragment("parts/number_now.html", **context)
    return await detail.page(visit, entry)


@router.get(HOME + "/block/{number}/durchwahl")
async def find_extension(
    number: str, visit: Customer, d: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Go to one number of a block."""
    block = await found(visit, "block", number)
    single = detail.extension_of(block, d)
    if single is None:
        problem = visit.say("number.no_extension", typed=d)
        return await detail.page(
            visit, block, problem=problem, field="extension", asked=d
        )
    return visit.go(f"{HOME}/nummer/{single}")


@router.post(HOME + "/{kind}/{number}/sofort")
async def divert_now(kind: Kind, number: str, visit: Customer, form: Sent) -> Response:
    """Divert at once, or stop it."""
    ask = asking(visit, kind, number)
    starting = form.get("an") == "1"
    act = forwardings.start if starting else forwardings.stop
    try:
        outcome = await act(visit.gateway, ask, "manual")
    except Refused as refused:
        return await _refused(visit, kind, number, refused)
    key = "number.manual_on" if starting else "number.manual_off"
    return _done(visit, outcome, form, key)


@router.post(HOME + "/{kind}/{number}/probe")
async def rehearse(kind: Kind, number: str, visit: Customer, form: Sent) -> Response:
    """Rehearse for some minutes, or end that early."""
    ask = asking(visit, kind, number)
    minutes = _minutes(form.get("minuten"))
    try:
        if form.get("an") == "1":
            lasting = timedelta(minutes=minutes)
            outcome = await forwardings.start(visit.gateway, ask, "drill", lasting)
        else:
            outcome = await forwardings.stop(visit.gateway, ask, "drill")
    except Refused as refused:
        return await _refused(visit, kind, number, refused)
    key = "number.drill_on" if form.get("an") == "1" else "number.drill_off"
    return _done(visit, outcome, form, key, minutes)


def _minutes(text: str) -> int:
    """Return how long: what is no sensible time is the shortest."""
    minutes = int(text) if text.isdecimal() else 0
    most = LONGEST_DRILL // timedelta(minutes=1)
    return minutes if 1 <= minutes <= most else detail.MINUTES[0]


def _done(
    visit: Visit, outcome: Outcome, form: Form, key: str, minutes: int = 0
) -> Response:
    visit.forget()
    facts: dict[str, str | int] = {"number": spoken(*outcome.entry.span), "n": minutes}
    return visit.go(undoing.back_of(form, _path(outcome.entry)), Notice(key, facts))


async def _refused(visit: Visit, kind: Kind, number: str, refused: Refused) -> Response:
    if refused.code in {"not_found", "not_logged_in"}:
        raise refused
    said = texts.say(refused.code, visit.language, refused.facts)
    return await detail.page(
        visit,
        await found(visit, kind, number),
        status=refusals.form_status(refused.code),
        problem=said.detail,
        field="act",
    )


def _path(entry: Entry) -> str:
    kind = "nummer" if entry.span[0] == entry.span[1] else "block"
    return f"{HOME}/{kind}/{entry.span[0]}"
