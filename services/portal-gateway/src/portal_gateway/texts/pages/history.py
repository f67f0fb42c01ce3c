"""Words of the history: who did what, by the action in the audit."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {
    "nav.history": Phrase("Verlauf", "History"),
    "history.lead": Phrase(
        "Wer was geändert hat, und was wann umgeleitet war. Das Neueste steht oben.",
        "Who changed what, and what was diverted when. Newest first.",
    ),
    "history.filter": Phrase("Auswahl", "Filter"),
    "history.number": Phrase("Rufnummer", "Number"),
    "history.type": Phrase("Was", "What"),
    "history.type.all": Phrase("Alles", "Everything"),
    "history.type.change": Phrase("Änderungen", "Changes"),
    "history.type.forwarding": Phrase("Umleitungen", "Diversions"),
    "history.since": Phrase("Von", "From"),
    "history.until": Phrase("Bis", "Until"),
    "history.show": Phrase("Anzeigen", "Show"),
    "history.reset": Phrase("Alles zeigen", "Show all"),
    "history.older": Phrase("Ältere zeigen", "Show older ones"),
    "history.empty": Phrase(
        "Dazu steht nichts im Verlauf.", "Nothing in the history matches."
    ),
    "history.bad_number": Phrase(
        "Das ist keine Rufnummer. Bitte mit Vorwahl, etwa 0211 22223333.",
        "This is not a phone number. Please include the area code, such as 0211 "
        "22223333.",
    ),
    "history.by": Phrase("von {actor}", "by {actor}"),
    "history.none": Phrase("keins", "none"),
    "history.field.enabled": Phrase("Rufumleitung", "Forwarding"),
    "history.field.target": Phrase("Ziel", "Target"),
    "history.field.fallback_target": Phrase("Ersatzziel", "Fallback target"),
    "history.field.keep_extension": Phrase("Durchwahl behalten", "Keep extension"),
    "history.field.follows_planned_work": Phrase(
        "Bei geplanten Arbeiten", "During planned work"
    ),
    "history.field.line_first": Phrase("Erst am Anschluss", "Line first"),
    "history.on": Phrase("Aktiv", "Active"),
    "history.off": Phrase("Inaktiv", "Inactive"),
    "history.rule_set": Phrase("Rufumleitung geändert", "Forwarding changed"),
    "history.rule_removed": Phrase("Eigene Regel entfernt", "Own rule removed"),
    "history.rule_refused": Phrase(
        "Änderung wurde abgelehnt", "The change was refused"
    ),
    "history.rule_flagged": Phrase(
        "Ziel ist nicht mehr erlaubt", "The target is no longer allowed"
    ),
    "history.manual_started": Phrase("Sofort umgeleitet", "Diverted at once"),
    "history.manual_stopped": Phrase(
        "Sofort-Umleitung beendet", "Diversion by hand ended"
    ),
    "history.drill_started": Phrase("Probe begonnen", "Rehearsal began"),
    "history.drill_stopped": Phrase("Probe beendet", "Rehearsal ended"),
    "history.order_placed": Phrase("Auftrag erteilt", "Order placed"),
    "history.order_cancelled": Phrase("Option zurückgegeben", "Option given back"),
    "history.customer_opened": Phrase("Zugang eingerichtet", "Account opened"),
    "history.letter_ordered": Phrase(
        "Brief mit neuem Kennwort bestellt", "Letter with a new password ordered"
    ),
    "history.credentials_changed": Phrase(
        "Zugangsdaten geändert", "Sign-in details changed"
    ),
    "history.contact_added": Phrase("Kontakt eingetragen", "Contact added"),
    "history.contact_changed": Phrase("Kontakt geändert", "Contact changed"),
    "history.contact_removed": Phrase("Kontakt entfernt", "Contact removed"),
    "history.contact_confirmed": Phrase("Kontakt bestätigt", "Contact confirmed"),
    "history.contact_refused": Phrase(
        "Kontakt ist nicht erreichbar", "Contact cannot be reached"
    ),
    "history.import_applied": Phrase("Datei übernommen", "File applied"),
    "history.import_undone": Phrase("Datei zurückgenommen", "File undone"),
    "history.import_counts": Phrase(
        "{file}: {done} geändert, {failed} nicht",
        "{file}: {done} changed, {failed} not",
    ),
    "history.from_import": Phrase("aus einer Datei", "from a file"),
    "history.other": Phrase("Änderung am Zugang", "Account changed"),
    "history.diverted": Phrase("Umgeleitet", "Diverted"),
    "history.home": Phrase("Klingelt wieder bei Ihnen", "Rings at your site again"),
    "history.reason.outage": Phrase("wegen einer Störung", "because of an outage"),
    "history.reason.cleared": Phrase("Störung behoben", "outage over"),
    "history.reason.withdrawn": Phrase("Störung zurückgezogen", "outage withdrawn"),
    "history.reason.rule": Phrase("Regel geändert", "rule changed"),
    "history.reason.option": Phrase("Option geändert", "option changed"),
    "history.reason.line": Phrase("Anschluss gewechselt", "line changed"),
    "history.reason.manual": Phrase("von Hand", "by hand"),
    "history.reason.drill": Phrase("zur Probe", "as a rehearsal"),
    "history.reason.target": Phrase("Ziel gestört", "target down"),
    "history.reason.hold": Phrase(
        "Sperre gesetzt oder aufgehoben", "hold set or lifted"
    ),
    "history.outage": Phrase("Zur Störung", "To the outage"),
}
