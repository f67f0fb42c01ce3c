"""What each event says: a sentence, the reason, and whether it is good or bad news."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from chassis.clock import BERLIN

Event = dict[str, Any]
Mood = Literal["plain", "bad", "good", "quiet"]
SHOWN = 6
"""So many lines or numbers are named; the rest are counted."""

Shown = Callable[..., str]
Sentence = tuple[str, str, Mood]


def _signal(event: Event, _number: Shown) -> Sentence:
    place = event.get("element") or ", ".join(event.get("lines", ())[:SHOWN])
    what = f"{event.get('source')} says that {place} is {event['state']}"
    return what, event.get("note") or "", "plain"


def _detected(event: Event, _number: Shown) -> Sentence:
    again = f" (version {event['version']})" if event.get("version", 1) > 1 else ""
    why = f"{event.get('kind', 'fault')}, reported by {event.get('reported_by', '?')}"
    note = f": {event['note']}" if event.get("note") else ""
    return f"{_places(event)} is down{again}", why + note, "bad"


def _noticed(event: Event, _number: Shown) -> Sentence:
    if ends := event.get("clears_at"):
        at = datetime.fromisoformat(ends).astimezone(BERLIN)
        return (
            "it seems to work again",
            f"over at {at:%H:%M:%S} if it stays so",
            "plain",
        )
    return "it failed anew before it was over", "", "bad"


def _cleared(event: Event, _number: Shown) -> Sentence:
    return f"{_places(event)} works again", str(event.get("reason")), "good"


def _commanded(event: Event, _number: Shown) -> Sentence:
    what = f"{event['commanded_by']} commands: {event['action']} {event['subject']}"
    return what, event["because"], "plain"


def _answered(event: Event, _number: Shown) -> Sentence:
    mood: Mood = "good" if event["outcome"] == "accepted" else "bad"
    order = f"{event['commanded_by']}'s command to {event['action']}"
    what = f"{order} {event['subject']} is {event['outcome']}"
    return what, event.get("reason") or event.get("code") or "", mood


def _announced(event: Event, _number: Shown) -> Sentence:
    begins, ends = (
        datetime.fromisoformat(event[name]).astimezone(BERLIN)
        for name in ("starts_at", "ends_at")
    )
    what = f"work at {_places(event) or 'no place'} is {event.get('state', 'planned')}"
    why = f"{begins:%d.%m. %H:%M} to {ends:%d.%m. %H:%M}"
    return what, f"{why}: {event['note']}" if event.get("note") else why, "plain"


def _places(event: Event) -> str:
    lines = event.get("lines") or ()
    named = [event["element"]] if event.get("element") else []
    named += lines[:SHOWN]
    more = f" and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
    return ", ".join(named) + more


def _held(event: Event, number: Shown) -> Sentence:
    whose = "of everybody"
    if event["subject"] == "target":
        whose = f"to {number(event)}"
    elif event["subject"] == "customer":
        whose = f"of {event['customer_number']}"
    does = "holds off" if event["held"] else "lifts the hold on"
    what = f"{event['held_by']} {does} forwardings {whose}"
    return what, event.get("because") or "", "bad" if event["held"] else "good"


def _erased(event: Event, _number: Shown) -> Sentence:
    what = f"{event['erased_by']} erases customer {event['customer_number']}"
    return what, f"now {event['pseudonym']}", "plain"


def _placed(event: Event, _number: Shown) -> Sentence:
    option = " with the option" if event.get("option") else ""
    product = event.get("product") or "the option"
    what = f"{event['placed_by']} orders {product}{option} for"
    return f"{what} {event['customer_number']}", f"by {event['channel']}", "plain"


def _confirmed(event: Event, _number: Shown) -> Sentence:
    mood: Mood = "good" if event["outcome"] == "accepted" else "bad"
    why = event.get("reason") or event.get("code") or ""
    return f"the order is {event['outcome']}", why, mood


def _cancelled(event: Event, _number: Shown) -> Sentence:
    return f"{event['cancelled_by']} cancels the order", event["channel"], "bad"


def _comes(event: Event, number: Shown) -> Sentence:
    way = "leaves" if event.get("direction") == "out" else "comes to"
    what = f"{number(event)} {way} line {event['line']} on {event['effective_on']}"
    return what, f"customer {event['customer_number']}", "plain"


def _enabled(event: Event, number: Shown) -> Sentence:
    why = f"{event['product']}, order {event['order_id']}"
    return f"the option opens for {number(event)} on {event['line']}", why, "good"


def _disabled(event: Event, number: Shown) -> Sentence:
    return f"the option ends for {number(event)}", event["reason"], "bad"


def _requested(event: Event, number: Shown) -> Sentence:
    rule, action = event.get("rule") or {}, event["action"]
    wish = f"{action} {event['cause']}" if event.get("cause") else action
    if rule:
        wish = "arm" if rule.get("enabled") else "disarm"
    goes = f" → {number(rule, 'target')}" if rule.get("target") else ""
    return (
        f"asks to {wish} {number(event)}{goes}",
        f"by {event['requested_by']}",
        "plain",
    )


def _configured(event: Event, number: Shown) -> Sentence:
    mood: Mood = "good" if event["outcome"] == "accepted" else "bad"
    what = f"the wish for {number(event)} is {event['outcome']}"
    return what, event.get("code") or "", mood


def _applied(event: Event, number: Shown) -> Sentence:
    if not event["in_effect"]:
        return f"calls to {number(event)} ring at home", event["reason"], "good"
    what = f"calls to {number(event)} go to {number(event, 'target')}"
    outage = f" {event['outage_id']}" if event.get("outage_id") else ""
    return what, f"{event['reason']}{outage}", "good"


def _failed(event: Event, number: Shown) -> Sentence:
    what = f"the switch did not do it for {number(event)}"
    return what, f"{event['code']}, attempt {event['attempts']}", "bad"


def _connected(event: Event, _number: Shown) -> Sentence:
    elements = " → ".join(event["elements"]) or "nothing known"
    return f"line {event['line']} hangs on {elements}", "", "quiet"


SENTENCES: dict[str, Callable[[Event, Shown], Sentence]] = {
    "NetworkSignal": _signal,
    "OutageDetected": _detected,
    "RecoveryNoticed": _noticed,
    "OutageCleared": _cleared,
    "OutageCommanded": _commanded,
    "OutageCommandAnswered": _answered,
    "MaintenanceAnnounced": _announced,
    "ForwardingsHeld": _held,
    "CustomerErased": _erased,
    "OrderPlaced": _placed,
    "OrderConfirmed": _confirmed,
    "OrderCancelled": _cancelled,
    "NumberPorted": _comes,
    "NumberProvisioned": _comes,
    "OptionEnabled": _enabled,
    "OptionDisabled": _disabled,
    "ForwardingRequested": _requested,
    "ForwardingConfigured": _configured,
    "ForwardingApplied": _applied,
    "ForwardingFailed": _failed,
    "LineConnected": _connected,
}
