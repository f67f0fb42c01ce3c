"""The letter as it lies on the table."""

import io
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from portal_gateway.paper.letter import Letterhead, Writing, address_lines, draw

AT = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
HEAD = Letterhead("ecotel", "www.portal.example", "0800-0326835", "service@ecotel.de")
LETTER = Writing(
    reason="first",
    customer_number="K-1",
    name="Łódź & Söhne GmbH",
    address="Weg 1, 50667 Köln",
    password="ABCD-EFGH-JKLM-NPQR-STUV",  # noqa: S106 - a test's own
    written_at=AT,
    valid_until=AT + timedelta(days=30),
)


def text_of(letter: Writing) -> str:
    [page] = PdfReader(io.BytesIO(draw(letter, HEAD))).pages
    return page.extract_text()


def test_says_who_what_and_until_when_in_berlin() -> None:
    said = text_of(LETTER)

    for part in ("Łódź & Söhne GmbH", "50667 Köln", LETTER.password, "31.12.2026"):
        assert part in said
    assert "01.12.2026" in said  # half past midnight there


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "forgotten"}, "wurden neue Zugangsdaten für Sie angefordert"),
        ({"reason": "ordered"}, "bei unserer Hotline"),
        ({"old_username": "Büro"}, "bisheriger Benutzername ist: Büro"),
        ({"resets_second_factor": True}, "zweite Faktor wird mit dieser Anmeldung"),
    ],
)
def test_says_what_else_there_is_to_know(change: dict[str, object], said: str) -> None:
    told = " ".join(text_of(replace(LETTER, **change)).split())  # type: ignore[arg-type]  # the rows know

    assert said in told
    assert said not in " ".join(text_of(LETTER).split())


def test_a_long_name_stays_in_the_window_and_on_one_page() -> None:
    letter = replace(LETTER, name="Sehr langer Name " * 20, address="A, B\nC, D, E")

    assert LETTER.password in text_of(letter)


def test_a_long_name_leaves_the_street_and_the_town_in_the_window() -> None:
    letter = replace(
        LETTER,
        name="Gemeinnützige Gesellschaft für Wohnen und Pflege im Bergischen Land "
        "mbH und Compagnie Kommanditgesellschaft, Niederlassung Köln-Ehrenfeld",
        address="z. Hd. Frau Muster, Abteilung Technik, Hinterhaus, Weg 1, 50667 Köln",
    )
    said = text_of(letter)

    assert "Gemeinnützige Gesellschaft" in said
    for part in ("Weg 1", "50667 Köln"):
        assert part in said


def test_an_address_has_a_line_each() -> None:
    assert address_lines("A", "Weg 1,  2 Köln\r\n\r\nDE") == [
        "A",
        "Weg 1",
        "2 Köln",
        "DE",
    ]


def test_drawing_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        draw(LETTER, HEAD)

    assert caplog.records == []
