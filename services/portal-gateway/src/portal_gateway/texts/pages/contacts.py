"""Words of the notifications."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.contacts": Phrase("Benachrichtigungen", "Notifications"),
    "contacts.lead": Phrase(
        "Wen wir erreichen, wenn eine Leitung ausfällt, und was wir dann sagen.",
        "Whom we reach when a line fails, and what we say then.",
    ),
    "contacts.empty.title": Phrase("Noch niemand", "Nobody yet"),
    "contacts.empty.what": Phrase(
        "Tragen Sie ein Handy oder eine E-Mail-Adresse ein, die auch ohne Ihre Leitung "
        "erreichbar ist.",
        "Enter a mobile phone or an e-mail address that is within reach without your "
        "line.",
    ),
    "contacts.no_free": Phrase(
        "Alle Kontakte hängen an Ihrer eigenen Leitung. Fällt sie aus, erreichen wir "
        "niemanden: Tragen Sie am besten ein Handy ein.",
        "All contacts hang on your own line. If it fails we reach nobody: best enter a "
        "mobile phone.",
    ),
    "contacts.mail_only": Phrase(
        "E-Mails kommen nur an, wenn Sie auch ohne Ihre Leitung ins Internet kommen. "
        "Ein Handy ist der sicherste Weg.",
        "Mails arrive only if you reach the internet without your line. A mobile "
        "phone is the safest way.",
    ),
    "contacts.add": Phrase("Kontakt eintragen", "Enter a contact"),
    "contacts.address": Phrase(
        "E-Mail-Adresse oder Handynummer", "E-mail address or mobile number"
    ),
    "contacts.address.hint": Phrase(
        "Wir senden einen Code dorthin. Erst wenn Sie ihn hier eingeben, senden wir "
        "mehr.",
        "We send a code there. Only when you have entered it here we send more.",
    ),
    "contacts.label": Phrase("Wer ist das?", "Who is it?"),
    "contacts.label.hint": Phrase(
        "etwa »Zentrale« oder »Bereitschaft«", "such as “front desk” or “on call”"
    ),
    "contacts.language": Phrase("Sprache der Nachrichten", "Language of the messages"),
    "contacts.language.de": Phrase("Deutsch", "German"),
    "contacts.language.en": Phrase("Englisch", "English"),
    "contacts.send_code": Phrase("Code senden", "Send code"),
    "contacts.state.on": Phrase("wird benachrichtigt", "is told"),
    "contacts.state.off": Phrase("ausgeschaltet", "switched off"),
    "contacts.state.unconfirmed": Phrase("noch nicht bestätigt", "not confirmed yet"),
    "contacts.state.refused": Phrase("nicht erreichbar", "out of reach"),
    "contacts.refused.what": Phrase(
        "Die Adresse gibt es nicht (mehr). Wir senden nichts mehr dorthin, bis sie neu "
        "bestätigt ist.",
        "The address does not exist (any more). We send nothing there until it is "
        "confirmed anew.",
    ),
    "contacts.own_line": Phrase(
        "Diese Nummer hängt an Ihrer Leitung {line}. Fällt sie aus, kommt hier nichts "
        "an.",
        "This number hangs on your line {line}. If that fails nothing arrives here.",
    ),
    "contacts.code": Phrase("Code aus der Nachricht", "Code from the message"),
    "contacts.confirm": Phrase("Bestätigen", "Confirm"),
    "contacts.again": Phrase("Code noch einmal senden", "Send the code again"),
    "contacts.test": Phrase("Testnachricht", "Test message"),
    "contacts.settings": Phrase("Was gesendet wird", "What is sent"),
    "contacts.is_on": Phrase("Benachrichtigen", "Notify"),
    "contacts.kinds": Phrase("Nachrichten", "Messages"),
    "contacts.remove": Phrase("Entfernen", "Remove"),
    "contacts.added": Phrase(
        "Der Code ist unterwegs. Bitte geben Sie ihn hier ein.",
        "The code is on its way. Please enter it here.",
    ),
    "contacts.confirmed": Phrase(
        "Bestätigt. Ab jetzt wird dieser Kontakt benachrichtigt.",
        "Confirmed. This contact is told from now on.",
    ),
    "contacts.saved": Phrase("Gespeichert.", "Saved."),
    "contacts.removed": Phrase("Der Kontakt ist entfernt.", "The contact is removed."),
    "contacts.test_sent": Phrase(
        "Die Testnachricht ist unterwegs.", "The test message is on its way."
    ),
    "contacts.code_sent": Phrase(
        "Ein neuer Code ist unterwegs.", "A new code is on its way."
    ),
    "contacts.kind.outage_began": Phrase("Störung begonnen", "An outage began"),
    "contacts.kind.forwarding_began": Phrase(
        "Anrufe werden umgeleitet", "Calls are diverted"
    ),
    "contacts.kind.outage_ended": Phrase("Störung behoben", "An outage is over"),
    "contacts.kind.outage_withdrawn": Phrase(
        "Störung zurückgezogen (Fehlalarm)", "An outage was withdrawn (false alarm)"
    ),
    "contacts.kind.planned_work": Phrase("Geplante Arbeiten", "Planned work"),
    "contacts.kind.numbers_unprotected": Phrase(
        "Rufnummern ohne Schutz", "Numbers without protection"
    ),
    "contacts.kind.forwarding_failed": Phrase(
        "Eine Umleitung klappt noch nicht", "A diversion does not work yet"
    ),
    "contacts.kind.forwarding_reminder": Phrase(
        "Erinnerung an lange Umleitungen", "Reminder of long diversions"
    ),
    "contacts.kind.target_set": Phrase(
        "Eine Zielnummer wurde geändert", "A target was changed"
    ),
    "contacts.kind.security": Phrase("Sicherheit", "Security"),
    "contacts.kind.confirm": Phrase("Bestätigungscode", "Confirmation code"),
    "contacts.kind.test": Phrase("Testnachricht", "Test message"),
    "contacts.sent": Phrase("Zuletzt gesendet", "Sent lately"),
    "contacts.sent.what": Phrase("Nachricht", "Message"),
    "contacts.sent.to": Phrase("An", "To"),
    "contacts.sent.at": Phrase("Wann", "When"),
    "contacts.sent.state": Phrase("Stand", "State"),
    "contacts.notice.waiting": Phrase("wird gesendet", "being sent"),
    "contacts.notice.sent": Phrase("gesendet", "sent"),
    "contacts.notice.void": Phrase("nicht mehr nötig", "not needed any more"),
    "contacts.notice.refused": Phrase("Adresse unbekannt", "address unknown"),
    "contacts.notice.expired": Phrase("zu spät, verworfen", "too late, dropped"),
}
