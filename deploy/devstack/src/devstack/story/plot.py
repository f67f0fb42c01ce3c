"""From events and log lines to sentences: pure, and each says who, what and why."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.logging import masked
from contracts.phone_number import group, mask
from devstack.story.gathering import Gathered, Logged, Told
from devstack.story.sentences import SENTENCES, SHOWN, Event, Mood
from devstack.story.subject import Subject

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
