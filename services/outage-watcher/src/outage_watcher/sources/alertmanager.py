"""Prometheus Alertmanager (webhook version 3 and 4, API v2) and Grafana's alerting."""

from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Rules, filled
from outage_watcher.sources.said import Said, joined, unknown_type
from outage_watcher.sources.values import Facts, mapping

RULES = Rules(
    identity=("{alertname}",),
    heartbeats=("Watchdog", "DeadMansSwitch", "DeadMansSnitch", "DeadManSwitch"),
    blind=(
        "LineMonitoringLost",
        "MonitoringLost",
        "DatasourceError",
        "DatasourceNoData",
    ),
    ignore=("^InfoInhibitor$",),
)
FIRING = ("firing", "active", "suppressed", "alerting")
EYES = ("alertname", "rulename", "job", "instance")
"""What tells apart what a source sees with."""
NO_STATE = ("nodata", "error", "paused", "missingseries", "ruledeleted", "updated")
"""Grafana's reasons for a change of state that say nothing of what is watched."""


def read(body: Any, said: Said) -> None:
    """Read a webhook, a list of alerts as the API returns it, or one of them."""
    if isinstance(body, list):
        said.each(body, _alert)
        return _one_voice(said)
    alerts = mapping(mapping(body).get("data", body)).get("alerts")
    if alerts is None and "labels" in mapping(body):
        return _alert(body, said)
    alerts = [alerts] if isinstance(alerts, dict) else alerts
    if not isinstance(alerts, list):
        raise unknown_type("Neither a webhook nor a list: there are no `alerts`.")
    status = values.text(body.get("status")).casefold()
    said.each(alerts, lambda alert, said: _alert(alert, said, of_group=status))
    truncated = values.text(body.get("truncatedAlerts"))
    if truncated not in ("", "0"):
        said.remark("incomplete")
    return _one_voice(said)


def _one_voice(said: Said) -> None:
    """Let the failure count where alerts of one key disagree, as replicas may."""
    down = {signal.alarm_id for signal in said.signals if signal.state == "down"}
    kept = []
    for signal in said.signals:
        if signal.state == "up" and signal.alarm_id in down:
            said.ignore(f"{signal.alarm_id}: resolved, but firing in the same message")
        else:
            kept.append(signal)
    said.signals[:] = kept


def _alert(alert: Any, said: Said, *, of_group: str | None = None) -> None:
    if isinstance(mapping(alert).get("alerts"), list | dict):
        return read(alert, said)
    labels = mapping(mapping(alert).get("labels"))
    if not labels:
        raise unknown_type("An alert without labels.")
    facts = values.facts(labels)
    name = facts.get("alertname", "")
    is_posted = of_group is None and not {"status", "state"} & alert.keys()
    state = _by_its_end(alert, said) if is_posted else _state(alert, of_group or "")
    if name in said.rules.heartbeats:
        return said.heartbeat(alive=state == "down")
    if name in said.rules.blind:
        return _blind(state, name, facts, said)
    if facts.get("severity", "").casefold() == "none":
        return said.ignore(f"{name}: its severity is none")
    return _line(alert, state, name, facts, said)


def _line(alert: Any, state: Level, name: str, facts: Facts, said: Said) -> None:
    place = said.rules.find(facts)
    weight = severities.weigh(facts.get("severity"))
    if place is None:
        why = "no label names a line or element"
        return said.unplaced(state, name or "alert", why, weight=weight, facts=facts)
    alarm_id = joined(
        *(filled((each,), facts) for each in said.rules.identity), place.name
    )
    began = times.first(said.tz, alert.get("startsAt"), alert.get("activeAt"))
    ended = times.instant(alert.get("endsAt"), said.tz)
    snapshot = (
        {"evidence": "snapshot"} if "status" in alert and _is_listed(alert) else {}
    )
    if state == "up" and weight != "cleared" and said.is_lesser(weight, facts):
        # Of this name a graver alert may go on.
        return said.ignore(f"{alarm_id}: the end of what is no outage ends none")
    return said.tell(
        state,
        alarm_id,
        facts,
        name=name,
        place=place,
        weight=weight,
        occurred_at=ended if state == "up" else began,
        **({"started_at": began} if state == "up" else {}),
        **snapshot,
    )


def _blind(state: Level, name: str, facts: Facts, said: Said) -> None:
    # Grafana's alerts of missing data have one name, and that of their rule.
    eye = joined(*(facts.get(each, "") for each in EYES))
    if state == "unknown":
        return said.ignore(f"{name}: neither firing nor resolved")
    return said.heartbeat(alive=state == "up", eye=eye)


def _state(alert: Any, of_group: str) -> Level:
    status = _status(alert) or of_group
    annotations = values.facts(mapping(alert.get("annotations")))
    reason = annotations.get("grafanastatereason", "").casefold()
    if any(each in reason for each in NO_STATE):
        return "unknown"
    if status in FIRING:
        return "down"
    return "up" if status == "resolved" else "unknown"


def _by_its_end(alert: dict[str, Any], said: Said) -> Level:
    """Return the state of an alert as Prometheus posts it: over when it has ended."""
    ended = times.instant(alert.get("endsAt"), said.tz)
    if ended and ended <= said.now:
        return "up"
    return "down" if ended or alert.get("startsAt") else "unknown"


def _status(alert: Any) -> str:
    told = mapping(alert)
    status = told.get("status", told.get("state"))
    return values.text(mapping(status).get("state") or status).casefold()


def _is_listed(alert: dict[str, Any]) -> bool:
    return isinstance(alert["status"], dict)
