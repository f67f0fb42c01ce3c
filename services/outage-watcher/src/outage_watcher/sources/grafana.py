"""Grafana: its unified alerting has Alertmanager's form, its legacy one its own."""

from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import alertmanager, times, values
from outage_watcher.sources.said import Said, joined, unknown_type
from outage_watcher.sources.values import listing, mapping

RULES = alertmanager.RULES
STATES: dict[str, Level] = {
    "alerting": "down",
    "ok": "up",
    "no_data": "unknown",
    "nodata": "unknown",
    "paused": "unknown",
    "pending": "unknown",
    "unknown": "unknown",
}


def read(body: Any, said: Said) -> None:
    """Read a webhook of either form."""
    told = mapping(body)
    if isinstance(body, list) or "alerts" in told:
        return alertmanager.read(body, said)
    state = STATES.get(values.text(told.get("state")).casefold())
    if state is None or not {"ruleId", "ruleName", "title"} & told.keys():
        raise unknown_type("Neither unified nor legacy alerting of Grafana.")
    matches = [mapping(each) for each in listing(told.get("evalMatches"))]
    facts = values.facts(
        told.get("tags"), *(match.get("tags") for match in matches), told
    )
    rule = values.first(told, "ruleName", "title")
    place = said.rules.find(facts)
    return said.tell(
        state,
        joined(values.first(told, "ruleId") or rule, place.name if place else ""),
        facts,
        name=rule,
        place=place,
        occurred_at=times.first(said.rules.tz, told.get("time"), told.get("date")),
    )
