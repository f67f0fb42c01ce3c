"""Words of the pages for what did not work."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "error.404.title": Phrase("Hier ist nichts", "Nothing here"),
    "error.404.what": Phrase(
        "Diese Seite gibt es nicht, oder sie gehört nicht zu Ihrem Zugang.",
        "This page does not exist, or it does not belong to your account.",
    ),
    "error.404.do": Phrase(
        "Ihre Rufnummern und Aufträge finden Sie über das Menü.",
        "You will find your numbers and orders in the menu.",
    ),
    "error.403.title": Phrase("Das dürfen Sie hier nicht", "You cannot do this here"),
    "error.403.do": Phrase(
        "Wenn Sie das für einen Irrtum halten, hilft Ihnen die Hotline.",
        "If you think that is a mistake, the hotline will help.",
    ),
    "error.500.title": Phrase("Das lag an uns", "That was our fault"),
    "error.500.what": Phrase(
        "Bei uns ist etwas schiefgegangen. Ihre Rufumleitungen arbeiten davon "
        "unabhängig weiter.",
        "Something went wrong on our side. Your forwardings keep working all the same.",
    ),
    "error.500.do": Phrase(
        "Bitte versuchen Sie es noch einmal. Bleibt es dabei, rufen Sie uns an.",
        "Please try again. If it keeps happening, call us.",
    ),
    "error.503.title": Phrase("Einen Moment bitte", "One moment please"),
    "error.503.what": Phrase(
        "Der Dienst wird gerade neu gestartet. Eine gespeicherte Änderung ist notiert "
        "und geht nicht verloren; Ihre Rufumleitungen arbeiten weiter.",
        "The service is restarting. A saved change has been noted and will not be "
        "lost; your forwardings keep working.",
    ),
    "error.503.do": Phrase(
        "Bitte laden Sie die Seite in einigen Sekunden neu.",
        "Please reload the page in a few seconds.",
    ),
    "error.503.sent": Phrase(
        "Der Dienst wird gerade neu gestartet; Ihre Rufumleitungen arbeiten weiter. "
        "Bitte schicken Sie das in einigen Sekunden noch einmal ab.",
        "The service is restarting; your forwardings keep working. Please send this "
        "again in a few seconds.",
    ),
    "error.other.title": Phrase("Das ging nicht", "That did not work"),
    "error.home": Phrase("Zur Startseite", "To the start page"),
    "error.again": Phrase("Noch einmal versuchen", "Try again"),
    "resume.title": Phrase("Fast gespeichert", "Almost saved"),
    "resume.what": Phrase(
        "Sie waren abgemeldet, als Sie gespeichert haben. Ihre Eingabe ist noch da:",
        "You were signed out when you saved. What you entered is still here:",
    ),
    "resume.renewed": Phrase(
        "Ihre Anmeldung hat sich geändert, seit Sie diese Seite geöffnet haben. Ihre "
        "Eingabe ist noch da:",
        "Your sign-in has changed since you opened that page. What you entered is "
        "still here:",
    ),
    "resume.away": Phrase(
        "Der Dienst wird gerade neu gestartet; Ihre Rufumleitungen arbeiten weiter. "
        "Bitte speichern Sie in einigen Sekunden noch einmal. Ihre Eingabe ist noch "
        "da:",
        "The service is restarting; your forwardings keep working. Please save again "
        "in a few seconds. What you entered is still here:",
    ),
    "resume.confirmed": Phrase(
        "Ihr Kennwort stimmt. Das wartet noch darauf, gespeichert zu werden:",
        "Your password is correct. This is still waiting to be saved:",
    ),
    "resume.send": Phrase("Jetzt speichern", "Save now"),
    "resume.drop": Phrase("Verwerfen", "Discard"),
}
