"""Words of the hotline's back office."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.hotline": Phrase("Kunden", "Customers"),
    "hotline.find": Phrase("Kunden suchen", "Find customers"),
    "hotline.query": Phrase(
        "Kundennummer, Name oder Rufnummer", "Customer number, name or phone number"
    ),
    "hotline.query.hint": Phrase(
        "Zum Beispiel +49 30 23125042 oder ein Teil des Namens",
        "For example +49 30 23125042 or part of the name",
    ),
    "hotline.query.short": Phrase(
        "Bitte geben Sie mindestens zwei Zeichen ein.",
        "Please enter at least two characters.",
    ),
    "hotline.search": Phrase("Suchen", "Search"),
    "hotline.found": Phrase("{n} Kunden gefunden", "{n} customers found"),
    "hotline.found.one": Phrase("1 Kunde gefunden", "1 customer found"),
    "hotline.none": Phrase("Kein Kunde gefunden", "No customer found"),
    "hotline.none.do": Phrase(
        "Prüfen Sie die Schreibweise, oder suchen Sie mit der Kundennummer von der "
        "Rechnung.",
        "Check the spelling, or use the customer number from the invoice.",
    ),
    "hotline.number": Phrase("Kundennummer", "Customer number"),
    "hotline.name": Phrase("Name", "Name"),
    "hotline.address": Phrase("Anschrift", "Address"),
    "hotline.audited": Phrase(
        "Dass Sie diesen Kunden ansehen, wird festgehalten.",
        "It is recorded that you viewed this customer.",
    ),
    "hotline.contract": Phrase("Vertrag", "Contract"),
    "hotline.since": Phrase("Kunde seit", "Customer since"),
    "hotline.countries": Phrase("Erlaubte Zielländer", "Allowed target countries"),
    "hotline.lines": Phrase("Leitungen", "Lines"),
    "hotline.lines.none": Phrase("noch keine", "none yet"),
    "hotline.access": Phrase("Zugang zum Portal", "Access to the portal"),
    "hotline.access.own": Phrase("eigene Zugangsdaten", "own sign-in details"),
    "hotline.access.posted": Phrase("noch nicht angemeldet", "not signed in yet"),
    "hotline.access.factor": Phrase("zweiter Faktor", "second factor"),
    "hotline.letter.first": Phrase("Erster Brief", "First letter"),
    "hotline.letter.forgotten": Phrase(
        "Brief nach »vergessen«", "Letter after “forgotten”"
    ),
    "hotline.letter.ordered": Phrase(
        "Brief von der Hotline", "Letter from the hotline"
    ),
    "hotline.letter.until": Phrase("gilt bis {day}", "valid until {day}"),
    "hotline.letter.send": Phrase("Neuen Brief senden", "Send a new letter"),
    "hotline.letter.resets": Phrase(
        "Auch den zweiten Faktor zurücksetzen (Gerät verloren)",
        "Also reset the second factor (device lost)",
    ),
    "hotline.letter.what": Phrase(
        "Geht an die Anschrift oben. Das Kennwort sieht hier niemand; der Kunde muss "
        "es ändern.",
        "Goes to the address above. Nobody here sees the password, and the customer "
        "has to change it.",
    ),
    "hotline.letter.done": Phrase(
        "Der Brief ist unterwegs zur Druckerei.",
        "The letter is on its way to the print shop.",
    ),
    "hotline.order.product": Phrase("Produkt", "Product"),
    "hotline.order.placed": Phrase("Beauftragt", "Placed"),
    "hotline.order.state": Phrase("Stand", "State"),
    "hotline.order.option": Phrase("ecotel @once SelfCare", "ecotel @once SelfCare"),
    "hotline.order.extends": Phrase("(Option nachträglich)", "(option added later)"),
    "hotline.state.placed": Phrase("wird geprüft", "being checked"),
    "hotline.state.accepted": Phrase("angenommen", "accepted"),
    "hotline.state.refused": Phrase("abgelehnt", "refused"),
    "hotline.state.cancelled": Phrase("Option beendet", "option ended"),
    "hotline.channel": Phrase("Beauftragt per", "Ordered by"),
    "hotline.channel.phone": Phrase("Telefon", "Phone"),
    "hotline.channel.mail": Phrase("E-Mail", "E-mail"),
    "hotline.channel.portal": Phrase("Portal", "Portal"),
    "hotline.channel.product_order": Phrase("Produktauftrag", "Product order"),
    "hotline.channel.missing": Phrase(
        "Bitte angeben, ob am Telefon oder per E-Mail beauftragt wurde.",
        "Please say whether the order came by phone or by e-mail.",
    ),
    "hotline.option.ordered": Phrase("beauftragt", "ordered"),
    "hotline.option.enabled": Phrase("freigeschaltet", "enabled"),
    "hotline.option.partly_enabled": Phrase(
        "teilweise freigeschaltet", "partly enabled"
    ),
    "hotline.option.ended": Phrase("beendet", "ended"),
    "hotline.option.cancelled": Phrase("beendet", "ended"),
    "hotline.option.none": Phrase("nicht beauftragt", "not ordered"),
    "hotline.option.send": Phrase("Option beauftragen", "Order option"),
    "hotline.option.done": Phrase(
        "Die Option ist beauftragt.", "The option has been ordered."
    ),
    "hotline.orders.none": Phrase(
        "Dieser Kunde hat noch keinen Auftrag.", "This customer has no order yet."
    ),
    "hotline.numbers": Phrase(
        "Rufnummern und Rufumleitungen", "Numbers and forwardings"
    ),
    "hotline.numbers.none": Phrase(
        "Keine Rufnummer mit der Option.", "No number with the option."
    ),
    "hotline.phone": Phrase("Rufnummer", "Number"),
    "hotline.rule": Phrase("Rufumleitung", "Forwarding"),
    "hotline.target": Phrase("Zielnummer", "Target"),
    "hotline.now": Phrase("Jetzt", "Now"),
    "hotline.armed": Phrase("Aktiv", "Active"),
    "hotline.unarmed": Phrase("Inaktiv", "Inactive"),
    "hotline.targets.show": Phrase("Ziele ganz zeigen", "Show targets in full"),
    "hotline.never": Phrase(
        "Ziele ändert nur der Kunde selbst.",
        "Only customers themselves can change targets.",
    ),
    "hotline.more": Phrase(
        "{n} von {all} gezeigt. Suchen Sie mit der Rufnummer.",
        "{n} of {all} shown. Search by phone number for the others.",
    ),
    "hotline.entry.inactive": Phrase("nicht geschützt", "not protected"),
    "hotline.entry.ready": Phrase("bereit", "ready"),
    "hotline.entry.pending": Phrase("wird übernommen", "being applied"),
    "hotline.entry.diverted": Phrase("umgeleitet", "diverted"),
    "hotline.entry.held": Phrase("angehalten", "on hold"),
    "hotline.entry.barred": Phrase("Ziel nicht zulässig", "target not allowed"),
    "hotline.entry.failed": Phrase("Fehler, wird wiederholt", "failed, retrying"),
    "hotline.privacy": Phrase("Datenschutz", "Data protection"),
    "hotline.data.what": Phrase(
        "Alles, was zu diesem Kunden gespeichert ist, auch seine Ziele, als Datei. "
        "Geben Sie sie nur ihm selbst.",
        "Everything stored about this customer, including the targets, as a file. "
        "Give it to nobody else.",
    ),
    "hotline.data.send": Phrase("Daten ausgeben", "Export data"),
    "hotline.erase": Phrase("Kunden löschen", "Erase customer"),
    "hotline.erase.what": Phrase(
        "Erst nach dem Ende des Vertrags. Zugang, Rufumleitungen, Verlauf und Kontakte "
        "verschwinden überall; Aufträge und Protokoll bleiben ohne seinen Namen. Das "
        "lässt sich nicht zurücknehmen.",
        "Only after the contract has ended. Access, forwardings, history and "
        "contacts are deleted everywhere; orders and audit remain without the name. "
        "This cannot be undone.",
    ),
    "hotline.erase.repeat": Phrase(
        "Zur Bestätigung die Kundennummer {number}",
        "To confirm, enter customer number {number}",
    ),
    "hotline.erase.send": Phrase("Endgültig löschen", "Erase for good"),
    "hotline.erased": Phrase(
        "Der Kunde ist gelöscht.", "The customer has been erased."
    ),
    "hotline.audit": Phrase("Protokoll", "Audit"),
    "hotline.audit.at": Phrase("Wann", "When"),
    "hotline.audit.who": Phrase("Wer", "Who"),
    "hotline.audit.what": Phrase("Was", "What"),
}
