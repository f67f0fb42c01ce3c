"""Why a number is as it is, told in sentences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chassis.clock import BERLIN
from portal_gateway.texts import words
from portal_gateway.texts.said import Language

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
    "barred": {
        "de": "Ohne Wirkung: Anrufe werden zurzeit nicht zu {target} umgeleitet.",
        "en": "Without effect: calls are not diverted to {target} at the moment.",
    },
    "target_down": {
        "de": "Das Ziel {target} ist ebenfalls gestört, und es gibt kein Ersatzziel.",
        "en": "The target {target} is down, too, and there is no fallback target.",
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
    states: Sequence[str],
    causes: Sequence[tuple[str, str, datetime]],
    *,
    source: str,
    target: tuple[str | None, str | None],
    since: datetime | None,
    set_by: str | None,
    set_at: datetime | None,
    language: Language,
) -> list[str]:
    """Return in sentences why a number is as it is; its own state comes first."""
    shown = words.target(*target)
    first, *others = (
        STATES[state][language].format(target=shown, since=_moment(since, language))
        for state in states
    )
    told = [first]
    for kind, cause, began in causes:
        sentence = CAUSES[kind][language]
        told.append(sentence.format(id=cause, since=_moment(began, language)))
    told += others
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
