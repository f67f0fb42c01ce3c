"""Grafana: its unified alerting has Alertmanager's form, its legacy one its own."""

from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import alertmanager, times, values
from outage_watcher.sources.rules import together
from outage_watcher.sources.said import Said, unknown_type
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
    if isinstance(body, list) or "alerts" in told or "labels" in told:
        return alertmanager.read(body, said)
    state = STATES.get(values.text(told.get("state")).casefold())
    if state is None or not {"ruleId", "ruleName", "title"} & told.keys():
        raise unknown_type("Neither unified nor legacy alerting of Grafana.")
    matches = [mapping(each).get("tags") for each in listing(told.get("evalMatches"))]
    rule = values.first(told, "ruleName", "title")
    facts = values.facts(told.get("tags"), told)
    places = [said.rules.find(values.facts(tags)) for tags in matches]
    return said.tell(
        state,
        values.first(told, "ruleId") or rule,
        facts,
        name=rule,
        place=together(*places) or said.rules.find(facts),
        occurred_at=times.first(said.tz, told.get("time"), told.get("date")),
    )
