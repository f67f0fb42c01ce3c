"""What notices say: what happened, what we did, what the reader can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal_gateway.texts.alarms import SECURITY, SECURITY_WORDING
from portal_gateway.texts.said import Language
from portal_gateway.texts.wording import Wording

__all__ = ["FILE", "NOTES", "SECURITY", "WORDINGS", "Facts", "Wording", "mail", "short"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice tells of, as words that fit into its sentences."""

    fields: Mapping[str, object]
    listed: tuple[str, ...] = ()
    """Numbers and targets, one a line; mails only."""
    notes: tuple[str, ...] = ()
    """Keys of NOTES that hold."""


WORDINGS: Final[Mapping[str, Mapping[Language, Wording]]] = {
    "outage_began": {
        "de": Wording(
            "Störung an Ihrem Anschluss {lines}",
            "Ihr Anschluss {lines} ist seit {since} gestört.",
            "ecotel: Störung an {lines} seit {since}. {expected} {link}",
        ),
        "en": Wording(
            "Outage on your line {lines}",
            "Your line {lines} is out of order since {since}.",
            "ecotel: outage on {lines} since {since}. {expected} {link}",
        ),
    },
    "forwarding_began": {
        "de": Wording(
            "{numbers} umgeleitet: Störung an {lines}",
            "Wegen der Störung an {lines} klingeln Anrufe für {numbers} jetzt am Ziel.",
            "ecotel: Störung an {lines}, {numbers} umgeleitet. {expected} {link}",
        ),
        "en": Wording(
            "{numbers} diverted: outage on {lines}",
            "Because of the outage on {lines}, calls to {numbers} go to the target.",
            "ecotel: outage on {lines}, {numbers} diverted. {expected} {link}",
        ),
    },
    "outage_ended": {
        "de": Wording(
            "Störung behoben: {lines}",
            "Die Störung an {lines} ist seit {cleared} behoben.",
            "ecotel: Störung an {lines} behoben, {back}. {link}",
        ),
        "en": Wording(
            "Outage over: {lines}",
            "The outage on {lines} is over since {cleared}.",
            "ecotel: outage on {lines} is over, {back}. {link}",
        ),
    },
    "outage_withdrawn": {
        "de": Wording(
            "Störung zurückgezogen: {lines}",
            "Die Störungsmeldung zu {lines} wurde am {cleared} zurückgezogen: "
            "sie war ein Fehlalarm.",
            "ecotel: Störungsmeldung zu {lines} zurückgezogen, {back}. {link}",
        ),
        "en": Wording(
            "Outage withdrawn: {lines}",
            "The report of an outage on {lines} was withdrawn on {cleared}: "
            "it was a false alarm.",
            "ecotel: outage on {lines} withdrawn, {back}. {link}",
        ),
    },
    "planned_work": {
        "de": Wording(
            "Geplante Arbeiten an {lines}",
            "Ab {since} arbeiten wir an Ihrem Anschluss {lines}.",
            "ecotel: geplante Arbeiten an {lines} ab {since}. {expected} {link}",
        ),
        "en": Wording(
            "Planned work on {lines}",
            "From {since} on we work on your line {lines}.",
            "ecotel: planned work on {lines} from {since}. {expected} {link}",
        ),
    },
    "numbers_unprotected": {
        "de": Wording(
            "{unprotected} ohne Schutz",
            "Für {unprotected} ist keine Rufumleitung aktiv. Fällt die Leitung aus, "
            "kommen dort keine Anrufe an.",
            "ecotel: {unprotected} ohne Rufumleitung und bei Störung nicht "
            "erreichbar. {link}",
        ),
        "en": Wording(
            "{unprotected} without protection",
            "No forwarding is active for {unprotected}. While the line is down no "
            "calls get through.",
            "ecotel: {unprotected} without forwarding, out of reach in an outage. "
            "{link}",
        ),
    },
    "forwarding_failed": {
        "de": Wording(
            "Umleitung klappt noch nicht: {failed}",
            "Für {failed} hat die Umleitung noch nicht geklappt. Wir wiederholen sie, "
            "bis sie gelingt.",
            "ecotel: Umleitung von {failed} klappt noch nicht, wird wiederholt. "
            "{expected} {link}",
        ),
        "en": Wording(
            "A diversion does not work yet: {failed}",
            "Diverting {failed} did not work yet. We try again until it does.",
            "ecotel: diverting {failed} does not work yet, we try again. "
            "{expected} {link}",
        ),
    },
    "forwarding_reminder": {
        "de": Wording(
            "Noch immer umgeleitet: {numbers}",
            "Seit {since} gehen Anrufe für {numbers} zum Ziel ({why}). Die Umleitung "
            "endet nicht von selbst, solange der Grund besteht.",
            "ecotel: {numbers} seit {since} umgeleitet ({why}). {link}",
        ),
        "en": Wording(
            "Still diverted: {numbers}",
            "Since {since} calls to {numbers} go to the target ({why}). The diversion "
            "does not end by itself while its reason lasts.",
            "ecotel: {numbers} diverted since {since} ({why}). {link}",
        ),
    },
    "target_set": {
        "de": Wording(
            "Zielnummer geändert: {number}",
            "{by} hat am {at} das Ziel für {number} geändert{change}. "
            "Waren Sie das nicht, ändern Sie bitte Ihr Kennwort und rufen uns an: "
            "0800-0326835.",
            "ecotel: Ziel für {number} geändert{short_change}. {link}",
        ),
        "en": Wording(
            "Target changed: {number}",
            "{by} changed the target of {number} on {at}{change}. "
            "If that was not you, please change your password and call us: "
            "0800-0326835.",
            "ecotel: target of {number} changed{short_change}. {link}",
        ),
    },
    "security": SECURITY_WORDING,
    "confirm": {
        "de": Wording(
            "Ihr Bestätigungscode: {code}",
            "Ihr Code lautet {code}. Bitte geben Sie ihn im Portal unter "
            "»Benachrichtigungen« ein. Er gilt {minutes} Minuten.",
            "ecotel: Ihr Code lautet {code}. Er gilt {minutes} Minuten.",
        ),
        "en": Wording(
            "Your confirmation code: {code}",
            "Your code is {code}. Please enter it in the portal under "
            "“Notifications”. It is good for {minutes} minutes.",
            "ecotel: your code is {code}. It is good for {minutes} minutes.",
        ),
    },
    "test": {
        "de": Wording(
            "Testnachricht",
            "Das ist eine Testnachricht. So erreichen wir Sie, wenn Ihre Leitung "
            "ausfällt.",
            "ecotel: Testnachricht. So erreichen wir Sie bei einer Störung. {link}",
        ),
        "en": Wording(
            "Test message",
            "This is a test message. This is how we reach you when your line fails.",
            "ecotel: test message. This is how we reach you in an outage. {link}",
        ),
    },
}

NOTES: Final[Mapping[str, Mapping[Language, str]]] = {
    "expected": {
        "de": "Voraussichtliches Ende: {end}.",
        "en": "Expected end: {end}.",
    },
    "backup": {
        "de": "Ihr Anschluss telefoniert über die LTE-Ersatzverbindung weiter; "
        "deshalb leiten wir nichts um.",
        "en": "Your line goes on by its LTE backup, calls still arrive; so we divert "
        "nothing.",
    },
    "will_divert": {
        "de": "Rufnummern mit aktiver Rufumleitung leiten wir von selbst um und nach "
        "der Störung von selbst zurück.",
        "en": "Numbers with an active forwarding are diverted by themselves, and come "
        "back by themselves.",
    },
    "targets_down": {
        "de": "Bei {down} ist auch das Ziel gestört: Tragen Sie dort ein anderes "
        "Ziel ein, dann leiten wir sofort um.",
        "en": "For {down} the target is out of order, too: enter another target "
        "there, and we divert at once.",
    },
    "some_bare": {
        "de": "Ohne Rufumleitung und gerade nicht erreichbar: {unprotected}.",
        "en": "Without forwarding and out of reach now: {unprotected}.",
    },
    "back": {
        "de": "Anrufe klingeln wieder bei Ihnen.",
        "en": "Calls ring at your place again.",
    },
    "coming_back": {
        "de": "Die Umleitungen enden in wenigen Minuten von selbst.",
        "en": "The diversions end by themselves in a few minutes.",
    },
    "was_diverted": {
        "de": "Umleitungen gab es für {numbers}.",
        "en": "There were diversions for {numbers}.",
    },
    "follows_planned": {
        "de": "Rufumleitungen greifen in dieser Zeit, wenn Sie es nicht abgewählt "
        "haben.",
        "en": "Forwardings take effect in that time unless you chose otherwise.",
    },
    "cancelled": {
        "de": "Diese Arbeiten sind abgesagt: Sie finden nicht statt.",
        "en": "This work is called off: it does not take place.",
    },
    "reachable": {
        "de": "Anrufe kommen in dieser Zeit weiter an.",
        "en": "Calls go on arriving in that time.",
    },
    "imported": {
        "de": "Die Änderungen kamen aus einer Datei und lassen sich im Portal "
        "zurücknehmen.",
        "en": "The changes came from a file and can be undone in the portal.",
    },
}

FILE: Final[Mapping[Language, str]] = {"de": " (Datei {name})", "en": " (file {name})"}
_MORE: Final[Mapping[Language, str]] = {
    "de": "Ziele ansehen und ändern (nach dem Anmelden):",
    "en": "See and change targets (after signing in):",
}
_ABOUT: Final[Mapping[Language, str]] = {
    "de": "Die Störung im Überblick:",
    "en": "All about the outage:",
}
_FOOT: Final[Mapping[Language, str]] = {
    "de": "Sie bekommen diese Nachricht, weil diese Adresse bei ecotel @once SelfCare "
    "eingetragen ist. Ändern können Sie das im Portal unter »Benachrichtigungen«:",
    "en": "You get this message because this address is entered at ecotel @once "
    "SelfCare. You can change that in the portal under “Notifications”:",
}


def mail(
    kind: str,
    language: Language,
    facts: Facts,
    *,
    link: str,
    about: str | None,
    settings_link: str,
) -> tuple[str, str]:
    """Return subject and text of a mail."""
    wording = WORDINGS[kind][language]
    fields = {"link": link, **facts.fields}
    parts = [wording.opening.format_map(fields)]
    parts += [NOTES[note][language].format_map(fields) for note in facts.notes]
    if facts.listed:
        parts.append("\n".join(f"  {line}" for line in facts.listed))
    if kind != "confirm":
        parts.append(f"{_MORE[language]}\n{link}")
    if about:
        parts.append(f"{_ABOUT[language]}\n{about}")
    parts.append(f"-- \n{_FOOT[language]}\n{settings_link}")
    subject = f"ecotel @once: {wording.subject.format_map(fields)}"
    return " ".join(subject.split()), "\n\n".join(parts) + "\n"


def short(kind: str, language: Language, facts: Facts, *, link: str) -> str:
    """Return the text of a short message."""
    expected = ""
    for note in ("cancelled", "expected", "targets_down"):
        if note in facts.notes:
            expected = NOTES[note][language].format_map(facts.fields)
            break
    fields = {"link": link, **facts.fields, "expected": expected}
    return " ".join(WORDINGS[kind][language].short.format_map(fields).split())
