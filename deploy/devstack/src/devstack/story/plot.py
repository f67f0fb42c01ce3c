"""From events and log lines to sentences: pure, and each says who, what and why."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from chassis.clock import BERLIN
from chassis.logging import masked
from contracts.phone_number import group, mask
from devstack.story.gathering import Gathered, Logged, Told
from devstack.story.subject import Subject

Event = dict[str, Any]
Mood = Literal["plain", "bad", "good", "quiet"]
SHOWN = 6
"""So many numbers of a flip are named; the rest are counted."""
FREE_TEXT = ("note", "because", "reason")
"""What people and other systems wrote: numbers may stand in it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the story."""

    at: datetime
    who: str
    what: str
    why: str = ""
    mood: Mood = "plain"


def plot(about: Subject, gathered: Gathered, *, hide: bool) -> list[Line]:
    """Return the story in the order of time."""
    writer = _Writer(hide=hide)
    flips = [one for one in gathered.told if one.topic == "ForwardingApplied"]
    rest = [one for one in gathered.told if one.topic != "ForwardingApplied"]
    lines = [writer.sentence(one) for one in rest]
    if about.kind == "outage":
        lines += [writer.flip(some) for some in _by_flip(flips)]
    else:
        lines += [writer.sentence(one) for one in flips]
    lines += [_from_log(one) for one in gathered.logged if _matters(one)]
    return sorted(lines, key=lambda line: line.at)


def _by_flip(flips: Iterable[Told]) -> list[list[Told]]:
    found: defaultdict[tuple[int, bool], list[Told]] = defaultdict(list)
    for one in flips:
        found[one.event["version"], one.event["in_effect"]].append(one)
    return list(found.values())


class _Writer:
    def __init__(self, *, hide: bool) -> None:
        self._hide = hide
        self._show: Callable[[str], str] = mask if hide else group

    def sentence(self, told: Told) -> Line:
        """Return what one event says."""
        event = told.event
        if self._hide:
            written = {name: event[name] for name in FREE_TEXT if event.get(name)}
            event = event | {name: masked(text) for name, text in written.items()}
        what, why, mood = SENTENCES[told.topic](event, self.number)
        return Line(told.at, told.by, what, why, mood)

    def flip(self, told: Sequence[Told]) -> Line:
        """Return what a flip of many numbers did."""
        events = [one.event for one in told]
        count = sum(_size(event) for event in events)
        customers = {event["customer_number"] for event in events}
        goes = events[0]["in_effect"]
        whose = f"{_count(count, 'number')} of {_count(len(customers), 'customer')}"
        many, one = ("are", "is") if goes else ("ring", "rings")
        end = "diverted" if goes else "at home again"
        what = f"{whose} {one if count == 1 else many} {end}"
        named = [
            f"{self.number(event)} → {self.target(event)}"
            if goes
            else self.number(event)
            for event in events[:SHOWN]
        ]
        more = f" and {len(events) - SHOWN:,} more" if len(events) > SHOWN else ""
        at = max(one.at for one in told)
        mood: Mood = "good"
        return Line(at, "forwarding", what, "; ".join(named) + more, mood)

    def number(self, event: Event, name: str = "number") -> str:
        """Return a number or block, masked where it must be."""
        first, last = event.get(name), event.get("last")
        if not first:
            return "nowhere"
        if last and name == "number":
            return f"{self._show(first)} to …{last[-3:]}"
        return self._show(first)

    def target(self, event: Event) -> str:
        """Return where calls go."""
        return self.number(event, "target")


def _size(event: Event) -> int:
    first, last = event["number"], event.get("last") or event["number"]
    return int(last[1:]) - int(first[1:]) + 1


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
# Said by the events themselves.
_TOLD_ALREADY = {
    "flip_told",
    "line_connected",
    "option_disabled",
    "option_enabled",
    "order_settled",
    "outages_told",
}


def _matters(logged: Logged) -> bool:
    return logged.said not in _TOLD_ALREADY


def _from_log(logged: Logged) -> Line:
    facts = ", ".join(
        f"{name} {value}" for name, value in logged.more.items() if value is not None
    )
    what = logged.said.replace("_", " ")
    return Line(logged.at, logged.by, what, facts[:200], "quiet")
