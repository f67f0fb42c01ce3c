"""The open outages and known alarms that some signals touch, worked on in memory."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.event import derived_id
from contracts.outages import OutageEvent, OutageKind
from outage_watcher.domain.evidence import (
    AlarmKey,
    Evidence,
    Signal,
    Verdict,
    weigh,
)
from outage_watcher.domain.life import Situation, settle
from outage_watcher.domain.outage import (
    OPERATOR,
    Lost,
    Outage,
    Reason,
    State,
    opened,
)
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.report import Correction, says_as_much, without
from outage_watcher.domain.telling import told
from outage_watcher.domain.topology import Topology, weighed
from outage_watcher.domain.window import Window

Move = tuple[State | None, State, Outage]
"""From where, to where, and the outage that moved."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was stored of the alarms and places that some signals touch."""

    outages: tuple[Outage, ...] = ()
    alarms: tuple[Evidence, ...] = ()
    taken_ids: frozenset[str] = frozenset()
    lost: Lost = field(default_factory=dict)
    topology: Topology = field(default_factory=Topology)
    failing: frozenset[str] = frozenset()
    """Every line that fails now, on the board or not."""
    named: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The outages by which the places of this board fail, on it or not."""
    gone: frozenset[str] = frozenset()
    """The lines that nobody has any more: nothing can fail there."""
    windows: tuple[Window, ...] = ()
    """The maintenance windows that run."""
    storms: Mapping[str, datetime] = field(default_factory=dict)
    """The sources that report too much at once, and until when that is waited out."""
    recent: Mapping[str, int] = field(default_factory=dict)
    """How many failures each source reported within its storm window."""


class Board:
    """
    Takes signals one by one and collects what has to be stored and told.

    It must know every alarm of its signals, every open outage that holds one of
    them or names the same places, and those of the elements above; what it was not
    given does not exist for it.
    """

    def __init__(
        self, known: Known | None = None, *, now: datetime, policy: Policy
    ) -> None:
        known = known or Known()
        self.now, self.policy = now, policy
        self.lost, self.topology = known.lost, known.topology
        self.failing = set(known.failing)
        self._named = {place: {*ids} for place, ids in known.named.items()}
        self.gone, self.windows = known.gone, known.windows
        self.storms, self.recent = dict(known.storms), known.recent
        self.events: list[OutageEvent] = []
        self.moves: list[Move] = []
        self.rescheduled: set[str] = set()
        """The outages that recover and have another end than was told."""
        self.uncovered: list[str] = []
        """The elements whose outage no longer speaks for all lines below."""
        self.changed: dict[str, Outage] = {}
        self.renewed: dict[AlarmKey, Evidence] = {}
        self._open: dict[str, Outage] = {}
        self._at: dict[frozenset[str], str] = {}
        self._of_element: dict[str, dict[str, None]] = {}
        """The open outages of each element, in the order in which they came."""
        self._alarms = {each.key: each for each in known.alarms}
        self._taken = known.taken_ids
        for outage in known.outages:
            self._place(outage)

    @property
    def open(self) -> list[Outage]:
        """Return the outages that are not over, in the order in which they move."""
        return sorted(self._open.values(), key=self._turn)

    @property
    def situation(self) -> Situation:
        """Return what moves outages beside their evidence."""
        return Situation(self.now, self.policy, self.lost, self.storms)

    def alarm(self, key: AlarmKey) -> Evidence | None:
        """Return what is known of an alarm."""
        return self._alarms.get(key)

    def alarms_of(self, source: str) -> list[Evidence]:
        """Return the alarms of one source."""
        return [each for each in self._alarms.values() if each.source == source]

    def hear(self, signal: Signal) -> Verdict:
        """Let one signal take effect, after whatever fell due before it."""
        self._catch_up(signal)
        known, verdict = weigh(self._alarms.get(signal.key), signal)
        if known is not None:
            self.renew(known, signal.message_id if not signal.timed else "")
        return verdict

    def renew(self, known: Evidence, told_by: str = "") -> None:
        """Let what is known of an alarm now take effect."""
        before = self._alarms.get(known.key)
        self._keep(known)
        outage = self._open.get(known.outage_id) if known.outage_id else None
        if outage is not None:
            self._change(outage, outage.hears(known))
        elif known.is_down and not (before and before.is_down and before.outage_id):
            self._begin(known, told_by)

    def settle(self) -> None:
        """Move every open outage to where the time and the sources put it."""
        for outage in self.open:
            self._change(outage, outage)

    def take_in(self, more: Known) -> None:
        """Look at what an element's outage covered, given that and what concerns it."""
        self.topology = self.topology.joined(more.topology)
        self.gone |= more.gone
        here = self._open.keys() | self.changed.keys()
        for place, ids in more.named.items():
            self._named.setdefault(place, set()).update({*ids} - here)
        for outage in more.outages:
            if outage.id not in here:
                self._place(outage)
        for outage in self.open:
            if outage.root_cause in self.uncovered:
                self._change(outage, outage)

    def close(self, outage: Outage, reason: Reason) -> Outage:
        """End an outage by a person's word, or because its line is gone."""
        return self._change(outage, outage.closed(reason, self.now))

    def correct(
        self,
        outage: Outage,
        change: Callable[[Correction], Correction],
        *,
        unsaid: Collection[str] = (),
    ) -> Outage:
        """Let a person's word stand in place of the sources', or take it back."""
        after = replace(outage.unsaid(unsaid), correction=change(outage.correction))
        return self._change(outage, after)

    def outage(self, outage_id: str) -> Outage:
        """Return an outage that is on the board or just left it."""
        return self._open.get(outage_id) or self.changed[outage_id]

    def kind(self, failure: Evidence) -> OutageKind:
        """Return as what a failure counts: work in progress is planned."""
        if any(each.explains(failure, self.topology) for each in self.windows):
            return "planned"
        return failure.word.kind

    def _catch_up(self, signal: Signal) -> None:
        known = self._alarms.get(signal.key)
        touched = {known and known.outage_id, self._at.get(signal.word.places)}
        for outage_id in touched:
            if outage_id and (outage := self._open.get(outage_id)):
                self._change(outage, outage)

    def _begin(self, known: Evidence, told_by: str) -> None:
        if known.source != OPERATOR and known.word.places <= self.gone:
            return
        same_places = self._at.get(known.word.places)
        if same_places:
            outage = self._open[same_places]
            self._change(outage, outage.hears(known))
        else:
            new = opened(self._new_id(known, told_by), known, self.now)
            self._change(None, new)

    def _new_id(self, known: Evidence, told_by: str) -> str:
        new = outage_id(known.key, told_by or known.down_at)
        while new in self._taken or new in self.changed:
            new = derived_id(new, self.now)
        return new

    def _change(self, before: Outage | None, after: Outage) -> Outage:
        after = after.reported(self.kind)
        after = replace(after, report=without(after.report, self.gone))
        after = settle(after, self.situation)
        cause = self._cause_above(after)
        if cause and not after.is_over:
            after = replace(after, root_cause=cause)
        outlasts = self._outlasts_cause(after)
        after, event = told(before, after, hidden=cause is not None, outlasts=outlasts)
        if after == before:
            return after
        if event:
            self.events.append(event)
        if before is None or before.state != after.state:
            self.moves.append((before.state if before else None, after.state, after))
        elif before.ends_at != after.ends_at:
            self.rescheduled.add(after.id)
        if before and before.report.element and _says_less(before, after):
            self.uncovered.append(before.report.element)
        self._place(after)
        self.changed[after.id] = after
        for each in after.evidence:
            self._keep(self._alarms[each.key])
        return after

    def _cause_above(self, outage: Outage) -> str | None:
        """Return the element above all its places whose outage says it already."""
        return next((e for e, above in self._above(outage) if above.stands), None)

    def _outlasts_cause(self, outage: Outage) -> bool:
        """Return whether it was hidden, and nothing above hides it until it ends."""
        if outage.state is not State.RECOVERING or not outage.root_cause:
            return False
        return not any(
            above.is_known and above.version and above.lasts_until(outage.due_at)
            for _, above in self._above(outage)
        )

    def _above(self, outage: Outage) -> Iterator[tuple[str, Outage]]:
        """Return the outages above all its places that say as much, nearest first."""
        said, places = outage.report, outage.report.places
        if not places or not self._of_element:
            return
        shared = frozenset.intersection(*map(self.topology.higher, places))
        failed = shared & self._of_element.keys()
        for element in sorted(failed, key=lambda e: (-len(self.topology.higher(e)), e)):
            for outage_id in self._of_element[element]:
                above = self._open[outage_id]
                if above.id != outage.id and says_as_much(above.report, said):
                    yield element, above

    def _turn(self, outage: Outage) -> tuple[bool, bool, int]:
        """Return its turn: elements hide what is below, and end after what they hid."""
        if not (element := outage.report.element):
            return False, True, 0
        ends = outage.state is State.RECOVERING
        return ends, False, len(self.topology.higher(element))

    def _place(self, outage: Outage) -> None:
        old = self._open.pop(outage.id, None)
        if old:
            self._forget(old)
        home = None if outage.is_over else outage.id
        element = outage.report.element
        if home:
            self._open[home] = outage
            self._at.setdefault(outage.report.places, home)
        if home and element:
            self._of_element.setdefault(element, {})[home] = None
        if home and outage.is_sure and outage.report.is_fault:
            for place in weighed(outage.report):
                self._named.setdefault(place, set()).add(home)
                self.failing.add(place)
        for each in outage.evidence:
            is_home = each.outage_id == home
            self._alarms[each.key] = each if is_home else replace(each, outage_id=home)

    def _forget(self, old: Outage) -> None:
        if self._at.get(old.report.places) == old.id:
            del self._at[old.report.places]
        if element := old.report.element:
            del self._of_element[element][old.id]
        for place in weighed(old.report):
            by = self._named.get(place, set())
            by.discard(old.id)
            if not by:
                self.failing.discard(place)

    def _keep(self, evidence: Evidence) -> None:
        self._alarms[evidence.key] = evidence
        self.renewed[evidence.key] = evidence


def outage_id(key: AlarmKey, told_by: object) -> str:
    """Return the id of the outage that a failure would begin, always the same."""
    return derived_id("outage", *key, told_by)


def _says_less(before: Outage, after: Outage) -> bool:
    """Return whether an element's outage may have stopped to cover what is below."""
    same = after.stands and after.report.element == before.report.element
    return before.stands and not (same and says_as_much(after.report, before.report))
