"""CSV and Excel files, from bytes to cells and back; hostile files are refused."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final
from xml.etree.ElementTree import ParseError  # nosec B405

import defusedxml
import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from portal_gateway.domain.refused import Refused
from portal_gateway.domain.sheet import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    defused,
    too_many_rows,
)

LARGEST_FILE: Final = 4 << 20
LARGEST_UNPACKED: Final = 64 << 20
MOST_PARTS: Final = 200
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_SEPARATORS: Final = (";", "\t", ",")
_NAMED_SEPARATOR: Final = re.compile(
    r'"?sep=(?P<separator>[;,\t])"?(?=[\r\n])', re.IGNORECASE
)
"""A first line that tells Excel what stands between cells."""
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    InvalidFileException,
    defusedxml.DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RecursionError,
)
"""What openpyxl and zipfile raise for files that are none."""


def read(content: bytes) -> list[list[str]]:
    """Return the cells of a CSV or Excel file; raises Refused for anything else."""
    if len(content) > LARGEST_FILE:
        raise Refused("import_too_large", facts={"limit": LARGEST_FILE >> 20})
    if content.startswith(_ZIP):
        return _read_excel(content)
    if content.startswith(_OLE):
        raise Refused("import_unreadable")
    return _read_csv(_decoded(content))


def _decoded(content: bytes) -> str:
    """Return the text: UTF-8 if it is, else what German Windows writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refused("import_unreadable")


def _read_csv(text: str) -> list[list[str]]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=head.count)
    if named := _NAMED_SEPARATOR.match(text):
        separator = named["separator"]
        text = text[named.end() :]  # its end of line stays: rows count as in the file
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return _bounded(reader)
    except csv.Error:
        raise Refused("import_unreadable") from None


def _bounded(lines: Iterable[Sequence[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    for line in lines:
        if len(found) > MOST_ROWS + 100:
            raise too_many_rows()
        found.append([cell[: LONGEST_CELL + 10] for cell in line[:MOST_COLUMNS]])
    return found


def _read_excel(content: bytes) -> list[list[str]]:
    if not openpyxl.DEFUSEDXML:  # an operator may switch it off by a variable
        raise Refused("import_unreadable")
    try:
        _check_parts(content)
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        try:
            return _bounded(_excel_lines(book.worksheets[0]))
        finally:
            book.close()
    except Refused:
        raise
    except _BROKEN:
        raise Refused("import_unreadable") from None


def _check_parts(content: bytes) -> None:
    """Refuse an archive that is small outside and huge inside, before unpacking."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise Refused("import_unreadable")
        if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise Refused("import_too_large", facts={"limit": LARGEST_UNPACKED >> 20})
        for part in parts:
            with archive.open(part) as unpacked:  # the header may say less than is in
                left = part.file_size
                while chunk := unpacked.read(1 << 20):
                    left -= len(chunk)
                if left != 0:
                    raise Refused("import_unreadable")


def _excel_lines(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a file says of its size may be a lie
    rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
    for place, row in enumerate(rows):
        if place > MOST_ROWS + 100:
            raise too_many_rows()
        yield [_excel_cell(value) for value in row]


def _excel_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return _digits(value)
    if isinstance(value, float) and value.is_integer():
        return _digits(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _digits(value: int) -> str:
    """Return a number cell: Excel has taken the + and the leading zeros off."""
    return str(value)


def write_csv(rows: Iterable[Sequence[object]], *, separator: str = ";") -> bytes:
    """Return a CSV file that Excel opens as text, with nothing that it would run."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    for row in rows:
        writer.writerow([defused(_text(cell)) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def write_excel(title: str, rows: Iterable[Sequence[object]]) -> bytes:
    """Return an Excel file in which every cell is text; the first row is the head."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    lines = [[_text(cell) for cell in row] for row in rows]
    for place in range(len(lines[0])):
        widest = max((len(line[place]) for line in lines[:200]), default=8)
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(
            widest + 3, 40
        )
    for place, line in enumerate(lines):
        sheet.append([_cell(sheet, text, is_head=place == 0) for text in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, text: str, *, is_head: bool) -> Any:
    cell = WriteOnlyCell(sheet, value=text or None)
    if text:
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.number_format = "@"
    if is_head:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8ECE6")
    return cell


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
