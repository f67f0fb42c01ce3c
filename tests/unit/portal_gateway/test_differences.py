from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.target_check import TargetPolicy
from portal_gateway import sheets
from portal_gateway.domain import sheet
from portal_gateway.domain.differences import Difference, differences
from portal_gateway.domain.entry import entries
from portal_gateway.domain.facts import (
    Option,
    Picture,
    Planned,
    Range,
    Setting,
    Wish,
)
from portal_gateway.texts import say
from portal_gateway.texts import sheets as words
from portal_gateway.texts.said import Language

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
A, B, C, GONE, LATER = (f"+492112222333{digit}" for digit in "34567")
BLOCK, END, INSIDE = "+492214710000", "+492214710999", "+492214710123"
MOBILE, OTHER = "+4915228817386", "+493023125042"
ARMED = Setting(enabled=True, target=MOBILE)


def one(number: str) -> Range:
    return number, number


def picture(**wishes: Setting | None) -> Picture:
    """Return the numbers of a customer; `wishes` are rules by the names above."""
    lines = {one(A): "L1", one(B): "L1", one(C): "L2", (BLOCK, END): "L3"}
    options = {
        span: Option(span, "C-1", "o", True, "p", line, None, TODAY)  # noqa: FBT003 - as stored
        for span, line in lines.items()
    }
    named: dict[str, Range] = {"a": one(A), "b": one(B), "c": one(C)}
    named |= {"block": (BLOCK, END), "inside": one(INSIDE)}
    return Picture(
        NOON,
        TODAY,
        options,
        {one(LATER): [Planned(one(LATER), "L1", None, date(2026, 12, 1))]},
        {
            named[name]: Wish(
                named[name], 3, None, NOON, "x", 3, NOON, setting, "accepted"
            )
            for name, setting in wishes.items()
        },
    )


def compared(known: Picture, *rows: str, head: str = "") -> list[Difference]:
    head = head or "Rufnummer;Letzte Rufnummer;Rufumleitung;Zielnummer;Version"
    content = "\n".join((head, *rows)).encode()
    return differences(known, sheet.table(sheets.read(content)), TargetPolicy())


def verdicts(found: list[Difference]) -> list[tuple[str, str | None]]:
    return [(row.verdict, row.code) for row in found]


class TestDifferences:
    def test_a_new_rule_is_told_before_and_after(self) -> None:
        [row] = compared(picture(), "0211 22223333;;Aktiv;0152 28817386;")

        assert (row.verdict, row.before, row.after) == ("changes", None, ARMED)

    def test_the_same_number_in_another_form_is_no_change(self) -> None:
        found = compared(
            picture(a=ARMED, b=ARMED, c=ARMED),
            "+4921122223333;;Aktiv;+4915228817386;",
            "004921122223334;;ja;004915228817386;",
            "021122223335;;;0152 288 17386;",
        )

        assert verdicts(found) == [("same", None)] * 3

    def test_what_a_row_leaves_empty_stays(self) -> None:
        setting = Setting(True, MOBILE, False, OTHER, False)  # noqa: FBT003 - as stored

        [row] = compared(picture(a=setting), "0211 22223333;;Inaktiv;;")

        assert row.after == Setting(False, MOBILE, False, OTHER, False)  # noqa: FBT003

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (";;Aktiv;0152 28817386;", "import_number_missing"),
            ("Zentrale;;Aktiv;0152 28817386;", "import_number_unreadable"),
            ("4,92112E+12;;Aktiv;0152 28817386;", "import_number_rounded"),
            ("0211 22223333;;Aktiv;4.91522881E12;", "import_number_rounded"),
            ("030 23125999;;Aktiv;0152 28817386;", "import_number_unknown"),
            ("0211 22223337;;Aktiv;0152 28817386;", "not_open_yet"),
            ("0211 22223333;;Aktiv;;", "target_missing"),
            ("0211 22223333;;vielleicht;;", "import_word_unknown"),
            ("0211 22223333;;Aktiv;110;", "target_emergency"),
            ("0211 22223333;;Aktiv;0211 22223333;", "target_own_number"),
            ("0211 22223333;;Aktiv;0211 22223334;", "target_same_line"),
            ("0221 4710000;0221 4710999;Aktiv;0221 4710005;", "target_own_block"),
            ("0221 4710000;0221 4710099;Aktiv;0152 28817386;", "import_number_unknown"),
        ],
    )
    def test_a_row_is_refused_with_its_reason(self, row: str, code: str) -> None:
        assert verdicts(compared(picture(), row)) == [("refused", code)]

    def test_a_refused_target_brings_the_right_number(self) -> None:
        [row] = compared(picture(), "0211 22223333;;Aktiv;4915228817386;")

        assert (row.verdict, row.facts["suggestion"]) == ("refused", MOBILE)

    def test_a_number_that_stands_twice_counts_once(self) -> None:
        found = compared(
            picture(), "0211 22223333;;Aktiv;0152 28817386;", "+4921122223333;;;;"
        )

        assert verdicts(found) == [
            ("changes", None),
            ("refused", "import_number_twice"),
        ]
        assert found[1].facts["row"] == 2

    def test_rows_that_would_close_a_circle_together(self) -> None:
        found = compared(
            picture(),
            "0211 22223333;;Aktiv;0211 22223335;",
            "0211 22223335;;Aktiv;0211 22223333;",
        )

        assert verdicts(found) == [("changes", None), ("refused", "target_circle")]

    def test_a_circle_with_a_rule_that_stands(self) -> None:
        known = picture(block=Setting(enabled=True, target=A))

        found = compared(known, f"{A};;Aktiv;{INSIDE};")

        assert verdicts(found) == [("refused", "target_circle")]

    def test_a_version_that_is_not_the_newest(self) -> None:
        known = picture(a=ARMED)

        stale = compared(known, "0211 22223333;;Inaktiv;;2")
        fresh = compared(known, "0211 22223333;;Inaktiv;;3")

        assert verdicts(stale + fresh) == [
            ("refused", "version_mismatch"),
            ("changes", None),
        ]

    def test_a_block_is_named_by_both_ends_and_its_first_number_alone(self) -> None:
        known = picture(block=ARMED)

        block, single = compared(
            known,
            "0221 4710000;0221 4710999;Inaktiv;;",
            "0221 4710000;;Aktiv;030 23125042;",
        )

        assert (block.span, single.span) == ((BLOCK, END), one(BLOCK))

    def test_without_a_column_for_the_end_the_first_number_names_the_block(
        self,
    ) -> None:
        head = "Rufnummer;Rufumleitung;Ziel"

        [row] = compared(picture(), "0221 4710000;ja;0152 28817386", head=head)

        assert row.span == (BLOCK, END)

    def test_as_block_gives_the_own_rule_up(self) -> None:
        known = picture(block=ARMED, inside=Setting(enabled=True, target=OTHER))

        [row] = compared(known, f"{INSIDE};;wie Block;;")

        assert (row.verdict, row.after) == ("changes", None)

    def test_inactive_is_a_rule_inside_a_block_and_nothing_outside(self) -> None:
        found = compared(
            picture(block=ARMED), f"{INSIDE};;Inaktiv;;", f"{A};;Inaktiv;;"
        )

        assert verdicts(found) == [("changes", None), ("same", None)]

    def test_line_first_is_taken_in_either_language_and_kept_without_a_column(
        self,
    ) -> None:
        first = Setting(enabled=True, target=MOBILE, line_first=True)
        known = picture(a=first, b=ARMED, c=first)

        [german] = compared(known, f"{B};ja", head="Rufnummer;Erst am Anschluss")
        [english] = compared(known, f"{A};no", head="Number;Line first")
        found = compared(known, f"{A};;ja;;", f"{C};;Inaktiv;;")

        assert (german.verdict, german.after) == ("changes", first)
        assert (english.verdict, english.after) == ("changes", ARMED)
        assert verdicts(found) == [("same", None), ("changes", None)]
        assert found[1].after == Setting(target=MOBILE, line_first=True)

    def test_a_riddle_in_it_is_refused_with_word_and_column(self) -> None:
        found = compared(
            picture(),
            f"{A};0152 28817386;zuerst",
            f"{B};0152 28817386;nein",
            head="Rufnummer;Ziel;Erst am  Anschluss",
        )

        assert verdicts(found) == [("refused", "import_yes_or_no"), ("changes", None)]
        said = [say(found[0].code or "", lang, found[0].facts) for lang in ("de", "en")]
        for one_said in said:
            assert "zuerst" in one_said.detail
            assert "Erst am  Anschluss" in one_said.detail

    def test_a_number_that_lost_its_plus_in_a_spreadsheet_is_still_his(self) -> None:
        [row] = compared(picture(), "4921122223333;;Aktiv;0152 28817386;")

        assert row.span == one(A)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_that_comes_back_changes_nothing(
    language: Language, form: str
) -> None:
    keeping: dict[str, Any] = {"keep_extension": True, "target": "+496990009000"}
    known = picture(
        a=ARMED,
        b=Setting(enabled=False, target=OTHER, follows_planned_work=False),
        c=Setting(enabled=True, target=MOBILE, fallback_target=OTHER, line_first=True),
        block=Setting(enabled=True, **keeping),
        inside=Setting(),
    )
    rows = list(words.rows(entries(known), language))
    separator = ";" if language == "de" else ","
    content = (
        sheets.write_csv(rows, separator=separator)
        if form == "csv"
        else sheets.write_excel("x", rows)
    )

    found = differences(known, sheet.table(sheets.read(content)), TargetPolicy())

    assert verdicts(found) == [("same", None)] * 6


@pytest.mark.parametrize(
    ("language", "column", "yes"),
    [("de", "Erst am Anschluss", "ja"), ("en", "Line first", "yes")],
)
def test_an_export_says_who_tries_the_line_first(
    language: Language, column: str, yes: str
) -> None:
    known = picture(a=Setting(target=MOBILE, line_first=True))

    head, *rows = words.rows(entries(known), language)

    by_number = {row[0]: row[head.index(column)] for row in rows}
    assert by_number[words.written(A)] == yes
    assert by_number[words.written(C)] == ""  # nothing of its own
