"""Reading a sheet back."""

from collections.abc import Iterator

from forwarding.sheets import Row, Sheet


def rows_of(sheet: Sheet) -> Iterator[Row]:
    """Return what was put on a sheet."""
    for row in range(sheet.count):
        text = bytearray(sheet.scope + sheet.head)
        for place, column in sheet.cut(row, row + 1):
            text[place] = column[0]
        yield bytes(text[: len(sheet.scope)]), bytes(text[len(sheet.scope) :])
