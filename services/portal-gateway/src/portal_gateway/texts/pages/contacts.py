"""Words of the notifications."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.contacts": Phrase("Benachrichtigungen", "Notifications"),
    "contacts.lead": Phrase(
        "Wen wir erreichen, wenn eine Leitung ausfällt, und was wir dann sagen.",
        "Who we notify when a line fails, and what we tell them.",
    ),
    "contacts.empty.title": Phrase("Noch niemand", "Nobody yet"),
    "contacts.empty.what": Phrase(
        "Tragen Sie ein Handy oder eine E-Mail-Adresse ein, die auch ohne Ihre Leitung "
        "erreichbar ist.",
        "Enter a mobile phone or an e-mail address that can be reached without your "
        "line.",
    ),
    "contacts.no_free": Phrase(
        "Alle Kontakte hängen an Ihrer eigenen Leitung. Fällt sie aus, erreichen wir "
        "niemanden: Tragen Sie am besten ein Handy ein.",
        "All contacts depend on your own line. If it fails, we can reach nobody: it "
        "is best to enter a mobile phone.",
    ),
    "contacts.mail_only": Phrase(
        "E-Mails kommen nur an, wenn Sie auch ohne Ihre Leitung ins Internet kommen. "
        "Ein Handy ist der sicherste Weg.",
        "E-mails only arrive if you can get online without your line. A mobile "
        "phone is the safest way.",
    ),
    "contacts.add": Phrase("Kontakt eintragen", "Add a contact"),
    "contacts.address": Phrase(
        "E-Mail-Adresse oder Handynummer", "E-mail address or mobile number"
    ),
    "contacts.address.hint": Phrase(
        "Wir senden einen Code dorthin. Erst wenn Sie ihn hier eingeben, senden wir "
        "mehr.",
        "We will send a code there, and nothing more until you have entered it here.",
    ),
    "contacts.label": Phrase("Wer ist das?", "Who is this?"),
    "contacts.label.hint": Phrase(
        "etwa »Zentrale« oder »Bereitschaft«", "such as “front desk” or “on call”"
    ),
    "contacts.language": Phrase("Sprache der Nachrichten", "Language of the messages"),
    "contacts.language.de": Phrase("Deutsch", "German"),
    "contacts.language.en": Phrase("Englisch", "English"),
    "contacts.send_code": Phrase("Code senden", "Send code"),
    "contacts.state.on": Phrase("wird benachrichtigt", "is notified"),
    "contacts.state.off": Phrase("ausgeschaltet", "switched off"),
    "contacts.state.unconfirmed": Phrase("noch nicht bestätigt", "not confirmed yet"),
    "contacts.state.refused": Phrase("nicht erreichbar", "cannot be reached"),
    "contacts.refused.what": Phrase(
        "Die Adresse gibt es nicht (mehr). Wir senden nichts mehr dorthin, bis sie neu "
        "bestätigt ist.",
        "This address does not exist (any more). We will not send anything there "
        "until it is confirmed again.",
    ),
    "contacts.own_line": Phrase(
        "Diese Nummer hängt an Ihrer Leitung {line}. Fällt sie aus, kommt hier nichts "
        "an.",
        "This number depends on your line {line}. If the line fails, nothing "
        "arrives here.",
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
        "Confirmed. This contact will be notified from now on.",
    ),
    "contacts.saved": Phrase("Gespeichert.", "Saved."),
    "contacts.removed": Phrase(
        "Der Kontakt ist entfernt.", "The contact has been removed."
    ),
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
        "Rufnummern ohne Schutz", "Unprotected numbers"
    ),
    "contacts.kind.forwarding_failed": Phrase(
        "Eine Umleitung klappt noch nicht", "A diversion is not working yet"
    ),
    "contacts.kind.forwarding_reminder": Phrase(
        "Erinnerung an lange Umleitungen", "Reminder about long diversions"
    ),
    "contacts.kind.target_set": Phrase(
        "Eine Zielnummer wurde geändert", "A target was changed"
    ),
    "contacts.kind.security": Phrase("Sicherheit", "Security"),
    "contacts.kind.confirm": Phrase("Bestätigungscode", "Confirmation code"),
    "contacts.kind.test": Phrase("Testnachricht", "Test message"),
    "contacts.sent": Phrase("Zuletzt gesendet", "Recently sent"),
    "contacts.sent.what": Phrase("Nachricht", "Message"),
    "contacts.sent.to": Phrase("An", "To"),
    "contacts.sent.at": Phrase("Wann", "When"),
    "contacts.sent.state": Phrase("Stand", "State"),
    "contacts.notice.waiting": Phrase("wird gesendet", "being sent"),
    "contacts.notice.sent": Phrase("gesendet", "sent"),
    "contacts.notice.void": Phrase("nicht mehr nötig", "no longer needed"),
    "contacts.notice.refused": Phrase("Adresse unbekannt", "address unknown"),
    "contacts.notice.expired": Phrase("zu spät, verworfen", "too late, discarded"),
}
