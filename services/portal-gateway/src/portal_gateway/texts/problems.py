"""The words of each refusal, in German and English, by code."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Language, Said, Text
from portal_gateway.texts.said import text as _text

__all__ = ["TEXTS", "Language", "Said"]

TEXTS: Final[Mapping[str, Text]] = {
    "not_found": _text(
        ("Nicht gefunden", "Das gibt es hier nicht."),
        ("Not found", "There is no such thing here."),
    ),
    "method_not_allowed": _text(
        ("Nicht möglich", "Diese Adresse nimmt diese Art von Anfrage nicht an."),
        ("Method not allowed", "This address does not take this kind of request."),
    ),
    "body_too_large": _text(
        ("Zu groß", "Erlaubt sind 1 MB, für eine Datei 4 MB. Bitte teilen Sie es auf."),
        ("Too large", "At most 1 MB, or 4 MB for a file. Please split it."),
    ),
    "unsupported_media_type": _text(
        ("Falsches Format", "Bitte senden Sie JSON (Content-Type: application/json)."),
        ("Wrong format", "Please send JSON (Content-Type: application/json)."),
    ),
    "invalid_body": _text(
        ("Nicht lesbar", "Die Anfrage ist kein gültiges JSON-Objekt."),
        ("Unreadable", "The request is no valid JSON object."),
    ),
    "invalid_field": _text(
        ("Ungültige Angabe", "Bitte prüfen Sie: {fields}."),
        ("Invalid field", "Please check: {fields}."),
    ),
    "unknown_field": _text(
        ("Unbekannte Angabe", "Diese Angaben kennen wir nicht: {fields}."),
        ("Unknown field", "We do not know these fields: {fields}."),
    ),
    "precondition_required": _text(
        ("Version fehlt", "Bitte senden Sie If-Match mit der Version, die Sie sahen."),
        ("Version missing", "Please send If-Match with the version that you saw."),
    ),
    "internal_error": _text(
        (
            "Fehler bei uns",
            "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es später erneut.",
        ),
        ("Our fault", "Something went wrong on our side. Please try again later."),
    ),
    "unavailable": _text(
        (
            "Gerade nicht möglich",
            "Das geht gerade nicht. Bitte versuchen Sie es in einigen Sekunden erneut.",
        ),
        ("Not possible now", "This does not work right now. Please try again soon."),
    ),
    "not_logged_in": _text(
        ("Nicht angemeldet", "Bitte melden Sie sich an."),
        ("Not logged in", "Please log in."),
    ),
    "invalid_credentials": _text(
        ("Anmeldung nicht möglich", "Benutzername oder Kennwort stimmen nicht."),
        ("Log-in failed", "User name or password is wrong."),
    ),
    "too_many_attempts": _text(
        (
            "Bitte warten",
            "Es gab zu viele Fehlversuche. Bitte warten Sie {seconds} Sekunden.",
        ),
        ("Please wait", "There were too many attempts. Please wait {seconds} seconds."),
    ),
    "too_busy": _text(
        (
            "Bitte warten",
            "Gerade melden sich sehr viele an. Bitte versuchen Sie es gleich.",
        ),
        (
            "Please wait",
            "Very many are signing in right now. Please try again shortly.",
        ),
    ),
    "must_change_credentials": _text(
        (
            "Zugangsdaten ändern",
            "Bitte ändern Sie zuerst Ihren Benutzernamen und Ihr Kennwort.",
        ),
        (
            "Change your credentials",
            "Please change your user name and your password first.",
        ),
    ),
    "current_password_wrong": _text(
        ("Kennwort falsch", "Das Kennwort stimmt nicht. Bitte noch einmal."),
        ("Wrong password", "Your current password is not right."),
    ),
    "username_length": _text(
        ("Benutzername", "Der Benutzername muss 3 bis 64 Zeichen lang sein."),
        ("User name", "The user name must have 3 to 64 characters."),
    ),
    "username_characters": _text(
        ("Benutzername", "Der Benutzername enthält unsichtbare Zeichen."),
        ("User name", "The user name has invisible characters in it."),
    ),
    "username_is_customer_number": _text(
        ("Benutzername", "Der Benutzername darf nicht Ihre Kundennummer sein."),
        ("User name", "The user name must not be your customer number."),
    ),
    "username_is_number": _text(
        ("Benutzername", "Der Benutzername darf keine (Ruf-)Nummer sein."),
        ("User name", "The user name must not be a (phone) number."),
    ),
    "username_taken": _text(
        ("Benutzername vergeben", "Bitte wählen Sie einen anderen Benutzernamen."),
        ("User name taken", "Please choose another user name."),
    ),
    "too_many_names": _text(
        ("Zu viele Versuche", "Bitte melden Sie sich neu an und versuchen es dann."),
        ("Too many tries", "Please log in again, and then try once more."),
    ),
    "password_too_short": _text(
        ("Kennwort zu kurz", "Das Kennwort muss mindestens 15 Zeichen lang sein."),
        ("Password too short", "The password must have at least 15 characters."),
    ),
    "password_too_long": _text(
        ("Kennwort zu lang", "Das Kennwort darf höchstens 128 Zeichen lang sein."),
        ("Password too long", "The password must have at most 128 characters."),
    ),
    "password_contains_name": _text(
        (
            "Kennwort leicht zu erraten",
            "Das Kennwort darf weder Benutzername noch Kundennummer enthalten.",
        ),
        (
            "Password easy to guess",
            "The password must contain neither user name nor customer number.",
        ),
    ),
    "password_like_name": _text(
        (
            "Kennwort leicht zu erraten",
            (
                "Das Kennwort ist fast nur ein Name, den andere kennen, etwa der Ihrer "
                "Firma. Bitte nehmen Sie einige Wörter dazu, die niemand errät."
            ),
        ),
        (
            "Password easy to guess",
            (
                "The password is little but a name that others know, such as your "
                "company's. Please add some words that nobody guesses."
            ),
        ),
    ),
    "password_too_common": _text(
        (
            "Kennwort leicht zu erraten",
            "Das Kennwort besteht aus häufigen Wörtern. Bitte wählen Sie ein anderes.",
        ),
        (
            "Password easy to guess",
            "The password is made of common words. Please choose another one.",
        ),
    ),
    "password_unchanged": _text(
        (
            "Kennwort unverändert",
            "Das neue Kennwort muss sich vom bisherigen unterscheiden.",
        ),
        ("Password unchanged", "The new password must differ from the current one."),
    ),
    "agents_only": _text(
        ("Nicht erlaubt", "Das kann nur die Hotline."),
        ("Not allowed", "Only the hotline can do this."),
    ),
    "agents_cannot_change_targets": _text(
        (
            "Nicht erlaubt",
            "Rufumleitungen kann nur der Kunde selbst ändern, nicht die Hotline.",
        ),
        ("Not allowed", "Only customers change forwardings, the hotline does not."),
    ),
    "customer_number_missing": _text(
        ("Kunde fehlt", "Bitte nennen Sie die Kundennummer (customer_number)."),
        ("Customer missing", "Please name the customer (customer_number)."),
    ),
    "customer_exists": _text(
        ("Kunde vorhanden", "Diese Kundennummer ist schon vergeben."),
        ("Customer exists", "This customer number is in use already."),
    ),
    "cross_site_request": _text(
        ("Fremde Seite", "Die Anfrage kam von einer fremden Seite."),
        ("Foreign site", "The request came from a foreign site."),
    ),
    "idempotency_key_reused": _text(
        (
            "Schlüssel schon benutzt",
            "Der Idempotency-Key gehört zu einer anderen Anfrage.",
        ),
        ("Key in use", "The Idempotency-Key belongs to another request."),
    ),
    "idempotency_key_invalid": _text(
        ("Schlüssel ungültig", "Der Idempotency-Key muss 1 bis 255 Zeichen lang sein."),
        ("Key invalid", "The Idempotency-Key must have 1 to 255 characters."),
    ),
    "request_in_progress": _text(
        ("Noch in Arbeit", "Dieselbe Anfrage wird gerade bearbeitet."),
        ("Still at work", "The same request is being worked on."),
    ),
    "product_not_eligible": _text(
        (
            "Option nicht möglich",
            "ecotel @once SelfCare gibt es nur mit diesen Produkten: {products}.",
        ),
        (
            "Option not available",
            "ecotel @once SelfCare comes with these products only: {products}.",
        ),
    ),
    "product_missing": _text(
        ("Produkt fehlt", "Bitte nennen Sie das Produkt."),
        ("Product missing", "Please name the product."),
    ),
    "product_differs": _text(
        ("Anderes Produkt", "Der erweiterte Auftrag ist für ein anderes Produkt."),
        ("Other product", "The order that is extended is for another product."),
    ),
    "option_already_ordered": _text(
        ("Schon beauftragt", "Die Option ist für diesen Auftrag schon beauftragt."),
        ("Ordered already", "The option is ordered for this order already."),
    ),
    "order_not_cancellable": _text(
        ("Nichts zurückzugeben", "Dieser Auftrag hat keine Option, die enden könnte."),
        ("Nothing to give back", "This order has no option that could end."),
    ),
    "channel_not_allowed": _text(
        ("Falscher Weg", "Dieser Bestellweg steht Ihnen nicht offen."),
        ("Wrong channel", "This channel is not open to you."),
    ),
    "not_open_yet": _text(
        (
            "Noch nicht frei",
            (
                "Diese Rufnummer ist noch nicht freigeschaltet. Das geschieht von "
                "selbst, vorgesehen ist der {day}."
            ),
        ),
        (
            "Not open yet",
            "This number is not enabled yet. That happens by itself, due on {day}.",
        ),
    ),
    "ported_out": _text(
        (
            "Nicht mehr bei uns",
            "Diese Rufnummer ist zu einem anderen Anbieter gegangen.",
        ),
        ("No longer ours", "This number has moved to another carrier."),
    ),
    "version_mismatch": _text(
        (
            "Inzwischen geändert",
            "Jemand hat diese Rufumleitung inzwischen geändert. Bitte prüfen Sie sie.",
        ),
        ("Changed meanwhile", "Somebody has changed this forwarding. Please check it."),
    ),
    "target_missing": _text(
        ("Zielnummer fehlt", "Bitte geben Sie zuerst eine Zielnummer ein."),
        ("Target missing", "Please enter a target number first."),
    ),
    "fallback_is_target": _text(
        ("Gleiche Nummer", "Ziel und Ersatzziel müssen sich unterscheiden."),
        ("Same number", "Target and fallback target must differ."),
    ),
    "keep_extension_needs_block": _text(
        ("Nur für Blöcke", "Die Durchwahl behalten kann nur ein Rufnummernblock."),
        ("Blocks only", "Only a number block can keep the extension."),
    ),
    "not_armed": _text(
        ("Nicht aktiv", "Bitte aktivieren Sie zuerst die Rufumleitung mit einem Ziel."),
        ("Not armed", "Please activate the forwarding with a target first."),
    ),
    "number_unknown": _text(
        ("Noch nicht bekannt", "Diese Rufnummer ist gerade nicht freigeschaltet."),
        ("Not known yet", "This number is not enabled just now."),
    ),
    "refused": _text(
        ("Nicht übernommen", "Die Änderung wurde nicht übernommen ({code})."),
        ("Not taken over", "The change was not taken over ({code})."),
    ),
}
