"""OpenNMS: alarms in the form of its REST interface, one or a list."""

import re
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Place, Rules, filled
from outage_watcher.sources.said import Said, unknown_type
from outage_watcher.sources.severities import Weight
from outage_watcher.sources.values import Facts, first, mapping

RULES = Rules(element=("{element}", "{network_element}"), debounced=True)
RESOLUTION = ("2", "resolution", "clear")
SEVERITIES = {
    "1": "indeterminate", "2": "cleared", "3": "normal", "4": "warning",
    "5": "minor", "6": "major", "7": "critical",
}  # fmt: skip
WHOLE_NODE = re.compile(r"(?i)node_?(down|up)|(agent|device|element)\w*(down|unreach)")
INTERFACE = re.compile(r"(?i)link_?(down|up)|interface_?(down|up)|if_?oper")
PORTS = ("{ifalias}", "{nodelabel}/{ifname}", "{nodelabel}/{ifdescr}")


def read(body: Any, said: Said) -> None:
    """Read an alarm, a list of them, or an answer of the REST interface."""
    if isinstance(body, list):
        return said.each(body, _listed)
    told = mapping(body)
    alarms = told.get("alarm", told.get("alarms"))
    if isinstance(alarms, list):
        said.each(alarms, _listed)
        if (values.number(told.get("totalCount")) or 0) > len(alarms):
            said.remark("incomplete")
        return None
    return _alarm(alarms if isinstance(alarms, dict) else told, said)


def _listed(told: Any, said: Said) -> None:
    _alarm(told, said, evidence="snapshot")


def _alarm(alarm: Any, said: Said, **more: Any) -> None:
    told = _named(alarm)
    uei, severity = first(told, "uei"), first(told, "severity")
    key = first(told, "reductionkey", "id")
    if not key or not (uei or severity):
        raise unknown_type("No alarm of OpenNMS: no reductionKey or no uei.")
    event = _named(told.get("lastevent"))
    facts = values.facts(
        told.get("parameters"), event.get("parameters"), event.get("parameter"),
        told, told.get("nodecriteria"), event,
    )  # fmt: skip
    weight = _weight(severity)
    is_resolution = first(told, "type").casefold() in RESOLUTION
    state: Level = "up" if is_resolution or weight == "cleared" else "down"
    if is_resolution:
        key = first(told, "clearkey") or key
    if not severity and state == "down":
        state = "unknown"
    at = times.first(said.tz, told.get("lasteventtime"), event.get("time"))
    if first(told, "ackuser") and told.get("acktime"):
        said.remark("acknowledged", alarm_id=key)
    said.tell(
        state, key, facts, name=uei or key, weight=weight,
        place=_place(uei, facts, said.rules), occurred_at=at, **more,
    )  # fmt: skip


def _named(told: Any) -> dict[str, Any]:
    """Return fields by their plain names: REST, XML and Kafka write them apart."""
    return {values.key(name): value for name, value in mapping(told).items()}


def _weight(severity: str) -> Weight | None:
    """Return what it says; indeterminate is what OpenNMS gives to noise."""
    severity = SEVERITIES.get(severity, severity)
    if severity.casefold() in ("indeterminate", "normal"):
        return "lesser"
    return severities.weigh(severity)


def _place(uei: str, facts: Facts, rules: Rules) -> Place | None:
    """Return what is named; a node only when it is all of it that fails."""
    if place := rules.find(facts):
        return place
    node = filled(("{nodelabel}", "{node_label}"), facts)
    if node and rules.is_line(node):
        return rules.as_line(node)
    if INTERFACE.search(uei) and (port := filled(PORTS, facts)):
        return rules.as_line(port)
    is_whole = WHOLE_NODE.search(uei) or rules.outages
    return rules.called(node) if node and is_whole else None
