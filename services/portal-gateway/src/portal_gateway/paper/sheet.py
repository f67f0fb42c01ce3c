"""What every sheet of paper from us has: fonts, colours, the mark."""

import logging
from pathlib import Path
from typing import Final

from fpdf import FPDF

FONTS: Final = Path(__file__).parent / "fonts"
SANS: Final = "Plex"
MONO: Final = "PlexMono"
INK: Final = (27, 36, 48)
QUIET: Final = (92, 102, 115)
ACCENT: Final = (15, 118, 110)
HAIR: Final = (205, 211, 218)
PANEL: Final = (243, 246, 245)

logging.getLogger("fontTools").setLevel(logging.ERROR)
"""It tells which letters a sheet has: of a password, too."""


def new_sheet(*, title: str, language: str) -> FPDF:
    """Return an empty A4 document; what it says about itself names no person."""
    sheet = FPDF(unit="mm", format="A4")
    sheet.add_font(SANS, fname=FONTS / "IBMPlexSans_400Regular.ttf")
    sheet.add_font(SANS, "B", fname=FONTS / "IBMPlexSans_600SemiBold.ttf")
    sheet.add_font(MONO, fname=FONTS / "IBMPlexMono_500Medium.ttf")
    sheet.set_title(title)
    sheet.set_lang(language)
    sheet.set_text_color(*INK)
    sheet.c_margin = 0  # text begins where lines and figures do
    return sheet


def draw_mark(sheet: FPDF, x: float, y: float, width: float) -> None:
    """Draw the broken line, at the height `y`, and the bridge over its gap."""
    dot = width * 0.055
    left, right = x + width * 0.3, x + width * 0.7
    sheet.set_line_width(width * 0.055)
    sheet.set_draw_color(*INK)
    sheet.line(x, y, left - dot * 1.8, y)
    sheet.line(right + dot * 1.8, y, x + width, y)
    sheet.set_draw_color(*ACCENT)
    top = y - width * 0.36
    sheet.bezier([(left, y), (left, top), (right, top), (right, y)])
    sheet.set_fill_color(*ACCENT)
    for end in (left, right):
        sheet.circle(end, y, dot, style="F")
