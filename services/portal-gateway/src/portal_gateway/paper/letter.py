"""The letter with a password: DIN 5008 (form B), in German, one page."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fpdf import FPDF

from portal_gateway.paper.sheet import (
    ACCENT,
    HAIR,
    INK,
    MONO,
    PANEL,
    QUIET,
    SANS,
    draw_mark,
    new_sheet,
)

BERLIN: Final = ZoneInfo("Europe/Berlin")
LEFT, RIGHT, WIDTH = 25.0, 190.0, 165.0
FIELD_TOP, FIELD_LEFT, FIELD_WIDTH = 45.0, 25.0, 80.0
ADDRESS_TOP, ADDRESS_LINES, LINE = 62.7, 6, 4.55
BODY_TOP = 98.5
FOLDS, PUNCH = (105.0, 210.0), 148.5


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and where customers turn to."""

    sender: str
    portal: str
    hotline: str
    email: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What the letter says; `reason`: first, forgotten or ordered."""

    reason: str
    customer_number: str
    name: str
    address: str
    password: str
    written_at: datetime
    valid_until: datetime
    old_username: str | None = None
    resets_second_factor: bool = False


def draw(writing: Writing, head: Letterhead) -> bytes:
    """Return the letter as PDF."""
    sheet = new_sheet(title="Ihre Zugangsdaten", language="de-DE")
    sheet.set_auto_page_break(auto=False)
    sheet.set_margins(LEFT, 20, 20)
    sheet.set_creation_date(writing.written_at)
    sheet.add_page()
    _head(sheet, head)
    _address(sheet, writing, head)
    _information(sheet, writing, head)
    _body(sheet, writing, head)
    _foot(sheet, head)
    return bytes(sheet.output())


def _head(sheet: FPDF, head: Letterhead) -> None:
    draw_mark(sheet, LEFT, 24, 20)
    _write(sheet, 49, 17.4, "ecotel @once SelfCare", size=13, bold=True)
    _write(sheet, 49, 22.8, head.portal, size=9, colour=QUIET)
    sheet.set_draw_color(*HAIR)
    sheet.set_line_width(0.15)
    for fold in FOLDS:
        sheet.line(5, fold, 9, fold)
    sheet.line(5, PUNCH, 11, PUNCH)


def _address(sheet: FPDF, writing: Writing, head: Letterhead) -> None:
    _write(sheet, FIELD_LEFT, FIELD_TOP + 12.7, head.sender, size=6.5, colour=QUIET)
    sheet.line(FIELD_LEFT, 61.6, FIELD_LEFT + FIELD_WIDTH, 61.6)
    sheet.set_font(SANS, size=10)
    lines = [
        part
        for line in address_lines(writing.name, writing.address)
        for part in _fitting(sheet, line)
    ]
    for row, line in enumerate(_in_the_window(lines)):
        _write(sheet, FIELD_LEFT, ADDRESS_TOP + row * LINE, line, size=10)


def _in_the_window(lines: list[str]) -> list[str]:
    """Return as many lines as there is room for: whom it is to, and the last ones."""
    left_out = max(0, len(lines) - ADDRESS_LINES)
    return lines[:1] + lines[1 + left_out :]


def address_lines(name: str, address: str) -> list[str]:
    """Return name, street and town, each on its line."""
    parts = re.split(r"[\r\n]+|,\s+", address)
    return [part.strip() for part in (name, *parts) if part.strip()]


def _fitting(sheet: FPDF, line: str) -> list[str]:
    """Break what is wider than the window of the envelope."""
    broken = sheet.multi_cell(
        FIELD_WIDTH, LINE, line, align="L", dry_run=True, output="LINES"
    )
    return broken if isinstance(broken, list) else [line]


def _information(sheet: FPDF, writing: Writing, head: Letterhead) -> None:
    rows = (
        ("Kundennummer", writing.customer_number),
        ("Datum", _day(writing.written_at)),
        ("Hotline", head.hotline),
        ("E-Mail", head.email),
    )
    for row, (label, value) in enumerate(rows):
        top = 52.7 + row * 9.4
        _write(sheet, 125, top, label, size=7.5, colour=QUIET)
        _write(sheet, 125, top + 3.6, value, size=10)


def _body(sheet: FPDF, writing: Writing, head: Letterhead) -> None:
    is_first = writing.reason == "first"
    subject = "Ihre Zugangsdaten" if is_first else "Ihre neuen Zugangsdaten"
    sheet.set_y(BODY_TOP)
    _paragraph(sheet, f"{subject} zum ecotel Kunden-Portal", size=13, bold=True, gap=5)
    _paragraph(sheet, "Guten Tag,", gap=2.5)
    _paragraph(sheet, _opening(writing), gap=5)
    _panel(sheet, writing)
    _paragraph(sheet, "So geht es weiter", bold=True, gap=1.5)
    steps = (
        f"Öffnen Sie {head.portal} und melden Sie sich mit diesen Zugangsdaten an.",
        (
            "Wählen Sie einen eigenen Benutzernamen und ein eigenes Kennwort "
            "(mindestens 15 Zeichen)."
        ),
        (
            "Danach gilt das Kennwort aus diesem Brief nicht mehr. "
            "Sie können den Brief vernichten."
        ),
    )
    for number, step in enumerate(steps, 1):
        _step(sheet, number, step)
    sheet.ln(2.5)
    for hint in _hints(writing, head):
        _paragraph(sheet, hint, gap=2.5)
    sheet.ln(2)
    _paragraph(sheet, "Freundliche Grüße", gap=1)
    _paragraph(sheet, "Ihr Kundenservice")


def _opening(writing: Writing) -> str:
    if writing.reason == "first":
        return (
            "Ihr Zugang ist eingerichtet. Im Kunden-Portal legen Sie fest, wohin "
            "Anrufe gehen, wenn Ihre Leitung einmal ausfällt."
        )
    if writing.reason == "forgotten":
        return (
            "Im Kunden-Portal wurden neue Zugangsdaten für Sie angefordert. "
            "Hier sind sie."
        )
    return "Sie haben bei unserer Hotline neue Zugangsdaten angefordert. Hier sind sie."


def _hints(writing: Writing, head: Letterhead) -> list[str]:
    hints = []
    if writing.old_username:
        hints.append(
            f"Ihr bisheriger Benutzername ist: {writing.old_username}. Er gilt mit "
            "Ihrem bisherigen Kennwort weiter, bis Sie neue Zugangsdaten festlegen."
        )
    if writing.resets_second_factor:
        hints.append(
            "Der zweite Faktor wird mit dieser Anmeldung entfernt. "
            "Sie können ihn danach neu einrichten."
        )
    hints.append(
        "Wir fragen Sie niemals nach Ihrem Kennwort, weder am Telefon noch per E-Mail. "
        f"Sie haben diesen Brief nicht erwartet? Rufen Sie uns an: {head.hotline}."
    )
    return hints


def _panel(sheet: FPDF, writing: Writing) -> None:
    top, height = sheet.get_y(), 38.0
    sheet.set_fill_color(*PANEL)
    sheet.rect(LEFT, top, WIDTH, height, style="F")
    sheet.set_fill_color(*ACCENT)
    sheet.rect(LEFT, top, 1.2, height, style="F")
    rows = (
        ("Benutzername (Ihre Kundennummer)", writing.customer_number),
        ("Kennwort für die erste Anmeldung", writing.password),
    )
    for row, (label, value) in enumerate(rows):
        _write(sheet, LEFT + 7, top + 5 + row * 13, label, size=8, colour=QUIET)
        _write(sheet, LEFT + 7, top + 9 + row * 13, value, size=15, font=MONO)
    _write(
        sheet,
        LEFT + 7,
        top + 31.2,
        f"Gültig bis {_day(writing.valid_until)}. Groß- und Kleinschreibung sowie "
        "Striche spielen keine Rolle.",
        size=8,
        colour=QUIET,
    )
    sheet.set_y(top + height + 6)


def _foot(sheet: FPDF, head: Letterhead) -> None:
    sheet.set_draw_color(*HAIR)
    sheet.set_line_width(0.15)
    sheet.line(LEFT, 275, RIGHT, 275)
    text = f"{head.sender}   ·   {head.portal}   ·   Hotline {head.hotline}"
    _write(sheet, LEFT, 277, text, size=7.5, colour=QUIET)


def _step(sheet: FPDF, number: int, text: str) -> None:
    top = sheet.get_y()
    _write(sheet, LEFT, top + 0.75, str(number), size=10, bold=True, colour=ACCENT)
    sheet.set_xy(LEFT + 6, top)
    sheet.set_font(SANS, size=10)
    sheet.multi_cell(WIDTH - 6, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(0.8)


def _paragraph(
    sheet: FPDF, text: str, *, size: float = 10, bold: bool = False, gap: float = 0
) -> None:
    sheet.set_font(SANS, "B" if bold else "", size)
    sheet.multi_cell(WIDTH, 5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(gap)


def _write(
    sheet: FPDF,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    bold: bool = False,
    font: str = SANS,
    colour: tuple[int, int, int] = INK,
) -> None:
    sheet.set_text_color(*colour)
    sheet.set_font(font, "B" if bold else "", size)
    sheet.set_xy(x, y)
    sheet.cell(text=text)
    sheet.set_text_color(*INK)


def _day(at: datetime) -> str:
    return f"{at.astimezone(BERLIN):%d.%m.%Y}"
