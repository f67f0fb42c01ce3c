"""The outages, and one from end to end."""

from typing import Any, Final, Literal

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway import papers
from portal_gateway.domain.causes import lines_at, loses_calls
from portal_gateway.domain.facts import Outage
from portal_gateway.domain.report import Step
from portal_gateway.domain.situation import diverted_by
from portal_gateway.http import reports as files
from portal_gateway.pages.formats import exactly
from portal_gateway.pages.visit import Customer, Visit
from portal_gateway.texts import reports as words
from portal_gateway.usecases import outages, reports

router = APIRouter()

MOST_SHOWN: Final = 200
"""A page with more rows helps nobody; the report has all."""
CHIPS: Final = {"open": "diverted", "announced": "pending", "cleared": "ready"}


@router.get("/stoerungen")
async def show_outages(visit: Customer) -> Response:
    """List the outages: open, announced, past."""
    found = await outages.all_of(visit.gateway, visit.customer)
    groups: dict[str, list[outages.Touched]] = {"open": [], "announced": [], "past": []}
    for touched in found:
        state = state_of(visit, touched.outage)
        groups[state if state in groups else "past"].append(touched)
    known = await visit.overview()
    shown: dict[str, Any] = {
        "groups": groups,
        "diverted_by": diverted_by(known.entries),
        "found_diverted": outages.found_diverted(found),
        "windows": [
            (window, lines_at(known.picture, window.places) or places)
            for window, places in await outages.ahead(visit.gateway, visit.customer)
        ],
        "word": _Words(visit),
    }
    if visit.is_fragment:
        return visit.fragment("parts/outages.html", **shown)
    return await visit.page("outages.html", **shown)


@router.get("/stoerungen/{outage_id}")
async def show_outage(outage_id: str, visit: Customer) -> Response:
    """Show one outage with its time line and everything that was forwarded."""
    report = await reports.of_outage(visit.gateway, visit.customer, outage_id)
    outage = report.outage
    now = visit.gateway.now()
    shown: dict[str, Any] = {
        "report": report,
        "outage": outage,
        "state": state_of(visit, outage),
        "loses_calls": loses_calls(outage),
        "most": MOST_SHOWN,
        "lasted": (outage.cleared_at or now) - outage.since,
        "exactly": lambda at: exactly(at, visit.language, now=now),
        "bare_reason": lambda reason: papers.bare_reason(reason, visit.language),
        "word": _Words(visit),
    }
    if visit.is_fragment:
        return visit.fragment("parts/outage.html", **shown)
    return await visit.page("outage.html", **shown)


@router.get("/stoerungen/{outage_id}/bericht.{form}")
async def download(
    outage_id: str, form: Literal["pdf", "csv"], visit: Customer
) -> Response:
    """Return the report as a file to keep."""
    report = await reports.of_outage(visit.gateway, visit.customer, outage_id)
    return await files.file(visit.gateway, report, visit.customer, form, visit.language)


def state_of(visit: Visit, outage: Outage) -> str:
    """Return the state by which people know it; what is to come is announced."""
    if outage.is_open and outage.since > visit.gateway.now():
        return "announced"
    return words.state_of(outage)


class _Words:
    """What the templates say of an outage in the language of the visit."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    def state(self, outage: Outage) -> str:
        """Return the word for its state."""
        return words.STATES[state_of(self._visit, outage)][self._visit.language]

    def chip(self, outage: Outage) -> str:
        """Return the colour that goes with the word."""
        if outage.is_open and outage.voice_reachable:
            return "pending"
        return CHIPS.get(state_of(self._visit, outage), "")

    def kind(self, outage: Outage) -> str:
        """Return what kind of outage it is."""
        return words.KINDS[outage.kind][self._visit.language]

    def explained(self, outage: Outage) -> list[str]:
        """Return what one has to know of it, in sentences."""
        language = self._visit.language
        return [words.EXPLAINED[key][language] for key in words.explanations(outage)]

    def step(self, step: Step, outage: Outage) -> str:
        """Return the name of a moment on the time line."""
        return words.moment_name(step, outage, self._visit.language)

    def failure(self, code: str) -> str:
        """Return why a diversion did not work."""
        return words.failure(code, self._visit.language)
