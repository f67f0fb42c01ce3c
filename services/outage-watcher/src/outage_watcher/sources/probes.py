"""Watchers of reachability: UptimeRobot, LibreNMS, ThousandEyes, Meraki, RIPE Atlas."""

import re
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, joined, unknown_type
from outage_watcher.sources.values import first, mapping

RULES = Rules()
BY_NAME = Rules(place=("{monitorfriendlyname}", "{monitorname}", "{monitor}"))
BY_HOST = Rules(place=("{hostname}", "{sysname}"))
BY_CHECK = Rules(place=("{checkname}",))
BY_DEVICE = Rules(place=("{devicename}", "{deviceserial}"))
UPTIMEROBOT: dict[str, Level] = {"1": "down", "2": "up", "down": "down", "up": "up"}
PINGDOM: dict[str, Level] = {
    "down": "down",
    "failing": "down",
    "up": "up",
    "success": "up",
    "unknown": "unknown",
}
LIBRENMS: dict[str, Level] = {"0": "up", "1": "down", "3": "down", "4": "down"}
"""0 recovered, 1 alert, 2 acknowledged, 3 worse, 4 better but not over."""
THOUSANDEYES: dict[str, Level] = {
    "trigger": "down",
    "clear": "up",
    "active": "down",
    "cleared": "up",
}


MERAKI_PARTS = re.compile(r"\b(?:cellular|ports?|power|rps|vpn|clients?|sensors?)\b")
"""What goes down without its device; uplinks are told only as changed."""


def uptimerobot(body: Any, said: Said) -> None:
    """Read a notification of UptimeRobot; its placeholders may be unfilled."""
    told = {values.key(name): value for name, value in mapping(body).items()}
    monitor = first(told, "monitorid")
    kind = first(told, "alerttype", "alerttypefriendlyname").casefold()
    if not monitor or not (kind.isdigit() or kind in UPTIMEROBOT):
        raise unknown_type("UptimeRobot: no monitorID or alertType, or not filled in.")
    if kind not in UPTIMEROBOT:
        return said.ignore(f"{monitor}: a pause, or a certificate or name runs out")
    return said.tell(
        UPTIMEROBOT[kind],
        monitor,
        values.facts(told),
        name=first(told, "monitorfriendlyname", "monitorname"),
        occurred_at=times.first(
            said.tz, told.get("alertdatetime"), told.get("alertfulldatetime")
        ),
    )


def pingdom(body: Any, said: Said) -> None:
    """Read a change of state that Pingdom noticed."""
    told = mapping(body)
    check, word = first(told, "check_id"), first(told, "current_state").casefold()
    if not check or word not in PINGDOM:
        raise unknown_type("Pingdom: no check_id, or neither up nor down.")
    return said.tell(
        PINGDOM[word],
        check,
        values.facts(told),
        name=first(told, "check_name"),
        occurred_at=times.first(
            said.tz,
            told.get("state_changed_timestamp"),
            told.get("state_changed_utc_time"),
        ),
    )


def librenms(body: Any, said: Said) -> None:
    """Read what LibreNMS' API transport sends."""
    told = mapping(body)
    word, device = first(told, "state"), first(told, "hostname", "sysName")
    if not word or not device:
        raise unknown_type("LibreNMS: an alert has a state and a hostname.")
    rule = first(told, "rule_id", "rule", "name", "title")
    alarm_id = joined(device, rule or first(told, "alert_id", "id"))
    if word == "2":
        return said.remark("acknowledged", alarm_id=alarm_id)
    return said.tell(
        LIBRENMS.get(word, "unknown"),
        alarm_id,
        values.facts(told),
        name=first(told, "name", "title", "rule"),
        weight=severities.weigh(told.get("severity")),
        occurred_at=times.first(said.tz, told.get("timestamp")),
    )


def thousandeyes(body: Any, said: Said) -> None:
    """Read an alert of ThousandEyes."""
    told = mapping(body)
    alert = mapping(told.get("alert")) or told
    key = first(alert, "alertId", "id")
    word = first(told, "eventType").rsplit("_", 1)[-1].casefold()
    state = THOUSANDEYES.get(word) or THOUSANDEYES.get(first(alert, "state").casefold())
    if not key or "eventType" not in told or state is None:
        if first(told, "eventType").endswith("TEST"):
            return said.ignore("ThousandEyes: a test of the webhook")
        raise unknown_type("ThousandEyes: no alertId, or neither trigger nor clear.")
    began, ended = ("dateStart", "dateStartZoned"), ("dateEnd", "dateEndZoned")
    names = ended if state == "up" else began
    return said.tell(
        state,
        key,
        values.facts(alert, told),
        name=first(alert, "ruleName", "testName"),
        weight=severities.weigh(alert.get("severity")),
        occurred_at=times.first(said.tz, *(alert.get(name) for name in names)),
    )


def meraki(body: Any, said: Said) -> None:
    """Read an alert of Meraki; of its many types, those of uplinks and devices."""
    told = mapping(body)
    kind = first(told, "alertType", "alertTypeId").casefold().replace("_", " ")
    if not kind or not first(told, "deviceSerial", "networkId"):
        raise unknown_type("Meraki: no alertType, or neither device nor network.")
    data = mapping(told.get("alertData"))
    state: Level | None = None
    if MERAKI_PARTS.search(kind):
        return said.ignore(f"Meraki: {kind}: of a part, and not of the device")
    if any(word in kind for word in ("went down", "stopped", "offline", "uplink down")):
        state = "down"
    elif any(word in kind for word in ("came up", "started", "online", "uplink up")):
        state = "up"
    if state is None:
        return said.ignore(f"Meraki: {kind}")
    return said.tell(
        state,
        joined(first(told, "deviceSerial", "networkId"), first(data, "uplink")),
        values.facts(data, told),
        name=kind,
        occurred_at=times.first(said.tz, told.get("occurredAt")),
    )


def ripe_atlas(body: Any, said: Said) -> None:
    """Read results of a ping; an error of the probe says nothing of its target."""
    if isinstance(body, list):
        return said.each(body, ripe_atlas)
    told = mapping(body)
    if first(told, "type") != "ping" or not first(told, "prb_id"):
        raise unknown_type("RIPE Atlas: no result of a ping.")
    sent, received = values.number(told.get("sent")), values.number(told.get("rcvd"))
    results = told.get("result")
    is_error = "error" in told or (
        isinstance(results, list)
        and any("error" in mapping(each) or "late" in mapping(each) for each in results)
    )
    state: Level = "unknown"
    if received:
        state = "up"
    elif received == 0 and sent and not is_error:
        state = "down"
    return said.tell(
        state,
        joined(first(told, "msm_id"), first(told, "prb_id")),
        values.facts(told),
        occurred_at=times.instant(told.get("timestamp"), said.tz),
    )
