import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest

from portal_gateway import sheets
from portal_gateway.domain import sheet
from portal_gateway.domain.refused import Refused

HEAD = ["Rufnummer", "Rufumleitung", "Zielnummer"]
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
    "</sheetData></worksheet>"
)
ROW = ["0211 22223333", "Aktiv", "0177 17712345"]


def table_of(content: bytes) -> sheet.Table:
    return sheet.table(sheets.read(content))


def refusal_of(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        table_of(content)
    return refused.value.code


def excel(lines: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        assert book.active is not None
        book.active.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def with_sheet(xml: bytes) -> bytes:
    """Return a good file whose sheet is replaced by `xml`."""
    with zipfile.ZipFile(io.BytesIO(excel([HEAD, ROW]))) as good:
        parts = {name: good.read(name) for name in good.namelist()}
    return archive({**parts, "xl/worksheets/sheet1.xml": xml})


class TestRead:
    @pytest.mark.parametrize("separator", [";", ",", "\t"])
    def test_a_first_line_that_names_the_separator_for_excel_is_no_row(
        self, separator: str
    ) -> None:
        lines = [separator.join(line) for line in (HEAD, ROW)]
        text = "\r\n".join([f"sep={separator}", *lines])

        found = table_of(text.encode("utf-8-sig"))

        cells = {"number": ROW[0], "active": "Aktiv", "target": ROW[2]}
        assert [(row.number, row.cells) for row in found.rows] == [(3, cells)]

    @pytest.mark.parametrize("separator", [";", ",", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    def test_every_common_csv_gives_the_same_rows(
        self, separator: str, encoding: str
    ) -> None:
        lines = [[*HEAD, "Größe"], [*ROW, "ä"]]
        text = "\r\n".join(separator.join(line) for line in lines)

        found = table_of(text.encode(encoding))

        assert [row.cells for row in found.rows] == [
            {"number": ROW[0], "active": "Aktiv", "target": ROW[2]}
        ]
        assert found.ignored == ("Größe",)

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("'+4921122223333", "+4921122223333"),
            ('"=""0211 22223333"""', "0211 22223333"),
            ('"021122223333"', "021122223333"),
            (" 0211 22223333 ", "0211 22223333"),
        ],
    )
    def test_numbers_kept_as_text_are_read_as_numbers(
        self, written: str, read: str
    ) -> None:
        found = table_of(f"Number;Target\n{written};x".encode())

        assert found.rows[0].cells["number"] == read

    def test_excel_and_csv_give_the_same_rows(self) -> None:
        from_excel = table_of(excel([HEAD, ROW]))
        from_csv = table_of(sheets.write_csv([HEAD, ROW]))

        assert from_excel.rows == from_csv.rows

    def test_a_number_cell_of_excel_keeps_its_digits(self) -> None:
        found = table_of(excel([HEAD, [4921122223333, True, 4.0]]))

        assert found.rows[0].cells == {
            "number": "4921122223333",
            "active": "1",
            "target": "4",
        }

    def test_rows_count_as_the_reader_sees_them(self) -> None:
        found = table_of(b"\nRufnummer;Ziel\n\n0211 22223333;x\n")

        assert [row.number for row in found.rows] == [4]


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "import_empty"),
            (b"\n \n;;;\n", "import_empty"),
            (b"Rufnummer;Ziel\n", "import_empty"),
            (b"Name;Ort\nx;y\n", "import_no_headings"),
            (b"Rufnummer\n0211 22223333\n", "import_no_headings"),
            (b"Rufnummer;Ziel;Zielnummer\n1;2;3\n", "import_heading_twice"),
            (b"\xd0\xcf\x11\xe0 old excel", "import_unreadable"),
            (b"\x00\x01\x02\x03", "import_unreadable"),
            (b"%PDF-1.7\n", "import_no_headings"),
            (b"PK\x03\x04 broken", "import_unreadable"),
            (b"x" * (sheets.LARGEST_FILE + 1), "import_too_large"),
        ],
    )
    def test_what_is_no_table_is_refused_with_its_reason(
        self, content: bytes, code: str
    ) -> None:
        assert refusal_of(content) == code

    def test_too_many_rows(self) -> None:
        rows = [["0211 22223333", "x"]] * (sheet.MOST_ROWS + 1)

        assert (
            refusal_of(sheets.write_csv([["Rufnummer", "Ziel"], *rows]))
            == "import_too_many_rows"
        )

    def test_an_archive_that_is_huge_inside(self) -> None:
        bomb = archive({"xl/worksheets/sheet1.xml": b" " * (65 << 20)})

        assert len(bomb) < sheets.LARGEST_FILE
        assert refusal_of(bomb) == "import_too_large"

    def test_an_archive_that_lies_about_what_is_inside(self) -> None:
        honest = archive({"xl/sharedStrings.xml": b"a" * 100_000})
        size = (100_000).to_bytes(4, "little")
        lying = honest.replace(size, (10).to_bytes(4, "little"))

        assert lying != honest
        assert refusal_of(lying) == "import_unreadable"

    def test_an_archive_with_thousands_of_parts(self) -> None:
        parts = {f"xl/{number}.xml": b"" for number in range(sheets.MOST_PARTS + 1)}

        assert refusal_of(archive(parts)) == "import_unreadable"

    def test_entities_are_not_expanded(self) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        xml = (
            f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'
            f"{SHEET.format('&l9;')}"
        )

        assert refusal_of(with_sheet(xml.encode())) == "import_unreadable"

    def test_no_file_of_the_server_is_read(self) -> None:
        xml = (
            '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            f"{SHEET.format('&x;')}"
        )

        assert refusal_of(with_sheet(xml.encode())) == "import_unreadable"


class TestWrite:
    @pytest.mark.parametrize(
        "evil", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%0A"]
    )
    def test_no_cell_is_a_formula(self, evil: str) -> None:
        csv = sheets.write_csv([["Rufnummer"], [evil]]).decode("utf-8-sig")
        book = openpyxl.load_workbook(
            io.BytesIO(sheets.write_excel("x", [["Rufnummer"], [evil]]))
        )

        assert csv.splitlines()[1].lstrip('"').startswith("'")
        assert book.active is not None
        cell = book.active["A2"]
        assert (cell.data_type, cell.number_format) == ("s", "@")

    def test_what_was_defused_comes_back_as_it_was(self) -> None:
        text = sheets.write_csv([["Rufnummer", "Ziel"], ["+4921122223333", "-"]])

        assert table_of(text).rows[0].cells == {
            "number": "+4921122223333",
            "target": "-",
        }


class TestWords:
    @pytest.mark.parametrize("word", ["Aktiv", "ja", "YES", "ein", "1", "x", "true"])
    def test_yes(self, word: str) -> None:
        assert sheet.wanted({"active": word}).changes == {"enabled": True}

    @pytest.mark.parametrize("word", ["Inaktiv", "nein", "No", "aus", "0", "falsch"])
    def test_no(self, word: str) -> None:
        assert sheet.wanted({"active": word}).changes == {"enabled": False}

    def test_what_is_empty_stays_as_it_is(self) -> None:
        assert sheet.wanted({"number": "x"}).changes == {}

    def test_a_dash_takes_the_target_away(self) -> None:
        assert sheet.wanted({"target": "-"}).changes == {"target": None}

    def test_as_block_gives_the_own_rule_up(self) -> None:
        assert sheet.wanted({"active": "wie Block"}).inherits

    @pytest.mark.parametrize(
        ("cells", "code"),
        [
            ({"active": "vielleicht"}, "import_word_unknown"),
            ({"version": "1.5"}, "import_version_unclear"),
            ({"line_first": "zuerst"}, "import_yes_or_no"),
            ({"planned": "vielleicht"}, "import_yes_or_no"),
        ],
    )
    def test_a_riddle_is_refused(
        self, cells: dict[sheet.Column, str], code: str
    ) -> None:
        with pytest.raises(Refused) as refused:
            sheet.wanted(cells)

        assert refused.value.code == code
