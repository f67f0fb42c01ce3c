"""Words of the frame around every page."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "brand": Phrase("ecotel @once SelfCare", "ecotel @once SelfCare"),
    "skip": Phrase("Zum Inhalt", "Skip to content"),
    "nav.label": Phrase("Hauptmenü", "Main menu"),
    "nav.orders": Phrase("NGN-Aufträge", "NGN orders"),
    "nav.configurator": Phrase("Konfigurator", "Configurator"),
    "account.signed_in": Phrase("Angemeldet als {name}", "Signed in as {name}"),
    "account.leave": Phrase("Abmelden", "Sign out"),
    "language.other": Phrase("English", "Deutsch"),
    "crumbs.label": Phrase("Sie sind hier", "You are here"),
    "live.off": Phrase(
        "Verbindung unterbrochen. Der Stand kann älter sein.",
        "Connection lost. What you see may be out of date.",
    ),
    "notice.undo": Phrase("Rückgängig", "Undo"),
    "notice.offline": Phrase(
        "Das Portal ist gerade nicht zu erreichen. Was Sie eingegeben haben, steht "
        "noch da: Bitte speichern Sie in einigen Sekunden noch einmal.",
        "The portal cannot be reached right now. What you entered is still here: "
        "please save again in a few seconds.",
    ),
    "footer.hotline": Phrase(
        "Fragen? Hotline 0800-0326835 oder service@ecotel.de",
        "Questions? Hotline 0800-0326835 or service@ecotel.de",
    ),
    "word.at": Phrase("um {at}", "at {at}"),
    "word.since": Phrase("seit {at}", "since {at}"),
    "word.until": Phrase("voraussichtlich bis {at}", "expected until {at}"),
    "word.yes": Phrase("Ja", "Yes"),
    "word.no": Phrase("Nein", "No"),
    "word.back": Phrase("Zurück", "Back"),
    "word.save": Phrase("Speichern", "Save"),
    "word.cancel": Phrase("Abbrechen", "Cancel"),
    "word.clock": Phrase("{time} Uhr", "{time}"),
    "kind.fault": Phrase("Störung", "Outage"),
    "kind.planned": Phrase("Geplante Arbeiten", "Planned work"),
    "kind.degradation": Phrase("Eingeschränkter Betrieb", "Degraded service"),
    "situation.label": Phrase("Lage", "Situation"),
    "situation.none": Phrase("Keine Rufnummer freigeschaltet", "No number is enabled"),
    "situation.all": Phrase(
        "Alle {n} Rufnummern sind geschützt",
        "All {n} numbers are protected",
    ),
    "situation.all.one": Phrase(
        "Ihre Rufnummer ist geschützt",
        "Your number is protected",
    ),
    "situation.nothing": Phrase(
        "Keine Ihrer {n} Rufnummern ist geschützt",
        "None of your {n} numbers is protected",
    ),
    "situation.nothing.one": Phrase(
        "Ihre Rufnummer ist nicht geschützt",
        "Your number is not protected",
    ),
    "situation.part": Phrase(
        "{protected} von {n} Rufnummern geschützt",
        "{protected} of {n} numbers protected",
    ),
    "situation.calm": Phrase("Keine Störung", "No outage"),
    "situation.outage": Phrase(
        "{kind} an {place} seit {at}.",
        "{kind} on {place} since {at}.",
    ),
    "situation.voice": Phrase(
        "Telefonieren geht weiter, deshalb wird nichts umgeleitet.",
        "Calls still get through, so nothing is diverted.",
    ),
    "situation.diverted": Phrase(
        "{n} Rufnummern sind umgeleitet.",
        "{n} numbers are diverted.",
    ),
    "situation.diverted.one": Phrase(
        "1 Rufnummer ist umgeleitet.",
        "1 number is diverted.",
    ),
    "situation.lost": Phrase(
        "{n} Rufnummern ohne Rufumleitung sind nicht erreichbar.",
        "{n} numbers without a forwarding cannot be reached.",
    ),
    "situation.lost.one": Phrase(
        "1 Rufnummer ohne Rufumleitung ist nicht erreichbar.",
        "1 number without a forwarding cannot be reached.",
    ),
    "situation.failed": Phrase(
        "Bei {n} Rufnummern wird die Umleitung wiederholt.",
        "Diverting is being tried again for {n} numbers.",
    ),
    "situation.failed.one": Phrase(
        "Bei 1 Rufnummer wird die Umleitung wiederholt.",
        "Diverting is being tried again for 1 number.",
    ),
    "situation.down": Phrase(
        "Bei {n} Rufnummern ist auch das Ziel gestört: bitte ein anderes eintragen.",
        "For {n} numbers the target is down, too: please enter another one.",
    ),
    "situation.down.one": Phrase(
        "Bei 1 Rufnummer ist auch das Ziel gestört: bitte ein anderes eintragen.",
        "For 1 number the target is down, too: please enter another one.",
    ),
    "situation.barred": Phrase(
        "{n} Rufumleitungen sind ohne Wirkung.",
        "{n} forwardings have no effect.",
    ),
    "situation.barred.one": Phrase(
        "1 Rufumleitung ist ohne Wirkung.",
        "1 forwarding has no effect.",
    ),
    "situation.show_wrong": Phrase("Ansehen", "Show them"),
    "situation.held": Phrase(
        "Wir haben zurzeit alle Rufumleitungen angehalten, auch Ihre. Ihre Ziele "
        "bleiben gespeichert. Fragen: 0800-0326835.",
        "All forwardings are on hold at the moment, including yours. Your targets "
        "remain saved. Questions: 0800-0326835.",
    ),
    "situation.by_hand": Phrase(
        "{n} Rufnummern sind von Hand oder zur Probe umgeleitet.",
        "{n} numbers are diverted by hand or as a rehearsal.",
    ),
    "situation.by_hand.one": Phrase(
        "1 Rufnummer ist von Hand oder zur Probe umgeleitet.",
        "1 number is diverted by hand or as a rehearsal.",
    ),
    "situation.end": Phrase("Voraussichtlich bis {at}.", "Expected until {at}."),
    "situation.recovering": Phrase(
        "Die Leitung geht wieder. Bleibt es dabei, kommen Anrufe zurück",
        "The line is working again. If it stays up, calls return",
    ),
    "situation.do_targets": Phrase("Ziele jetzt eintragen", "Enter targets now"),
    "situation.show_diverted": Phrase("Umgeleitete ansehen", "Show diverted numbers"),
    "situation.show_open": Phrase(
        "{n} ohne Schutz ansehen",
        "Show {n} without protection",
    ),
}
