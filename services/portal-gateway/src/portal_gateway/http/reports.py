"""The report of an outage, as JSON, PDF and CSV."""

import asyncio
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, Response

from chassis.clock import day_in_berlin
from portal_gateway import papers, sheets, texts
from portal_gateway.domain.facts import Range, is_block
from portal_gateway.domain.report import Failure, Interval, Report
from portal_gateway.http import shapes
from portal_gateway.http.imports import download
from portal_gateway.http.people import For, Running
from portal_gateway.http.problems import RESPONSES
from portal_gateway.http.routes import Route
from portal_gateway.usecases import reports

router = APIRouter(route_class=Route, responses=RESPONSES, tags=["outages"])

FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/pdf", "text/csv")
        }
    }
}
FILE_NAMES: Final = {"de": "stoerungsbericht", "en": "outage-report"}


@router.get("/outages/{outage_id}/report")
async def show_report(
    outage_id: str, request: Request, acting: For, gateway: Running
) -> dict[str, Any]:
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


def _told(report: Report, language: texts.Language) -> dict[str, Any]:
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


def _interval(one: Interval) -> dict[str, Any]:
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


def _failure(one: Failure) -> dict[str, Any]:
    return {
        **_span(one.span),
        "code": one.code,
        "attempts": one.attempts,
        "first_at": shapes.moment(one.first_at),
        "last_at": shapes.moment(one.last_at),
    }


def _span(span: Range) -> dict[str, str | None]:
    return {"number": span[0], "last": span[1] if is_block(span) else None}
