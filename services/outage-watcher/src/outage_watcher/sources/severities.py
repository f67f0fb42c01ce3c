"""What a severity says of a place: an outage, something lesser, or its end."""

from typing import Literal

from outage_watcher.sources.values import text

Weight = Literal["outage", "lesser", "cleared"]

ITU: dict[str, Weight] = {
    "1": "cleared",
    "2": "outage",  # indeterminate: in doubt it is one
    "3": "outage",  # critical
    "4": "outage",  # major
    "5": "lesser",  # minor
    "6": "lesser",  # warning
}
"""IANAItuAlarmTC's ItuPerceivedSeverity: its numbers have no order."""
ZABBIX: dict[str, Weight] = {"1": "lesser", "2": "lesser"}
"""0 is not classified, 3 average, 4 high, 5 disaster: outages."""
WORDS: dict[str, Weight] = {
    **dict.fromkeys(("cleared", "clear", "normal", "ok", "resolved"), "cleared"),
    **dict.fromkeys(("minor", "warning", "warn", "low", "moderate"), "lesser"),
    **dict.fromkeys(("info", "information", "informational", "notice"), "lesser"),
    **dict.fromkeys(("none", "debug", "trace"), "lesser"),
}


def weigh(severity: object, numbers: dict[str, Weight] | None = None) -> Weight | None:
    """Return what it says; None without one. A word nobody knows is an outage."""
    said = text(severity).casefold()
    if not said:
        return None
    if said.isdigit():
        return (numbers or {}).get(said, "outage")
    return WORDS.get(said, "outage")
