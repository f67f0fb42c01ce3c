"""
What is promised of outages, slow and simple: where calls are cut off, and why.

It knows nothing of states, versions, hidden outages or SQL: it takes what was said,
alarm by alarm, and says which places are down by it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from outage_watcher.domain.policy import Policy
from support.outage_alarm import (
    EVER,
    PERSON,
    TREE,
    WORK,
    Alarm,
    Homes,
    Key,
    Said,
    Work,
    takes_voice,
)


class Model:
    """All that was said, and what follows from it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.alarms: dict[Key, Alarm] = {}
        self.above: dict[str, tuple[str, ...]] = {}
        self.gone: set[str] = set()
        self.works: dict[str, Work] = {}
        self.corrected: dict[str, frozenset[str]] = {}
        """The places of an outage that a person changed."""
        self.ended: set[str] = set()
        """The elements whose outage a person ended, though most lines fail."""
        self.beats: dict[str, tuple[datetime, datetime]] = {}
        """When a source last spoke of itself, and when it counts as silent."""
        self.blind: dict[str, dict[str, datetime]] = {}
        self.last_lost: dict[str, datetime] = {}
        self._failing: set[str] = set()

    # What is said

    def hear(self, said: Iterable[Said], now: datetime) -> None:
        for each in said:
            self._hear(each, now)

    def _hear(self, said: Said, now: datetime) -> None:
        alarm = self.alarms.setdefault(said.alarm.key, said.alarm)
        known = [at for at in (alarm.down_at, alarm.up_at) if at]
        own = alarm.down_at if said.down else alarm.up_at
        if alarm.is_down == said.down and own:
            if said.at is None or said.at >= own:
                self._again(alarm, said)
            return
        if said.at and any(said.at <= at for at in known):
            return
        sent = now.replace(microsecond=now.microsecond // 1000 * 1000)
        at = said.at or max([sent, *known])
        alarm.turn(down=said.down, at=at, now=now)
        alarm.confirmed = said.confirmed
        sees = said.at and not said.edge
        alarm.held_from = min(said.at, now) if sees and said.at else now

    def _again(self, alarm: Alarm, said: Said) -> None:
        alarm.confirmed |= said.confirmed
        if said.down:
            alarm.down_at, alarm.absent = said.at or alarm.down_at, 0
        else:
            alarm.up_at = said.at or alarm.up_at

    def asked(self, source: str, listed: Mapping[Key, datetime], now: datetime) -> None:
        """Take the answer of a source: its alarms that fail, and since when."""
        for alarm in [a for a in self.alarms.values() if a.source == source]:
            if alarm.key not in listed and alarm.heard_at < now:
                alarm.absent += 1
                if alarm.is_down and alarm.absent >= self.policy.of(source).snapshots:
                    alarm.turn(down=False, at=max(now, alarm.down_at or now), now=now)
                    alarm.confirmed = True
                elif not alarm.is_down and alarm.absent >= 2:
                    alarm.confirmed = True

    def back(self, alarm: Alarm, now: datetime) -> None:
        """Let a failure go on that was called over and is listed still."""
        alarm.turn(down=True, at=alarm.down_at or now, now=now)
        alarm.up_at, alarm.held_from, alarm.confirmed = None, now, False

    def person_ends(self, keys: Iterable[Key]) -> None:
        for key in keys:
            alarm = self.alarms.get(key)
            if alarm and alarm.is_down:
                alarm.is_down, alarm.by_person, alarm.is_due = False, True, False
            if key[0] == TREE:
                self.ended.add(key[1])

    def connect(self, line: str, above: tuple[str, ...] | None) -> None:
        """Let a line hang there, or be gone; it counts as failing anew."""
        if above is None:
            self.gone.add(line)
            self.above.pop(line, None)
            for alarm in self.alarms.values():
                if alarm.source == PERSON and alarm.places <= self.gone:
                    alarm.is_down = False
        else:
            if self.above.get(line) != above:
                self._failing.discard(line)
            self.gone.discard(line)
            self.above[line] = above

    # The life of sources, and planned work

    def beat(self, source: str, *, up: bool, at: datetime, eye: str = "") -> None:
        self.is_lost(source, at)
        if eye and up:
            self.blind.get(source, {}).pop(eye, None)
        elif eye:
            self.blind.setdefault(source, {}).setdefault(eye, at)
        else:
            patience = self.policy.of(source).heartbeat_timeout
            self.beats[source] = at, at + patience if up else at

    def lost_since(self, source: str, now: datetime) -> datetime | None:
        silent = [at for _, at in [self.beats.get(source, (now, now))] if at <= now]
        silent = silent if source in self.beats else []
        return min([*silent, *self.blind.get(source, {}).values()], default=None)

    def is_lost(self, source: str, now: datetime) -> bool:
        lost = self.lost_since(source, now) is not None
        if lost:
            self.last_lost[source] = now
        return lost

    def look(self, now: datetime) -> None:
        """Let time take effect that was waited for until now."""
        for source in {*self.beats, *self.blind}:
            self.is_lost(source, now)
        for work in self.works.values():
            alarm = self.alarms.get((WORK, work.id))
            if not work.is_over and work.ends_at <= now:
                work.is_over = True
                if alarm and (alarm.is_down or alarm.by_person):
                    alarm.turn(down=False, at=now, now=now)
                    alarm.confirmed = True
            elif not work.is_over and work.starts_at <= now and alarm is None:
                alarm = Alarm(WORK, work.id, work.places, "planned", confirmed=True)
                alarm.turn(down=True, at=work.starts_at, now=now)
                alarm.held_from = work.starts_at
                self.alarms[alarm.key] = alarm

    # What follows

    def settle(self, homes: Homes, now: datetime) -> None:
        """Blame elements for their lines, and see which failures last long enough."""
        failing, _ = self._failing_lines(homes)
        blamed = self._blamed(failing)
        self.ended -= {
            element
            for element in self.ended
            if blamed.get(element, set()) & (failing - self._failing)
        }
        for element in {name for source, name in self.alarms if source == TREE} | {
            *blamed
        }:
            self._blame(element, blamed.get(element), now)
        self._failing = failing
        for alarm in self.alarms.values():
            alarm.is_due |= alarm.is_down and self._lasted(alarm, now)

    def _failing_lines(self, homes: Homes) -> tuple[set[str], set[str]]:
        """Return the lines that fail by all accounts, and by any: some correct."""
        sure: set[str] = set()
        perhaps: set[str] = set()
        for failures in self.groups(homes).values():
            if not takes_voice(failures):
                continue
            said = frozenset[str]().union(*(each.places for each in failures))
            corrected = self.places_of(failures, homes)
            if any(self._is_fault(each) for each in failures):
                sure |= said & corrected
            perhaps |= said | corrected
        return sure & {*self.above}, perhaps & {*self.above}

    def by_elements(self, homes: Homes) -> frozenset[str]:
        """Return the lines below elements that may be blamed."""
        return self.below(self._blamed(self._failing_lines(homes)[1]))

    def _blame(self, element: str, lines: set[str] | None, now: datetime) -> None:
        new = Alarm(TREE, element, frozenset([element]))
        alarm = self.alarms.get((TREE, element), new)
        down = lines is not None and element not in self.ended
        if down == alarm.is_down or (lines and not down):
            return
        alarm.turn(down=down, at=now, now=now)
        alarm.held_from, alarm.confirmed = now, not down
        self.alarms[alarm.key] = alarm

    def _blamed(self, failing: set[str]) -> dict[str, set[str]]:
        """Return the elements most of whose lines fail, and that nothing explains."""
        below: dict[str, set[str]] = {}
        for line, chain in self.above.items():
            for element in chain:
                below.setdefault(element, set()).add(line)
        most = {
            element: lines & failing
            for element, lines in below.items()
            if len(lines & failing) >= max(3, 0.8 * len(lines))
        }
        return {
            element: lines
            for element, lines in most.items()
            if not any(
                lines < most[other]
                if other in self._higher(element)
                else lines == most[other]
                for other in most
                if other != element
            )
        }

    def _higher(self, element: str) -> set[str]:
        return {
            higher
            for chain in self.above.values()
            if element in chain
            for higher in chain[chain.index(element) + 1 :]
        }

    def _lasted(self, alarm: Alarm, now: datetime) -> bool:
        holds = self.policy.of(alarm.source)
        lost_since = self.lost_since(alarm.source, now)
        if lost_since and alarm.heard_at < lost_since:
            return False
        hold = timedelta(0) if alarm.confirmed else holds.down
        storm = alarm.heard_at + holds.storm_hold
        may_wait = holds.storm_least < 10 and alarm.source not in (PERSON, WORK)
        return max(alarm.held_from + hold, storm if may_wait else EVER) <= now

    def groups(self, homes: Homes) -> dict[str, list[Alarm]]:
        """Return what fails, by the outage that it belongs to."""
        found: dict[str, list[Alarm]] = {}
        for key, alarm in self.alarms.items():
            if alarm.is_down and (key in homes or key[0] == TREE):
                found.setdefault(homes.get(key, key[1]), []).append(alarm)
        return found

    def places_of(self, failures: list[Alarm], homes: Homes) -> frozenset[str]:
        said = frozenset[str]().union(*(each.places for each in failures))
        places = self.corrected.get(homes.get(failures[0].key, ""), said)
        return places - self.gone or places

    def cut_off(self, homes: Homes) -> frozenset[str]:
        """Return the lines without calls, also where that may be a short failure."""
        return self.below(
            place
            for failures in self.groups(homes).values()
            if takes_voice(failures)
            for place in self.places_of(failures, homes)
        )

    def due(self, homes: Homes, *, faults: bool = False) -> frozenset[str]:
        """Return the lines that must be diverted; `faults`: by no planned work."""
        return self.below(
            place
            for failures in self.groups(homes).values()
            if takes_voice(failures) and any(each.is_due for each in failures)
            if not faults or any(self._is_fault(each) for each in failures)
            for place in self.places_of(failures, homes)
        )

    def _is_fault(self, alarm: Alarm) -> bool:
        began = min(alarm.down_at or alarm.held_from, alarm.held_from)
        return alarm.kind == "fault" and not any(
            (WORK, work.id) in self.alarms
            and not work.is_over
            and began >= work.starts_at
            and alarm.places <= work.places | self._under(work.places)
            for work in self.works.values()
        )

    def _under(self, places: frozenset[str]) -> frozenset[str]:
        parts = {e for e in ("N", "M") if places & self._higher(e)}
        return self.below(places | parts) | parts

    def below(self, places: Iterable[str]) -> frozenset[str]:
        there = set(places)
        hanging = {x for x, chain in self.above.items() if there & {x, *chain}}
        return frozenset(hanging | (there & {"X1"}))
