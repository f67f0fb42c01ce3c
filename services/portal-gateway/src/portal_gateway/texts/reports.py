"""The words of an outage's report."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.domain.facts import Outage
from portal_gateway.domain.report import Step
from portal_gateway.texts.pages import history
from portal_gateway.texts.said import Language

Word = Mapping[Language, str]

MOMENTS: Final[Mapping[str, Word]] = {
    "announced": {"de": "Angekündigt", "en": "Announced"},
    "occurred": {"de": "Begonnen", "en": "Began"},
    "noticed": {"de": "Bemerkt", "en": "Noticed"},
    "forwarded": {"de": "Umgeleitet", "en": "Diverted"},
    "already": {"de": "Schon umgeleitet", "en": "Diverted already"},
    "expected": {"de": "Voraussichtliches Ende", "en": "Expected end"},
    "was_expected": {"de": "Ursprünglich erwartet", "en": "Originally expected"},
    "cleared": {"de": "Behoben", "en": "Cleared"},
    "withdrawn": {"de": "Zurückgezogen", "en": "Withdrawn"},
    "back": {"de": "Wieder bei Ihnen", "en": "Back at your site"},
}
KINDS: Final[Mapping[str, Word]] = {
    "fault": {"de": "Störung", "en": "Outage"},
    "planned": {"de": "Geplante Arbeiten", "en": "Planned work"},
    "degradation": {"de": "Eingeschränkter Betrieb", "en": "Degraded service"},
}
STATES: Final[Mapping[str, Word]] = {
    "open": {"de": "läuft", "en": "open"},
    "announced": {"de": "angekündigt", "en": "announced"},
    "cleared": {"de": "behoben", "en": "over"},
    "withdrawn": {"de": "zurückgezogen", "en": "withdrawn"},
    "suppressed": {"de": "sehr kurz", "en": "very short"},
}
EXPLAINED: Final[Mapping[str, Word]] = {
    "backup": {
        "de": "Ihr Anschluss telefoniert über die LTE-Ersatzverbindung weiter. Anrufe "
        "kommen an, deshalb leiten wir nichts um.",
        "en": "Your line runs on its LTE backup. Calls get through, so nothing is "
        "diverted.",
    },
    "degradation": {
        "de": "Der Betrieb ist eingeschränkt, Anrufe kommen aber an. Deshalb leiten "
        "wir nichts um.",
        "en": "The service is degraded, but calls get through, so nothing is diverted.",
    },
    "flapping": {
        "de": "Die Leitung fällt immer wieder aus. Deshalb warten wir länger, bis "
        "Anrufe zurückkommen.",
        "en": "The line fails again and again, so we wait longer before calls return.",
    },
    "withdrawn": {
        "de": "Die Störungsmeldung wurde zurückgezogen: sie war ein Fehlalarm.",
        "en": "The report was withdrawn: it was a false alarm.",
    },
    "suppressed": {
        "de": "Die Störung war vorbei, bevor sie eine Umleitung wert war.",
        "en": "The outage was over before it was worth a diversion.",
    },
    "planned": {
        "de": "Geplante Arbeiten: Rufumleitungen greifen, wenn Sie es nicht abgewählt "
        "haben.",
        "en": "Planned work: forwardings take effect unless you chose otherwise.",
    },
}
REPORT: Final[Mapping[str, Word]] = {
    "title": {"de": "Störungsbericht", "en": "Outage report"},
    "outage": {"de": "Störung", "en": "Outage"},
    "kind": {"de": "Art", "en": "Kind"},
    "state": {"de": "Stand", "en": "State"},
    "lines": {"de": "Anschlüsse", "en": "Lines"},
    "customer": {"de": "Kundennummer", "en": "Customer number"},
    "timeline": {"de": "Verlauf", "en": "Timeline"},
    "forwarded": {"de": "Umgeleitete Rufnummern", "en": "Diverted numbers"},
    "numbers": {"de": "Rufnummern umgeleitet", "en": "Numbers diverted"},
    "wait": {"de": "Längste Wartezeit", "en": "Longest wait"},
    "number": {"de": "Rufnummer", "en": "Number"},
    "target": {"de": "Zielnummer", "en": "Target"},
    "from": {"de": "Umgeleitet ab", "en": "Diverted from"},
    "until": {"de": "bis", "en": "until"},
    "lasted": {"de": "Dauer", "en": "Lasted"},
    "still": {"de": "läuft noch", "en": "still on"},
    "failures": {
        "de": "Was nicht sofort klappte",
        "en": "What did not work straight away",
    },
    "code": {"de": "Grund", "en": "Reason"},
    "attempts": {"de": "Versuche", "en": "Tries"},
    "first": {"de": "zuerst", "en": "first"},
    "last": {"de": "zuletzt", "en": "last"},
    "bare": {"de": "Nicht umgeleitet", "en": "Not diverted"},
    "count": {"de": "Anzahl", "en": "Count"},
    "reason": {"de": "Warum", "en": "Why"},
    "none": {"de": "keine", "en": "none"},
    "made": {"de": "Erstellt am", "en": "Made on"},
    "record": {"de": "Satz", "en": "Record"},
    "last_number": {"de": "Letzte Rufnummer", "en": "Last number"},
    "target_last": {"de": "Letzte Zielnummer", "en": "Last target number"},
    "since": {"de": "Von", "en": "From"},
    "end": {"de": "Bis", "en": "Until"},
    "machine_code": {"de": "Code", "en": "Code"},
    "page": {"de": "Seite", "en": "Page"},
    "times": {
        "de": "Alle Zeiten in deutscher Ortszeit.",
        "en": "All times are German local time.",
    },
    "armed_since": {"de": "inzwischen eingerichtet", "en": "set up since"},
}
FAILURES: Final[Mapping[str, Word]] = {
    "target_down": {"de": "Ziel ebenfalls gestört", "en": "target is down, too"},
    "switch_away": {
        "de": "Vermittlungsstelle antwortete nicht",
        "en": "the switch did not answer",
    },
    "switch_refused": {
        "de": "Vermittlungsstelle nahm den Auftrag nicht an",
        "en": "the switch did not take the order",
    },
}


def state_of(outage: Outage) -> str:
    """Return in which of STATES the outage is."""
    if outage.is_open:
        return "open"
    if outage.reason in {"withdrawn", "suppressed"}:
        return outage.reason
    return "cleared"


def explanations(outage: Outage) -> list[str]:
    """Return the keys of EXPLAINED that help to understand the outage."""
    found = []
    if outage.reason in {"withdrawn", "suppressed"}:
        found.append(outage.reason)
    elif outage.kind == "planned" and not outage.voice_reachable:
        found.append("planned")
    if outage.voice_reachable:
        found.append("degradation" if outage.kind == "degradation" else "backup")
    elif outage.flapping:
        found.append("flapping")
    return found


def moment_name(step: Step, outage: Outage, language: Language) -> str:
    """Return the name of a step; a false alarm was not cleared but withdrawn."""
    name: str = step.what
    if name == "cleared" and outage.reason == "withdrawn":
        name = "withdrawn"
    if name == "expected" and not outage.is_open:
        name = "was_expected"
    if name == "forwarded" and step.at < outage.since:
        name = "already"  # by hand, or by an outage that came before this one
    return MOMENTS[name][language]


def began(reason: str, language: Language) -> str:
    """Return why a diversion began in the words of the history, or the bare code."""
    known = history.WORDS.get(f"history.reason.{reason}")
    return getattr(known, language, reason)


def failure(code: str, language: Language) -> str:
    """Return why a diversion did not work, or the bare code."""
    known = FAILURES.get(code)
    return known[language] if known else code
