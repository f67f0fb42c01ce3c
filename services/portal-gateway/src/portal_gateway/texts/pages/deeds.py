"""What the audit notes, in words."""

from typing import Final

from portal_gateway.texts.pages import holds
from portal_gateway.texts.pages.phrase import Phrase
from portal_gateway.texts.said import Language

WORDS: Final[dict[str, Phrase]] = {
    "deed.contact_added": Phrase("Kontakt eingetragen", "Contact added"),
    "deed.contact_changed": Phrase("Kontakt geändert", "Contact changed"),
    "deed.contact_confirmed": Phrase("Kontakt bestätigt", "Contact confirmed"),
    "deed.contact_refused": Phrase("Kontakt nicht erreichbar", "Contact unreachable"),
    "deed.contact_removed": Phrase("Kontakt entfernt", "Contact removed"),
    "deed.credentials_changed": Phrase("Zugangsdaten festgelegt", "Credentials set"),
    "deed.customer_erased": Phrase("Kunde gelöscht", "Customer erased"),
    "deed.customer_opened": Phrase("Kunde angelegt", "Customer opened"),
    "deed.customer_viewed": Phrase("Kunde angesehen", "Customer looked at"),
    "deed.data_exported": Phrase("Daten ausgegeben", "Data exported"),
    "deed.drill_started": Phrase("Probe gestartet", "Rehearsal started"),
    "deed.drill_stopped": Phrase("Probe beendet", "Rehearsal stopped"),
    "deed.foreign_access": Phrase(
        "Fremde Seite verlangt", "Asked for what is not theirs"
    ),
    "deed.import_applied": Phrase("Datei übernommen", "File applied"),
    "deed.import_undone": Phrase("Datei zurückgenommen", "File undone"),
    "deed.letter_ordered": Phrase("Brief beauftragt", "Letter ordered"),
    "deed.letter_withheld": Phrase(
        "Brief nicht gesendet (Grenze)", "Letter withheld (limit)"
    ),
    "deed.logged_in": Phrase("Angemeldet", "Signed in"),
    "deed.login_failed": Phrase("Anmeldung fehlgeschlagen", "Sign-in failed"),
    "deed.manual_started": Phrase("Sofort umgeleitet", "Diverted by hand"),
    "deed.manual_stopped": Phrase(
        "Umleitung von Hand beendet", "Diversion by hand ended"
    ),
    "deed.order_cancelled": Phrase("Option zurückgegeben", "Option given back"),
    "deed.order_placed": Phrase("Auftrag erteilt", "Order placed"),
    "deed.password_accepted": Phrase(
        "Kennwort richtig, Code steht aus", "Password right, code to come"
    ),
    "deed.password_changed": Phrase("Kennwort geändert", "Password changed"),
    "deed.password_wrong": Phrase("Kennwort falsch", "Wrong password"),
    "deed.recovery_code_used": Phrase("Ersatzcode benutzt", "Recovery code used"),
    "deed.recovery_codes_renewed": Phrase(
        "Ersatzcodes erneuert", "Recovery codes renewed"
    ),
    "deed.rule_flagged": Phrase(
        "Ziel ist nicht mehr erlaubt", "Target is no longer allowed"
    ),
    "deed.rule_refused": Phrase("Rufumleitung abgelehnt", "Forwarding refused"),
    "deed.rule_removed": Phrase("Rufumleitung entfernt", "Forwarding removed"),
    "deed.rule_set": Phrase("Rufumleitung gesetzt", "Forwarding set"),
    "deed.second_factor_enrolled": Phrase(
        "Zweiter Faktor eingerichtet", "Second factor set up"
    ),
    "deed.second_factor_removed": Phrase(
        "Zweiter Faktor entfernt", "Second factor removed"
    ),
    "deed.second_factor_wrong": Phrase("Code falsch", "Wrong code"),
    "deed.session_ended": Phrase("Sitzung beendet", "Session ended"),
    "deed.sessions_ended": Phrase("Andere Sitzungen beendet", "Other sessions ended"),
    "deed.targets_shown": Phrase("Ziele ganz angesehen", "Targets looked at in full"),
    "deed.username_changed": Phrase("Benutzername geändert", "User name changed"),
}


def deed(action: str, language: Language) -> str:
    """Return what the audit calls `action`; an action without words is its own name."""
    known = WORDS.get(f"deed.{action}") or holds.WORDS.get(f"deed.{action}")
    if known is None:
        return action
    return known.de if language == "de" else known.en
