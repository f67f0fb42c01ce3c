"""The words of refusals about people: second factor, sessions, staff, operations."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Text, text

PEOPLE: Final[Mapping[str, Text]] = {
    "second_factor_required": text(
        ("Zweiter Faktor", "Bitte geben Sie den Code aus Ihrer App ein."),
        ("Second factor", "Please enter the code from your app."),
    ),
    "second_factor_enrolment_required": text(
        (
            "Zweiten Faktor einrichten",
            "Bitte richten Sie zuerst Ihren zweiten Faktor ein: Er ist Pflicht.",
        ),
        (
            "Set up your second factor",
            "Your account needs a second factor. Please set it up first.",
        ),
    ),
    "second_factor_wrong": text(
        (
            "Code nicht richtig",
            (
                "Dieser Code gilt nicht oder wurde schon benutzt. "
                "Bitte nehmen Sie den nächsten Code aus der App."
            ),
        ),
        (
            "Wrong code",
            (
                "This code is not valid or was used before. "
                "Please take the next code from the app."
            ),
        ),
    ),
    "second_factor_not_asked": text(
        ("Kein Code nötig", "Sie sind schon angemeldet."),
        ("No code needed", "You are logged in already."),
    ),
    "second_factor_not_offered": text(
        (
            "Noch nicht begonnen",
            "Bitte beginnen Sie die Einrichtung des zweiten Faktors von vorn.",
        ),
        ("Not begun yet", "Please begin to set up the second factor anew."),
    ),
    "second_factor_exists": text(
        ("Schon eingerichtet", "Ihr zweiter Faktor ist schon eingerichtet."),
        ("Set up already", "Your second factor is set up already."),
    ),
    "second_factor_missing": text(
        ("Nicht eingerichtet", "Sie haben keinen zweiten Faktor eingerichtet."),
        ("Not set up", "You have no second factor."),
    ),
    "second_factor_mandatory": text(
        ("Nicht erlaubt", "Für Ihren Zugang ist der zweite Faktor Pflicht."),
        ("Not allowed", "Your account must have a second factor."),
    ),
    "second_factor_unavailable": text(
        ("Nicht verfügbar", "Ein zweiter Faktor lässt sich gerade nicht einrichten."),
        ("Not available", "A second factor cannot be set up just now."),
    ),
    "confirmation_required": text(
        ("Bitte bestätigen", "Bitte geben Sie Ihr Kennwort noch einmal ein."),
        ("Please confirm", "Please enter your password once more."),
    ),
    "too_many_letters": text(
        (
            "Zu viele Briefe",
            "Dieser Kunde hat in sieben Tagen schon {letters} Briefe bekommen.",
        ),
        ("Too many letters", "This customer got {letters} letters in seven days."),
    ),
    "numbers_active": text(
        (
            "Vertrag läuft noch",
            "Dieser Kunde hat oder bekommt noch {numbers} Rufnummern oder Blöcke.",
        ),
        (
            "Contract still runs",
            "This customer still has, or is to get, {numbers} numbers or blocks.",
        ),
    ),
    "erasure_not_confirmed": text(
        (
            "Nicht bestätigt",
            "Bitte geben Sie die Kundennummer genau so ein, wie sie oben steht.",
        ),
        (
            "Not confirmed",
            "Please enter the customer number exactly as it stands above.",
        ),
    ),
    "operators_only": text(
        ("Nicht erlaubt", "Das kann nur der Netzbetrieb."),
        ("Not allowed", "Only network operations can do this."),
    ),
    "not_for_operators": text(
        ("Nicht erlaubt", "Der Netzbetrieb sieht keine Kundendaten."),
        ("Not allowed", "Network operations see no customers."),
    ),
    "places_missing": text(
        ("Ort fehlt", "Bitte nennen Sie mindestens eine Leitung oder ein Netzelement."),
        ("Place missing", "Please name at least one line or network element."),
    ),
    "too_many_places": text(
        ("Zu viele Orte", "Bitte nennen Sie höchstens {places} auf einmal."),
        ("Too many places", "Please name at most {places} at once."),
    ),
    "place_too_long": text(
        (
            "Name zu lang",
            (
                "Ein Ort hat höchstens {most} Zeichen. Bitte trennen Sie mehrere durch "
                "Zeilen oder Kommas."
            ),
        ),
        (
            "Name too long",
            (
                "A place has at most {most} characters. Please separate several by "
                "lines or commas."
            ),
        ),
    ),
    "subject_missing": text(
        ("Störung fehlt", "Bitte nennen Sie die Störung oder das Wartungsfenster."),
        ("Subject missing", "Please name the outage or maintenance window."),
    ),
    "because_missing": text(
        ("Begründung fehlt", "Bitte begründen Sie die Änderung in einem Satz."),
        ("Reason missing", "Please give a reason in a sentence."),
    ),
    "window_ends_before_start": text(
        ("Zeiten vertauscht", "Das Ende muss nach dem Beginn liegen."),
        ("Times reversed", "The end must be after the start."),
    ),
    "time_out_of_range": text(
        (
            "Zeit nicht möglich",
            (
                "Bitte geben Sie eine Zeit in den Jahren 2 bis 9998 an. Ist ein Ende "
                "offen, lassen Sie es leer."
            ),
        ),
        (
            "Time not possible",
            (
                "Please give a time in the years 2 to 9998. If an end is open, leave "
                "it empty."
            ),
        ),
    ),
    "time_unreadable": text(
        ("Zeit nicht lesbar", "Bitte geben Sie Datum und Uhrzeit an."),
        ("Unreadable time", "Please give a date and a time."),
    ),
}
