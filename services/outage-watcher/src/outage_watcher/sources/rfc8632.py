"""YANG alarms of RFC 8632, as Broadband Forum's OB-BAA publishes them."""

from typing import Any

from pydantic_core import from_json

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, joined, unknown_type
from outage_watcher.sources.values import first, listing, mapping

RULES = Rules(line=(*Rules().line, "{device}/{interface}"), element=())
DEEPEST = 12


def read(body: Any, said: Said) -> None:
    """Read notifications, wherever in a message they stand, or a list of messages."""
    if isinstance(body, list):
        return said.each(body, read)
    found = list(_notifications(body, 0))
    if not found:
        raise unknown_type("No alarm-notification of RFC 8632.")
    device = first(mapping(body), "deviceRefId", "device", "deviceName", "source")
    for each in found:
        _alarm(each, device, said)
    return None


def _notifications(told: Any, depth: int) -> list[dict[str, Any]]:
    if depth > DEEPEST:
        return []
    if isinstance(told, str) and told.lstrip()[:1] in ("{", "["):
        try:
            told = from_json(told)
        except ValueError:
            return []
    if isinstance(told, list):
        return [found for each in told for found in _notifications(each, depth + 1)]
    plain = {name.rsplit(":", 1)[-1]: value for name, value in mapping(told).items()}
    if "perceived-severity" in plain and "resource" in plain:
        return [plain]
    return [
        found for each in plain.values() for found in _notifications(each, depth + 1)
    ]


def _alarm(alarm: dict[str, Any], device: str, said: Said) -> None:
    resource, kind = first(alarm, "resource"), first(alarm, "alarm-type-id")
    weight = severities.weigh(alarm.get("perceived-severity"))
    if not resource or weight is None:
        return said.reject(unknown_type("RFC 8632: no resource or no severity"), alarm)
    names = [part.partition("=")[2].strip("'\" ]") for part in resource.split("[")[1:]]
    told = {"device": device, "interface": names[-1] if names else resource}
    state: Level = "up" if weight == "cleared" else "down"
    kind = kind.rsplit(":", 1)[-1]
    at = first(alarm, "time") or first(
        mapping((listing(alarm.get("status-change")) or [{}])[-1]), "time"
    )
    return said.tell(
        state,
        joined(device, resource, kind, first(alarm, "alarm-type-qualifier")),
        values.facts(told, alarm),
        name=kind,
        weight=weight,
        occurred_at=times.first(said.tz, at, alarm.get("last-changed")),
    )
