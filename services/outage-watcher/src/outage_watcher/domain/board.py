"""The open outages and known alarms that some signals touch, worked on in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.event import derived_id
from contracts.outages import OutageEvent
from outage_watcher.domain.evidence import (
    AlarmKey,
    Evidence,
    Signal,
    Verdict,
    weigh,
)
from outage_watcher.domain.outage import (
    Lost,
    Outage,
    Reason,
    State,
    opened,
    settle,
    told,
)
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.report import Correction

Move = tuple[State | None, State, Outage]
"""From where, to where, and the outage that moved."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was stored of the alarms and places that some signals touch."""

    outages: tuple[Outage, ...] = ()
    alarms: tuple[Evidence, ...] = ()
    taken_ids: frozenset[str] = frozenset()
    lost: Lost = frozenset()


class Board:
    """
    Takes signals one by one and collects what has to be stored and told.

    It must know every alarm of its signals, and every open outage that holds one
    of them or names the same places; what it was not given does not exist for it.
    """

    def __init__(
        self, known: Known | None = None, *, now: datetime, policy: Policy
    ) -> None:
        known = known or Known()
        self.now = now
        self.policy = policy
        self.lost = known.lost
        self.events: list[OutageEvent] = []
        self.moves: list[Move] = []
        self.changed: dict[str, Outage] = {}
        self.renewed: dict[AlarmKey, Evidence] = {}
        self._open: dict[str, Outage] = {}
        self._at: dict[frozenset[str], str] = {}
        self._alarms = {each.key: each for each in known.alarms}
        self._taken = known.taken_ids
        for outage in known.outages:
            self._place(outage)

    @property
    def open(self) -> list[Outage]:
        """Return the outages that are not over."""
        return list(self._open.values())

    def alarm(self, key: AlarmKey) -> Evidence | None:
        """Return what is known of an alarm."""
        return self._alarms.get(key)

    def hear(self, signal: Signal) -> Verdict:
        """Let one signal take effect, after whatever fell due before it."""
        self._catch_up(signal)
        known, verdict = weigh(self._alarms.get(signal.key), signal)
        if known is None:
            return verdict
        self._keep(known)
        outage = self._open.get(known.outage_id or "")
        if outage is None and known.is_down and verdict is Verdict.ACCEPTED:
            self._begin(known, signal)
        elif outage is not None:
            self._change(outage, outage.hears(known))
        return verdict

    def settle(self) -> None:
        """Move every open outage to where the time and the sources put it."""
        for outage in self.open:
            self._change(outage, outage)

    def close(self, outage: Outage, reason: Reason) -> Outage:
        """End an outage by a person's word."""
        return self._change(outage, outage.closed(reason, self.now))

    def correct(
        self, outage: Outage, change: Callable[[Correction], Correction]
    ) -> Outage:
        """Let a person's word stand in place of the sources'."""
        corrected = replace(outage, correction=change(outage.correction))
        return self._change(outage, corrected.reported())

    def _catch_up(self, signal: Signal) -> None:
        known = self._alarms.get(signal.key)
        touched = {known and known.outage_id, self._at.get(signal.word.places)}
        for outage_id in touched:
            if outage_id and (outage := self._open.get(outage_id)):
                self._change(outage, outage)

    def _begin(self, known: Evidence, signal: Signal) -> None:
        same_places = self._at.get(known.word.places)
        if same_places:
            outage = self._open[same_places]
            self._change(outage, outage.hears(known))
        else:
            self._change(None, opened(self._new_id(signal), known, self.now))

    def _new_id(self, signal: Signal) -> str:
        new = outage_id(signal)
        while new in self._taken:
            new = derived_id(new, self.now)
        return new

    def _change(self, before: Outage | None, after: Outage) -> Outage:
        after = settle(after, now=self.now, policy=self.policy, lost=self.lost)
        after, event = told(before, after)
        if after == before:
            return after
        if event:
            self.events.append(event)
        if before is None or before.state != after.state:
            self.moves.append((before.state if before else None, after.state, after))
        self._place(after)
        self.changed[after.id] = after
        for each in after.evidence:
            self._keep(self._alarms[each.key])
        return after

    def _place(self, outage: Outage) -> None:
        old = self._open.pop(outage.id, None)
        if old and self._at.get(old.report.places) == old.id:
            del self._at[old.report.places]
        home = None if outage.is_over else outage.id
        if home:
            self._open[home] = outage
            self._at.setdefault(outage.report.places, home)
        for each in outage.evidence:
            self._alarms[each.key] = replace(each, outage_id=home)

    def _keep(self, evidence: Evidence) -> None:
        self._alarms[evidence.key] = evidence
        self.renewed[evidence.key] = evidence


def outage_id(signal: Signal) -> str:
    """Return the id of the outage that this signal would begin, always the same."""
    told_by = signal.occurred_at if signal.timed else signal.message_id
    return derived_id("outage", *signal.key, told_by or signal.occurred_at)
