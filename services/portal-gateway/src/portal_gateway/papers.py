"""Reports as files to keep: an outage as PDF, and as CSV for Excel and programs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TextEmphasis
from fpdf.fonts import FontFace
from typing_extensions import override

from portal_gateway.domain.facts import Range, is_block
from portal_gateway.domain.ranges import size
from portal_gateway.domain.report import Report
from portal_gateway.texts import REASONS, words
from portal_gateway.texts import reports as texts
from portal_gateway.texts.said import Language
from portal_gateway.texts.sheets import written

INK: Final = (23, 36, 44)
SOFT: Final = (85, 99, 107)
ACCENT: Final = (11, 102, 92)
AMBER: Final = (133, 74, 0)
LINE: Final = (221, 217, 205)
PAPER: Final = (246, 244, 238)
MARGIN: Final = 18.0
MOST_LISTED: Final = 2000
"""Beyond so many rows a paper is no help; the CSV has all."""


class _Paper(FPDF):
    """A4 with the mark on top: the broken line, and the bridge over it."""

    def __init__(self, language: Language, made: datetime) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "windows-1252"
        self._language, self._made = language, made
        self.set_margins(MARGIN, 30, MARGIN)
        self.set_auto_page_break(auto=True, margin=22)
        self.set_lang("de-DE" if language == "de" else "en-GB")
        self.alias_nb_pages()

    @override
    def header(self) -> None:
        self.set_line_width(1.1)
        self.set_draw_color(*INK)
        self.line(MARGIN + 0.6, 19, MARGIN + 3, 19)
        self.line(MARGIN + 9, 19, MARGIN + 12, 19)
        self.set_draw_color(*ACCENT)
        self.arc(MARGIN + 3, 13, 6, 180, 360, 12)
        self.set_xy(MARGIN + 15, 14)
        self.set_text_color(*INK)
        self.set_font("helvetica", TextEmphasis.B, 12)
        self.cell(text="ecotel @once", h=6)
        self.set_font("helvetica", "", 12)
        self.set_text_color(*SOFT)
        self.cell(text=" SelfCare", h=6)
        self.set_y(30)

    @override
    def footer(self) -> None:
        self.set_y(-16)
        self.set_font("helvetica", "", 8)
        self.set_text_color(*SOFT)
        made = words.moment(self._made, self._language)
        note = texts.REPORT["times"][self._language]
        label = texts.REPORT["made"][self._language]
        self.cell(text=f"{label} {made}. {note}", h=5)
        page = texts.REPORT["page"][self._language]
        self.set_x(MARGIN)
        self.cell(w=self.epw, h=5, align="R", text=f"{page} {self.page_no()} / {{nb}}")

    def heading(self, text: str) -> None:
        """Begin a part."""
        if self.will_page_break(24):
            self.add_page()
        self.ln(5)
        self.set_font("helvetica", TextEmphasis.B, 12)
        self.set_text_color(*INK)
        self.cell(text=_safe(text), h=8, new_x="LMARGIN", new_y="NEXT")

    def sentence(self, text: str) -> None:
        """Write a paragraph."""
        self.set_font("helvetica", "", 10)
        self.set_text_color(*SOFT)
        self.multi_cell(
            w=self.epw, h=5, text=_safe(text), new_x="LMARGIN", new_y="NEXT"
        )

    def rows(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[int],
    ) -> None:
        """Write a table whose head comes again on each page."""
        self.set_font("helvetica", "", 9)
        self.set_text_color(*INK)
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.set_fill_color(255, 255, 255)
        style = FontFace(emphasis="BOLD", color=SOFT, fill_color=PAPER)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(widths),
            headings_style=style,
            line_height=5.6,
            text_align="LEFT",
            padding=(0.6, 1.5),
        ) as table:
            for line in (head, *rows):
                row = table.row()
                for cell in line:
                    row.cell(_safe(cell))


def report_pdf(
    report: Report, *, customer: str, language: Language, now: datetime
) -> bytes:
    """Return the report of an outage as PDF."""
    paper = _Paper(language, now)
    paper.set_title(f"{texts.REPORT['title'][language]} {report.outage.id}")
    paper.set_author("ecotel @once SelfCare")
    paper.add_page()
    _write_head(paper, report, customer, language)
    _write_time_line(paper, report, language)
    _write_intervals(paper, report, language, now)
    _write_failures(paper, report, language)
    _write_bare(paper, report, language)
    return bytes(paper.output())


def _write_head(
    paper: _Paper, report: Report, customer: str, language: Language
) -> None:
    outage, word = report.outage, texts.REPORT
    paper.set_font("helvetica", TextEmphasis.B, 20)
    paper.set_text_color(*INK)
    paper.cell(text=word["title"][language], h=11, new_x="LMARGIN", new_y="NEXT")
    state = texts.STATES[texts.state_of(outage)][language]
    facts = [
        (word["outage"][language], outage.id),
        (word["kind"][language], texts.KINDS[outage.kind][language]),
        (word["state"][language], state),
        (word["lines"][language], ", ".join(report.places)),
        (word["customer"][language], customer),
        (word["numbers"][language], words.count(report.numbers, language)),
        (word["wait"][language], words.lasting(report.longest_wait, language)),
    ]
    paper.ln(1)
    for name, value in facts:
        paper.set_font("helvetica", "", 10)
        paper.set_text_color(*SOFT)
        paper.cell(w=48, h=6, text=name)
        paper.set_text_color(*INK)
        paper.multi_cell(
            w=paper.epw - 48, h=6, text=_safe(value), new_x="LMARGIN", new_y="NEXT"
        )
    for key in texts.explanations(outage):
        paper.ln(2)
        paper.sentence(texts.EXPLAINED[key][language])
    if outage.note:
        paper.ln(2)
        paper.sentence(outage.note)


def _write_time_line(paper: _Paper, report: Report, language: Language) -> None:
    paper.heading(texts.REPORT["timeline"][language])
    top = paper.get_y() + 3
    for place, step in enumerate(report.steps):
        y = top + place * 8
        if place:
            paper.set_draw_color(*LINE)
            paper.set_line_width(0.8)
            paper.line(MARGIN + 2, y - 6.2, MARGIN + 2, y - 1.8)
        colour = AMBER if step.what in {"forwarded", "occurred"} else ACCENT
        paper.set_draw_color(*colour)
        paper.set_fill_color(*(PAPER if step.what == "expected" else colour))
        paper.set_line_width(0.5)
        paper.circle(MARGIN + 2, y, 1.3, style="DF")
        paper.set_xy(MARGIN + 8, y - 3)
        paper.set_font("helvetica", TextEmphasis.B, 10)
        paper.set_text_color(*INK)
        name = texts.moment_name(step, report.outage, language)
        paper.cell(w=56, h=6, text=name)
        paper.set_font("helvetica", "", 10)
        paper.cell(h=6, text=words.instant(step.at, language))
    paper.set_y(top + len(report.steps) * 8 - 3)


def _write_intervals(
    paper: _Paper, report: Report, language: Language, now: datetime
) -> None:
    word = texts.REPORT
    paper.heading(word["forwarded"][language])
    if not report.intervals:
        paper.sentence(word["none"][language])
        return
    head = [word[key][language] for key in ("number", "target", "from", "until")]
    head.append(word["lasted"][language])
    rows = [
        (
            words.span(one.span),
            words.target(one.target, one.target_last),
            words.instant(one.began, language),
            words.instant(one.ended, language)
            if one.ended
            else word["still"][language],
            words.lasting(one.lasted(now), language),
        )
        for one in report.intervals[:MOST_LISTED]
    ]
    paper.rows(head, rows, (40, 38, 36, 36, 24))


def _write_failures(paper: _Paper, report: Report, language: Language) -> None:
    if not report.failures:
        return
    word = texts.REPORT
    paper.heading(word["failures"][language])
    head = [word[key][language] for key in ("number", "code", "first", "last")]
    rows = [
        (
            words.span(one.span),
            texts.failure(one.code, language),
            words.instant(one.first_at, language),
            words.instant(one.last_at, language),
        )
        for one in report.failures[:MOST_LISTED]
    ]
    paper.rows(head, rows, (40, 62, 36, 36))


def _write_bare(paper: _Paper, report: Report, language: Language) -> None:
    if not report.bare:
        return
    word = texts.REPORT
    paper.heading(word["bare"][language])
    head = [word[key][language] for key in ("number", "count", "reason")]
    rows = [
        (
            words.span(one.span),
            words.count(one.numbers, language),
            bare_reason(one.reason, language),
        )
        for one in report.bare[:MOST_LISTED]
    ]
    paper.rows(head, rows, (60, 24, 90))


def bare_reason(reason: str | None, language: Language) -> str:
    """Return why numbers were not diverted: how they are set, or what failed."""
    if reason is None:
        return texts.REPORT["armed_since"][language]
    known = REASONS.get(reason)
    return known[language] if known else texts.failure(reason, language)


def report_rows(report: Report, language: Language) -> Iterator[tuple[object, ...]]:
    """Return the report as records: intervals, failures, and what was not diverted."""
    word = texts.REPORT
    keys = ("record", "number", "last_number", "count", "target", "since", "end")
    more = ("code", "target_last", "machine_code")
    yield tuple(word[key][language] for key in (*keys, *more))
    for one in report.intervals:
        at, target = (one.began, one.ended), (one.target, one.target_last)
        why = (texts.began(one.reason, language), one.reason)
        what = (word["forwarded"][language], one.span, one.numbers)
        yield _record(*what, why, at, target)
    for failed in report.failures:
        at = (failed.first_at, failed.last_at)
        why = (texts.failure(failed.code, language), failed.code)
        what = (word["failures"][language], failed.span, size(failed.span))
        yield _record(*what, why, at)
    for bare in report.bare:
        why = (bare_reason(bare.reason, language), bare.reason or "armed_since")
        yield _record(word["bare"][language], bare.span, bare.numbers, why)


def _record(
    kind: str,
    span: Range,
    numbers: int,
    why: tuple[str, str],
    at: tuple[datetime | None, datetime | None] = (None, None),
    target: tuple[str | None, str | None] = (None, None),
) -> tuple[object, ...]:
    last = written(span[1]) if is_block(span) else ""
    times = [words.written(moment) for moment in at]
    first_target, last_target = map(written, target)
    numbered = (kind, written(span[0]), last, numbers, first_target)
    return (*numbered, *times, why[0], last_target, why[1])


def _safe(text: str) -> str:
    """Return the text with what the built-in fonts can draw."""
    known = text.replace("→", "-")
    return known.encode("cp1252", "replace").decode("cp1252")
