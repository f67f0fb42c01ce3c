"""What the gateway says to people, in German and English, by code."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, NamedTuple, cast

from chassis.clock import BERLIN
from contracts.phone_number import group
from contracts.refusal import Refusal, RefusalCode
from contracts.refusals import CODES, explain

Language = Literal["de", "en"]


class Said(NamedTuple):
    """A short title and a sentence that says what to do."""

    title: str
    detail: str


class Text(NamedTuple):
    """One thought in both languages."""

    de: Said
    en: Said


def _text(de: tuple[str, str], en: tuple[str, str]) -> Text:
    return Text(Said(*de), Said(*en))


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
        ("Zu groß", "Die Anfrage ist größer als 1 MB. Bitte teilen Sie sie auf."),
        ("Too large", "The request is larger than 1 MB. Please split it."),
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
        ("Not possible now", "This does not work now. Please try again in seconds."),
    ),
    "not_logged_in": _text(
        ("Nicht angemeldet", "Bitte melden Sie sich an."),
        ("Not logged in", "Please log in."),
    ),
    "invalid_credentials": _text(
        ("Anmeldung nicht möglich", "Benutzername oder Passwort stimmen nicht."),
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
        ("Please wait", "Very many people log in just now. Please try again shortly."),
    ),
    "must_change_credentials": _text(
        (
            "Zugangsdaten ändern",
            "Bitte ändern Sie zuerst Ihren Benutzernamen und Ihr Passwort.",
        ),
        (
            "Change your credentials",
            "Please change your user name and your password first.",
        ),
    ),
    "current_password_wrong": _text(
        ("Passwort falsch", "Ihr bisheriges Passwort stimmt nicht."),
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
        ("Too many tries", "Please log in anew and try then."),
    ),
    "password_too_short": _text(
        ("Passwort zu kurz", "Das Passwort muss mindestens 15 Zeichen lang sein."),
        ("Password too short", "The password must have at least 15 characters."),
    ),
    "password_too_long": _text(
        ("Passwort zu lang", "Das Passwort darf höchstens 128 Zeichen lang sein."),
        ("Password too long", "The password must have at most 128 characters."),
    ),
    "password_contains_name": _text(
        (
            "Passwort leicht zu erraten",
            "Das Passwort darf weder Benutzername noch Kundennummer enthalten.",
        ),
        (
            "Password easy to guess",
            "The password must hold neither the user name nor the customer number.",
        ),
    ),
    "password_too_common": _text(
        (
            "Passwort leicht zu erraten",
            "Das Passwort besteht aus häufigen Wörtern. Bitte wählen Sie ein anderes.",
        ),
        (
            "Password easy to guess",
            "The password is made of common words. Please choose another one.",
        ),
    ),
    "password_unchanged": _text(
        (
            "Passwort unverändert",
            "Das neue Passwort muss sich vom bisherigen unterscheiden.",
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
        ("Noch nicht frei", "Diese Rufnummer lässt sich ab dem {day} einrichten."),
        ("Not open yet", "This number can be set up from {day} on."),
    ),
    "ported_out": _text(
        (
            "Nicht mehr bei uns",
            "Diese Rufnummer ist zu einem anderen Anbieter gegangen.",
        ),
        ("No longer ours", "This number went to another carrier."),
    ),
    "version_mismatch": _text(
        (
            "Inzwischen geändert",
            "Jemand hat diese Rufumleitung inzwischen geändert. Bitte prüfen Sie sie.",
        ),
        ("Changed meanwhile", "Somebody changed this forwarding. Please look again."),
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

TARGET_REFUSED: Final = {"de": "Ziel nicht möglich", "en": "Target not possible"}
LETTER: Final = {
    "de": "Wenn die Angaben stimmen, erhalten Sie in den nächsten Tagen Post von uns.",
    "en": "If what you entered is right, you will get a letter from us in a few days.",
}
REASONS: Final = {
    "no_target": {"de": "keine Zielnummer", "en": "no target number"},
    "switched_off": {"de": "Rufumleitung inaktiv", "en": "forwarding is inactive"},
    "not_open_yet": {"de": "noch nicht freigeschaltet", "en": "not open yet"},
    "ported_out": {"de": "nicht mehr bei uns", "en": "no longer with us"},
}


def language_of(accept_language: str | None) -> Language:
    """Return the language that the client likes best; German unless it says so."""
    best: tuple[float, Language] = (0.0, "de")
    for part in (accept_language or "").split(","):
        tag, _, weight = part.strip().partition(";")
        quality = _quality(weight)
        primary = tag.strip().lower().split("-")[0]
        if primary == "en" and quality > best[0]:
            best = (quality, "en")
        elif primary in {"de", "*"} and quality > best[0]:
            best = (quality, "de")
    return best[1]


def say(code: str, language: Language, facts: Mapping[str, object]) -> Said:
    """Return title and sentence of a code; an unknown one gets a general sentence."""
    if code in CODES:
        return _target_text(code, language, facts)
    text = TEXTS.get(code)
    if text is None:
        text, facts = TEXTS["refused"], {"code": code}
    said = text[0] if language == "de" else text[1]
    shown = {name: _shown(value, language) for name, value in facts.items()}
    return Said(said.title, said.detail.format_map(shown))


def day(at: date, language: Language) -> str:
    """Return a day as people write it."""
    return at.strftime("%d.%m.%Y" if language == "de" else "%Y-%m-%d")


def _target_text(code: str, language: Language, facts: Mapping[str, object]) -> Said:
    chain = facts.get("chain")
    suggestion = facts.get("suggestion")
    refusal = Refusal(
        cast(RefusalCode, code),
        suggestion=str(suggestion) if suggestion else None,
        chain=tuple(chain) if isinstance(chain, list) else (),
    )
    return Said(TARGET_REFUSED[language], explain(refusal, language))


def _shown(value: object, language: Language) -> object:
    return day(value, language) if isinstance(value, date) else value


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


STATES: Final[Mapping[str, Mapping[Language, str]]] = {
    "inactive": {
        "de": "Für diese Rufnummer ist keine Rufumleitung aktiv.",
        "en": "No forwarding is active for this number.",
    },
    "ready": {
        "de": "Bereit: Fällt die Leitung aus, klingelt es unter {target}.",
        "en": "Ready: if the line fails, calls ring at {target}.",
    },
    "pending": {
        "de": "Ihre Änderung ist notiert und wird übernommen.",
        "en": "Your change is noted and is being taken over.",
    },
    "diverted": {
        "de": "Anrufe klingeln seit {since} unter {target}.",
        "en": "Calls ring at {target} since {since}.",
    },
    "failed": {
        "de": "Die Umleitung hat noch nicht geklappt; sie wird wiederholt.",
        "en": "Diverting did not work yet; it is tried again.",
    },
}
CAUSES: Final[Mapping[str, Mapping[Language, str]]] = {
    "outage": {
        "de": "Grund: die Störung {id} seit {since}.",
        "en": "Reason: the outage {id} since {since}.",
    },
    "manual": {
        "de": "Grund: Sie leiten seit {since} von Hand um.",
        "en": "Reason: you divert by hand since {since}.",
    },
    "drill": {
        "de": "Grund: eine Probe seit {since}.",
        "en": "Reason: a rehearsal since {since}.",
    },
}
SOURCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "own": {
        "de": "Es gilt die eigene Einstellung dieser Rufnummer.",
        "en": "The number's own setting holds.",
    },
    "block": {
        "de": "Es gilt die Einstellung des Rufnummernblocks.",
        "en": "The setting of the number block holds.",
    },
    "none": {
        "de": "Niemand hat hier etwas eingestellt.",
        "en": "Nobody set anything here.",
    },
}
SET_BY: Final[Mapping[Language, str]] = {
    "de": "Zuletzt geändert von {by} am {at}.",
    "en": "Last changed by {by} on {at}.",
}


def story(
    state: str,
    causes: Sequence[tuple[str, str, datetime]],
    *,
    source: str,
    target: str | None,
    since: datetime | None,
    set_by: str | None,
    set_at: datetime | None,
    language: Language,
) -> list[str]:
    """Return in sentences why a number is as it is."""
    shown = group(target) if target else "?"
    told = [
        STATES[state][language].format(target=shown, since=_moment(since, language))
    ]
    for kind, cause, began in causes:
        sentence = CAUSES[kind][language]
        told.append(sentence.format(id=cause, since=_moment(began, language)))
    told.append(SOURCES[source][language])
    if set_by and set_at:
        told.append(SET_BY[language].format(by=set_by, at=_moment(set_at, language)))
    return told


def _moment(at: datetime | None, language: Language) -> str:
    if at is None:
        return "?"
    local = at.astimezone(BERLIN)
    form = "%d.%m.%Y, %H:%M Uhr" if language == "de" else "%Y-%m-%d %H:%M"
    return local.strftime(form)


def title(code: str, language: Language) -> str:
    """Return the short name of a problem."""
    if code in CODES:
        return TARGET_REFUSED[language]
    return (TEXTS[code].de if language == "de" else TEXTS[code].en).title
