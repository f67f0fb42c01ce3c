"""How one payload was read: its signals, remarks, and what became of the rest."""

import hashlib
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import Any

from chassis.errors import Rejected
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.evidence import Level
from outage_watcher.domain.remark import Remark, RemarkKind
from outage_watcher.sources import times
from outage_watcher.sources.rules import Place, Rules
from outage_watcher.sources.severities import Weight
from outage_watcher.sources.values import Facts, is_false, is_true, text

LONGEST_ID = 255
LONGEST_REASON = 500
KINDS = ("fault", "planned", "degradation")
READER_FAILED = "reader_failed"
BUGS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
        ValueError)  # fmt: skip
"""What a reader may fail by, whatever it was given."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An element without effect, and why."""

    code: str
    reason: str
    item: Any = None
    """What it was, decoded; None where `raw` holds bytes that are no JSON."""
    raw: bytes = b""


@dataclass(slots=True)
class Said:
    """What a source said in one payload; the readers write into it."""

    source: str
    rules: Rules
    now: datetime
    signals: list[NetworkSignal] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    quarantined: list[Unread] = field(default_factory=list)
    rejected: list[Unread] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def tz(self) -> tzinfo:
        """Return the zone of times that name none, as they are written now."""
        return times.Zone(self.rules.tz, self.now)

    @property
    def is_refused(self) -> bool:
        """Return whether nothing at all of it could be understood."""
        read = (self.signals, self.remarks, self.quarantined, self.ignored)
        return bool(self.rejected) and not any(read)

    @property
    def failures(self) -> list[str]:
        """Return where a reader failed: what it was to read may say anything."""
        return [each.reason for each in self.rejected if each.code == READER_FAILED]

    def tell(
        self,
        state: Level,
        alarm_id: str,
        facts: Facts,
        *,
        name: str = "",
        weight: Weight | None = None,
        place: Place | None = None,
        **more: Any,
    ) -> None:
        """
        Note what is said of a place; `more` are fields of a NetworkSignal.

        A failure without a place is quarantined, a lesser one is no outage but a doubt.
        """
        if not self.rules.concerns(name):
            return self.ignore(f"{name}: not among the outages of this source")
        place = place or self.rules.find(facts)
        if state == "down" and self.is_lesser(weight, facts):
            state = "unknown"
        if place is None and state == "down":
            return self.quarantine(
                f"{name or alarm_id}: no field names a line or element"
            )
        if place is None and state == "unknown":
            return self.ignore(f"{name or alarm_id}: says nothing of a line or element")
        return self._add(state, alarm_id, place or Place(), facts, more)

    def is_lesser(self, weight: Weight | None, facts: Facts) -> bool:
        """Return whether a severity is below that of an outage."""
        if self.rules.severities and (said := facts.get("severity")):
            known = {each.casefold() for each in self.rules.severities}
            return said.casefold() not in known
        return weight in ("lesser", "cleared")

    def each(
        self, items: Iterable[object], read: Callable[[Any, "Said"], None]
    ) -> None:
        """Read one after the other; a bad one harms no neighbour."""
        for item in items:
            self.one(item, read)

    def one(self, item: object, read: Callable[[Any, "Said"], None]) -> None:
        """
        Read one; what cannot be read is noted.

        A reader is pure: where it fails by a bug of ours it would fail for ever, and
        nobody behind it would be heard. Its message waits as a dead letter instead.
        """
        try:
            read(item, self)
        except Rejected as why:
            self.reject(why, item)
        except BUGS as bug:
            self.reject(_failed(bug), item)

    def heartbeat(self, *, alive: bool, eye: str = "") -> None:
        """Note a sign of life, of the source or of one of its eyes."""
        name = f"{reading.HEARTBEAT}/{eye}" if eye else reading.HEARTBEAT
        self._read({"alarm_id": short(name), "state": "up" if alive else "down"})

    def remark(
        self, kind: RemarkKind, *, alarm_id: str = "", facts: Facts | None = None,
        place: Place | None = None, at: datetime | None = None,
        until: datetime | None = None, work: str = "",
    ) -> None:  # fmt: skip
        """Note what is no state of a place."""
        place = place or (self.rules.find(facts) if facts else None) or Place()
        if any(
            "\x00" in text for text in (alarm_id, place.element or "", *place.lines)
        ):
            raise Rejected("invalid", "A text holds a NUL character.")
        self.remarks.append(
            Remark(
                self.source, kind, short(alarm_id) if alarm_id else None,
                place.element, place.lines, at, until, work=work or None,
            )
        )  # fmt: skip

    def ignore(self, reason: str) -> None:
        """Note what concerns nobody."""
        self.ignored.append(reason[:LONGEST_REASON])

    def quarantine(self, reason: str) -> None:
        """Note a failure that cannot be given a place."""
        self.quarantined.append(Unread("no_place", reason[:LONGEST_REASON]))

    def unplaced(
        self, state: Level, name: str, why: str, *, weight: Weight | None = None,
        facts: Facts | None = None,
    ) -> None:  # fmt: skip
        """Note what has no place: quarantined where it is a failure that counts."""
        is_failure = state == "down" and not self.is_lesser(weight, facts or {})
        say = (
            self.quarantine if is_failure and self.rules.concerns(name) else self.ignore
        )
        return say(f"{name}: {why}")

    def reject(self, why: Rejected, item: object = None, raw: bytes = b"") -> None:
        """Note what cannot be understood."""
        self.rejected.append(Unread(why.code, why.reason[:LONGEST_REASON], item, raw))

    def own(self, item: object, **default: Any) -> None:
        """Take one of our own signals; it speaks for this source alone."""
        if not isinstance(item, dict):
            raise Rejected("invalid", "A signal is a JSON object.")
        given = {name: value for name, value in item.items() if value is not None}
        said: dict[str, Any] = default | given
        claimed = said.get("source")
        if isinstance(claimed, str) and claimed not in ("", self.source):
            said["alarm_id"] = short(f"{claimed}/{text(said.get('alarm_id'))}")
        if "state" in item and item["state"] is None:
            said["state"] = "unknown"
        self._read(said)

    def _add(
        self, state: Level, alarm_id: str, place: Place, facts: Facts,
        more: dict[str, Any],
    ) -> None:  # fmt: skip
        kind = facts.get("kind", "")
        said: dict[str, Any] = {
            "alarm_id": short(alarm_id),
            "state": state,
            "element": place.element,
            "lines": list(place.lines),
        }
        if state == "down":
            said["confirmed"] = self.rules.debounced
            said["kind"] = kind if kind in KINDS else "fault"
            if is_true(facts.get("voicereachable")):
                said["voice_reachable"] = True
            elif is_false(facts.get("voicereachable")):
                said["voice_reachable"] = False
        self._read(said | more)

    def _read(self, said: dict[str, Any]) -> None:
        try:
            signal = reading.read(said | {"source": self.source})
        except reading.Unmapped as why:
            self.quarantine(why.reason)
        else:
            self.signals.append(signal)


def short(alarm_id: str) -> str:
    """Return the key of an alarm in a length that can be stored, still its own."""
    if len(alarm_id) <= LONGEST_ID:
        return alarm_id
    digest = hashlib.sha256(alarm_id.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{alarm_id[: LONGEST_ID - 33]}#{digest}"


def joined(*parts: str) -> str:
    """Return the parts of an alarm's key as one text; empty ones are left out."""
    return "/".join(part for part in parts if part)


def planned(is_planned: object) -> dict[str, Any]:
    """Return the kind of a failure inside an announced maintenance."""
    return {"kind": "planned"} if is_planned else {}


def _failed(bug: Exception) -> Rejected:
    """Return what stands for a bug of a reader, with where it is."""
    at = traceback.extract_tb(bug.__traceback__)[-1]
    where = f"{PurePath(at.filename).name}:{at.lineno}"
    return Rejected(READER_FAILED, f"{where}: {type(bug).__name__}: {bug}")


def unknown_type(what: str) -> Rejected:
    """Return the refusal of something that this source does not send."""
    return Rejected("unknown_type", what[:LONGEST_REASON])
