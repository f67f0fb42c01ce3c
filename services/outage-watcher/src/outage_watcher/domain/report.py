"""What an outage says to the outside: its evidence in one, and what people correct."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from contracts.outages import OutageKind
from outage_watcher.domain.evidence import Evidence, Word

WORST_FIRST: tuple[OutageKind, ...] = ("fault", "planned", "degradation")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person knows better; it stands until a source says something new."""

    places: Word | None = None
    kind: OutageKind | None = None
    voice_reachable: bool | None = None
    estimated_end: datetime | None = None
    note: str | None = None

    def applied(self, word: Word) -> Word:
        """Return the word with what the person said in place of the sources'."""
        if self == NOTHING_SAID:
            return word
        said = {
            field.name: value
            for field in fields(self)
            if field.name != "places"
            and (value := getattr(self, field.name)) is not None
        }
        if self.places:
            said |= {"element": self.places.element, "lines": self.places.lines}
            if not self.places.places <= word.places:
                # The sources did not speak of what a person added: a doubt diverts.
                voice = None if word.voice_reachable else word.voice_reachable
                said.setdefault("voice_reachable", voice)
        return replace(word, **said)

    def extended(self, report: Word, more: Word) -> "Correction":
        """Return it with more places, given what the outage says until now."""
        places = joined(report, more)
        if places.places == report.places:
            return replace(self, places=places)
        voice = self.voice_reachable
        if more.voice_reachable is False or not report.takes_voice:
            voice = more.voice_reachable
        return replace(self, places=places, voice_reachable=voice)

    def outlived(self, before: Word, now: Word) -> "Correction":
        """Return what is left of it after a source changed its word."""
        news: dict[str, Any] = {}
        if before.places != now.places:
            news["places"] = None
        if before.kind != now.kind:
            news["kind"] = None
        for name in ("voice_reachable", "estimated_end", "note"):
            if getattr(now, name) not in (None, getattr(before, name)):
                news[name] = None
        return replace(self, **news)


NOTHING_SAID = Correction()


def combined(words: list[Word]) -> Word:
    """
    Return what the failures say together, the oldest first.

    The places are all of theirs, the kind is the worst, the end the latest. Voice
    counts as reachable only where that was said of every place that is down: a doubt
    diverts.
    """
    if len(words) == 1:
        return words[0]
    element, lines = _places(words)
    ends = [word.estimated_end for word in words if word.estimated_end]
    return Word(
        element,
        lines,
        worst(word.kind for word in words),
        _voice(words),
        max(ends, default=None),
        next((word.note for word in reversed(words) if word.note), None),
    )


def worst(kinds: Iterable[OutageKind]) -> OutageKind:
    """Return the kind that counts of several."""
    return min(kinds, key=WORST_FIRST.index)


def joined(report: Word, more: Word) -> Word:
    """Return both; an outage names one element, and further ones among its lines."""
    element = report.element or more.element
    places = report.places | more.places
    return Word(element, tuple(sorted(each for each in places if each != element)))


def without(word: Word, gone: frozenset[str]) -> Word:
    """Return a word without what is gone; one of nothing else stays as it is."""
    left = word.places - gone
    if left in (frozenset(), word.places):
        return word
    element = word.element if word.element in left else None
    lines = tuple(line for line in word.lines if line in left)
    return replace(word, element=element, lines=lines)


def says_as_much(above: Word, below: Word) -> bool:
    """Return whether the outage above diverts whatever that below would divert."""
    kind = above.kind in ("fault", below.kind)
    return kind and (above.takes_voice or not below.takes_voice)


def age(evidence: Evidence) -> tuple[datetime, str, str]:
    """Return what puts evidence in the order in which it was heard."""
    return evidence.heard_at, evidence.source, evidence.alarm_id


def _places(words: list[Word]) -> tuple[str | None, tuple[str, ...]]:
    """Return one element, as an event names it; others stand among the lines."""
    elements = sorted({word.element for word in words if word.element})
    lines = {line for word in words for line in word.lines}
    return next(iter(elements), None), tuple(sorted(lines | set(elements[1:])))


def _voice(words: list[Word]) -> bool | None:
    if any(word.voice_reachable is False for word in words):
        return False
    reached = {place for word in words if word.voice_reachable for place in word.places}
    dead = {place for word in words if word.takes_voice for place in word.places}
    return True if reached and reached >= dead else None
