"""A row of the configurator: an entry, and the words that stand beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal_gateway.domain.causes import loses_calls, running
from portal_gateway.domain.entry import PARTIAL, Entry
from portal_gateway.domain.facts import Outage, Picture, is_block
from portal_gateway.domain.listing import is_here
from portal_gateway.domain.ringing import last_in_effect, target_last
from portal_gateway.domain.together import own_rules_inside, target_outage
from portal_gateway.usecases.overview import Overview

Note = tuple[str, dict[str, Any]]
"""The key of a phrase, and what fills it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a table shows it."""

    entry: Entry
    id: str
    path: str
    state: str
    notes: tuple[Note, ...]
    own_rules: int = 0
    ends_at: datetime | None = None
    """When a rehearsal ends."""

    @property
    def comes_home_at(self) -> datetime | None:
        """Return when calls come home: the line works again and its hold runs."""
        outage = self.entry.outage
        causes = {(cause.type, cause.id) for cause in self.entry.causes}
        waits = outage is not None and causes == {("outage", outage.id)}
        return outage.clears_at if outage and waits else None

    @property
    def number(self) -> str:
        """Return the first or only number."""
        return self.entry.span[0]

    @property
    def last(self) -> str | None:
        """Return the last number of a block."""
        return self.entry.span[1] if self.is_block else None

    @property
    def is_block(self) -> bool:
        """Tell whether it is a block."""
        return is_block(self.entry.span)

    @property
    def is_open(self) -> bool:
        """Tell whether it can be set."""
        return is_here(self.entry)

    @property
    def target_last(self) -> str | None:
        """Return the last number of a block that is the target of a block."""
        return target_last(self.entry)

    @property
    def is_explicitly_off(self) -> bool:
        """Tell whether the number is taken out of its block's forwarding."""
        entry = self.entry
        return bool(entry.block) and entry.source == "own" and not entry.rule.is_armed

    @property
    def by_hand(self) -> bool:
        """Tell whether a person diverts it now."""
        return any(cause.type == "manual" for cause in self.entry.causes)

    @property
    def in_drill(self) -> bool:
        """Tell whether a rehearsal runs."""
        return any(cause.type == "drill" for cause in self.entry.causes)


def rows(known: Overview, entries: Iterable[Entry]) -> list[Row]:
    """Return the rows of some entries."""
    inside = own_rules_inside(known.entries)
    return [row(known.picture, entry, inside.get(entry.span, 0)) for entry in entries]


def row(picture: Picture, entry: Entry, own_rules: int = 0) -> Row:
    """Return the row of an entry."""
    kind = "block" if is_block(entry.span) else "nummer"
    return Row(
        entry=entry,
        id=f"{kind[0]}{entry.span[0][1:]}",
        path=f"/konfigurator/{kind}/{entry.span[0]}",
        state=_state(entry),
        notes=tuple(_notes(picture, entry, own_rules)),
        own_rules=own_rules,
        ends_at=_drill_end(picture, entry),
    )


def _state(entry: Entry) -> str:
    """Return the word for the state; what is to come or gone is a state here, too."""
    if entry.opens_on:
        return "coming"
    if entry.ported_out:
        return "gone"
    if entry.is_barred and entry.state == "failed":
        return "barred"
    return entry.state


def _notes(picture: Picture, entry: Entry, own_rules: int) -> Iterable[Note]:
    yield from _now(picture, entry)
    yield from _rule(entry, own_rules)


def _now(picture: Picture, entry: Entry) -> Iterable[Note]:
    yield from _because(picture, entry)
    if entry.waits:
        yield "row.pending", {}
    yield from _elsewhere(picture, entry)
    if entry.code == PARTIAL:
        yield "row.partial", {}
    if entry.target_is_down:
        yield "row.target_down", {}
    elif entry.is_armed and (outage := target_outage(picture, entry)):
        yield "row.target_outage", {"at": outage.since}
    if entry.outage and entry.state == "ready":
        yield f"row.not_diverted_{not_diverted(entry.outage, entry)}", {}
    is_home = is_here(entry) and entry.state != "diverted"
    if loses_calls(entry.outage) and is_home and not entry.is_armed:
        yield "row.lost", {}


def _because(picture: Picture, entry: Entry) -> list[Note]:
    """Say why calls are diverted, once: of two outages often no more is known."""
    told: list[Note] = []
    for cause in entry.causes if entry.state == "diverted" else ():
        outage = next((o for o in picture.outages if o.id == cause.id), None)
        note: Note = (f"row.because_{cause.type}", {})
        if cause.type == "outage" and outage:
            end = None if outage.clears_at else outage.estimated_end
            note = (f"row.because_{outage.kind}", {"end": end})
        if note not in told:
            told.append(note)
    return told


def not_diverted(outage: Outage, entry: Entry) -> str:
    """Return why an outage diverts no calls of a number that is ready."""
    if outage.voice_reachable:
        return "voice"
    planned = outage.kind == "planned" and not entry.rule.follows_planned_work
    return "planned" if planned else "soon"


def _elsewhere(picture: Picture, entry: Entry) -> Iterable[Note]:
    """Say where calls go now, where that is not what the rule names."""
    target = entry.target_in_effect
    if target is None or target == entry.rule.target:
        return
    yield "row.rings", {"number": target, "last": last_in_effect(picture, entry)}


def _rule(entry: Entry, own_rules: int) -> Iterable[Note]:
    if entry.block:
        span = {"first": entry.block[0], "last": entry.block[1]}
        if entry.source == "own" and not entry.rule.is_armed:
            yield "row.off_in_block", span
        elif entry.source in {"own", "block"}:
            yield f"row.{entry.source}_in_block", span
    if entry.rule.keep_extension:
        yield "row.keeps_extension", {}
    if own_rules:
        yield "row.own_rules", {"n": own_rules}
    if entry.rule.fallback_target:
        yield "row.fallback", {"number": entry.rule.fallback_target}
    if entry.code == "customer_held":
        yield "row.held", {}
    elif entry.is_barred or (
        entry.state != "failed" and entry.code not in {None, PARTIAL}
    ):
        yield "row.flagged", {}


def _drill_end(picture: Picture, entry: Entry) -> datetime | None:
    for span in (entry.span, entry.block):
        for started in running(picture, span) if span else ():
            if started.cause.type == "drill":
                return started.ends_at
    return None
