"""The words of what only pages refuse, in German and English, by code."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Text
from portal_gateway.texts.said import text as _text

FORM_TEXTS: Final[Mapping[str, Text]] = {
    "too_many_numbers": _text(
        ("Zu viele", "Auf einmal gehen höchstens {most}. Bitte wählen Sie weniger."),
        ("Too many", "At most {most} at once. Please choose fewer."),
    ),
    "customers_only": _text(
        ("Nur für Kunden", "Diese Seite zeigt die Rufnummern eines Kunden selbst."),
        ("Customers only", "This page shows a customer his own numbers."),
    ),
    "form_expired": _text(
        (
            "Bitte noch einmal senden",
            "Die Seite war zu lange offen. Bitte senden Sie Ihre Eingabe noch einmal.",
        ),
        (
            "Please send again",
            "This page was open for too long. Please send what you entered again.",
        ),
    ),
    "invalid_form": _text(
        ("Nicht lesbar", "Das Formular kam nicht vollständig an. Bitte noch einmal."),
        ("Unreadable", "The form did not arrive whole. Please send it again."),
    ),
}
