"""Amazon CloudWatch alarms, in an SNS message, from EventBridge or as such."""

from typing import Any

from pydantic_core import from_json

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, unknown_type
from outage_watcher.sources.values import first, listing, mapping

RULES = Rules(debounced=True)
STATES: dict[str, Level] = {"ALARM": "down", "OK": "up", "INSUFFICIENT_DATA": "unknown"}
ABOUT_ITSELF = ("SubscriptionConfirmation", "UnsubscribeConfirmation")


def read(body: Any, said: Said) -> None:
    """Read a message of SNS, or the alarm that is in one."""
    told = mapping(body)
    if first(told, "Type") in ABOUT_ITSELF:
        return said.ignore(f"{first(told, 'Type')}: confirm it by hand, by its URL")
    inner = told.get("Message", told.get("detail", told))
    if isinstance(inner, str):
        try:
            inner = from_json(inner)
        except ValueError:
            raise unknown_type("SNS: the message is a text, and no alarm") from None
    return _alarm(mapping(inner), told, said)


def _alarm(alarm: dict[str, Any], around: dict[str, Any], said: Said) -> None:
    new = mapping(alarm.get("state"))
    name = first(alarm, "AlarmName", "alarmName")
    word = first(alarm, "NewStateValue") or first(new, "value")
    if not name or not word:
        raise unknown_type("No alarm of CloudWatch: it has a name and a new state.")
    trigger = mapping(alarm.get("Trigger"))
    facts = values.facts(
        trigger.get("Dimensions"), alarm.get("dimensions"), *_dimensions(alarm), alarm
    )
    return said.tell(
        STATES.get(word.upper(), "unknown"),
        first(alarm, "AlarmArn", "alarmArn") or name,
        facts,
        name=name,
        occurred_at=times.first(
            said.tz, alarm.get("StateChangeTime"), new.get("timestamp"),
            around.get("Timestamp"), around.get("time"),
        ),
    )  # fmt: skip


def _dimensions(alarm: dict[str, Any]) -> list[Any]:
    """Return what EventBridge says of each metric of the alarm."""
    metrics = listing(mapping(alarm.get("configuration")).get("metrics"))
    stats = (mapping(mapping(each).get("metricStat")) for each in metrics)
    return [mapping(stat.get("metric")).get("dimensions") for stat in stats]
