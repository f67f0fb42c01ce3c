"""The report of an outage, as JSON, PDF and CSV."""

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import Request, Response
from typing_extensions import TypedDict

from chassis.clock import day_in_berlin
from portal_gateway import papers, sheets, texts
from portal_gateway.domain.facts import Range
from portal_gateway.domain.report import Failure, Interval, Report
from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, Number, answer, one_of
from portal_gateway.http.imports import download
from portal_gateway.http.people import For, Running
from portal_gateway.http.routes import new_router
from portal_gateway.usecases import reports

router = new_router("outages")

FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/pdf", "text/csv")
        }
    }
}
FILE_NAMES: Final = {"de": "stoerungsbericht", "en": "outage-report"}


@answer
class Span(TypedDict):
    """A number, or a block by both its ends."""

    number: Number
    last: Number | None


_Diverted = TypedDict("_Diverted", {"from": Moment, "until": Moment | None})


@answer
class IntervalShape(Span, _Diverted):
    """From when until when calls to numbers rang where; null: they still do."""

    numbers: int
    """How many: a block without those in it that are told by themselves."""
    target: Number | None
    target_last: Number | None
    """The last number of a target that is a block."""
    rule: Annotated[str, one_of("own", "block")]
    """Whose rule it was: the number's own, or its block's."""
    reason: str
    """Why it began: `outage`, `manual`, `drill`, `rule`, …"""
    outage_id: str | None


@answer
class FailureShape(Span):
    """A diversion that did not work at once."""

    code: str
    attempts: int
    first_at: Moment
    last_at: Moment


@answer
class BareShape(Span):
    """Numbers that were not diverted."""

    numbers: int
    reason: str | None
    """How they are set, what failed, or null: they are armed by now."""
    detail: str


@answer
class StepShape(TypedDict):
    """A moment on the time line; `expected` was only ever a guess."""

    what: Annotated[
        str,
        one_of(
            *("announced", "occurred", "noticed", "forwarded", "expected", "cleared"),
            "back",
        ),
    ]
    at: Moment


@answer
class ReportShape(TypedDict):
    """An outage from end to end, as it touched the customer."""

    outage_id: str
    lines: list[str]
    steps: list[StepShape]
    numbers_forwarded: int
    numbers_unprotected: int
    longest_wait_seconds: float | None
    """From the notice of the outage to the last diversion by it."""
    intervals: list[IntervalShape]
    failures: list[FailureShape]
    unprotected: list[BareShape]


@router.get("/outages/{outage_id}/report")
async def show_report(
    outage_id: str, request: Request, acting: For, gateway: Running
) -> ReportShape:
    """Tell an outage from end to end: what was forwarded when and where to."""
    language = texts.language_of(request.headers.get("accept-language"))
    return _told(await reports.of_outage(gateway, acting.customer, outage_id), language)


@router.get(
    "/outages/{outage_id}/report.{form}", response_class=Response, responses=FILES
)
async def download_report(
    outage_id: str,
    form: Literal["pdf", "csv"],
    request: Request,
    acting: For,
    gateway: Running,
) -> Response:
    """Return the report as a file to keep."""
    language = texts.language_of(request.headers.get("accept-language"))
    report = await reports.of_outage(gateway, acting.customer, outage_id)
    return await file(gateway, report, acting.customer, form, language)


async def file(
    gateway: Running,
    report: Report,
    customer: str,
    form: Literal["pdf", "csv"],
    language: texts.Language,
) -> Response:
    """Return the report in one of its forms; made beside the loop."""
    now = gateway.now()
    name = f"{FILE_NAMES[language]}-{day_in_berlin(report.outage.since)}.{form}"
    if form == "pdf":
        content = await asyncio.to_thread(
            lambda: papers.report_pdf(
                report, customer=customer, language=language, now=now
            )
        )
        return download(content, name)
    rows = papers.report_rows(report, language)
    separator = ";" if language == "de" else ","
    content = await asyncio.to_thread(
        lambda: sheets.write_csv(rows, separator=separator)
    )
    return download(content, name)


def _told(report: Report, language: texts.Language) -> ReportShape:
    wait = report.longest_wait
    return {
        "outage_id": report.outage.id,
        "lines": list(report.places),
        "steps": [
            {"what": step.what, "at": shapes.moment(step.at)} for step in report.steps
        ],
        "numbers_forwarded": report.numbers,
        "numbers_unprotected": report.unprotected,
        "longest_wait_seconds": wait.total_seconds() if wait else None,
        "intervals": [_interval(one) for one in report.intervals],
        "failures": [_failure(one) for one in report.failures],
        "unprotected": [
            {
                **_span(bare.span),
                "numbers": bare.numbers,
                "reason": bare.reason,
                "detail": papers.bare_reason(bare.reason, language),
            }
            for bare in report.bare
        ],
    }


def _interval(one: Interval) -> IntervalShape:
    return {
        **_span(one.span),
        "numbers": one.numbers,
        "target": one.target,
        "target_last": one.target_last,
        "from": shapes.moment(one.began),
        "until": shapes.moment(one.ended),
        "rule": one.rule,
        "reason": one.reason,
        "outage_id": one.outage_id,
    }


def _failure(one: Failure) -> FailureShape:
    return {
        **_span(one.span),
        "code": one.code,
        "attempts": one.attempts,
        "first_at": shapes.moment(one.first_at),
        "last_at": shapes.moment(one.last_at),
    }


def _span(span: Range) -> Span:
    return {"number": span[0], "last": shapes.last(span)}
