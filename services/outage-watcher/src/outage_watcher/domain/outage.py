"""One outage: a failure of places, the evidence for it, and what people said of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from contracts.outages import OutageKind
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.report import Correction, age, combined, worst

Reason = Literal[
    "recovered", "withdrawn", "operator", "expired", "suppressed", "decommissioned"
]
OPERATOR = "operator"
"""The source of what people declare."""
MAY_BE_UNKNOWN = frozenset({"voice_reachable", "estimated_end", "note"})
"""What nobody has to say of a failure."""
Lost = Mapping[str, datetime]
"""The sources that are blind or silent, and since when."""
View = Callable[[Evidence], OutageKind]
"""As what a failure is to be seen: within a maintenance window it is planned."""


class State(StrEnum):
    """Where an outage stands; readers know of it in DOWN and RECOVERING."""

    SUSPECT = "suspect"
    DOWN = "down"
    RECOVERING = "recovering"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure of places, from the first signal until it is over."""

    id: str
    opened_at: datetime
    occurred_at: datetime
    reported_by: str
    report: Word
    evidence: tuple[Evidence, ...]
    state: State = State.SUSPECT
    since: datetime = field(kw_only=True)
    """When it came into its state."""
    due_at: datetime | None = None
    """When it moves by itself, unless a signal comes first."""
    version: int = 0
    """0: readers were never told of it."""
    detected_at: datetime | None = None
    cleared_at: datetime | None = None
    reason: Reason | None = None
    flaps: tuple[datetime, ...] = ()
    flapping: bool = False
    unproved: bool = False
    """Its sources said that it is over, and nothing proved it in time."""
    uncertain: bool = False
    """What readers are told: it may be over already."""
    root_cause: str | None = None
    """The element whose outage covers this one."""
    correction: Correction = field(default_factory=Correction)

    @property
    def failures(self) -> tuple[Evidence, ...]:
        """Return the evidence that says DOWN now."""
        return tuple(each for each in self.evidence if each.is_down)

    @property
    def is_over(self) -> bool:
        """Return whether nothing can move it any more."""
        return self.state is State.OVER

    @property
    def is_known(self) -> bool:
        """Return whether it is confirmed and not yet over."""
        return self.state in (State.DOWN, State.RECOVERING)

    @property
    def is_sure(self) -> bool:
        """Return whether it fails now, and no source has to say that again."""
        return bool(self.failures) and not any(each.aged for each in self.failures)

    @property
    def stands(self) -> bool:
        """Return whether readers were told of it, and nothing speaks for its end."""
        return self.state is State.DOWN and self.version > 0

    @property
    def is_restless(self) -> bool:
        """Return whether a source says that it goes up and down."""
        return any(each.flapping for each in self.evidence)

    @property
    def ends_at(self) -> datetime | None:
        """Return when it is over if nothing happens, as far as that can be said."""
        is_sure = self.state is State.RECOVERING and not self.is_restless
        return self.due_at if is_sure else None

    def lasts_until(self, end: datetime | None) -> bool:
        """Return whether it covers what is below it until that is over."""
        if self.state is State.DOWN or self.due_at is None:
            return True
        return end is not None and end <= self.due_at

    def is_uncertain(self, lost: Lost) -> bool:
        """Return whether a source of its evidence is lost or no longer knows."""
        return self.unproved or any(
            each.source in lost or (each.is_down and each.is_doubted)
            for each in self.evidence
        )

    def hears(self, news: Evidence) -> "Outage":
        """Return it with one piece of evidence added or renewed."""
        before = next((each for each in self.evidence if each.key == news.key), None)
        others = tuple(each for each in self.evidence if each.key != news.key)
        correction = self.correction.outlived((before or news).word, news.word)
        earliest = self.occurred_at
        if news.is_down and news.down_at:
            earliest = min(earliest, news.down_at)
        calmed = before is not None and before.flapping and not news.flapping
        return replace(
            self,
            evidence=(*others, replace(news, outage_id=self.id)),
            occurred_at=earliest,
            correction=correction,
            since=news.confirmed_at
            if calmed and self.state is State.RECOVERING
            else self.since,
        )

    def reported(self, view: View) -> "Outage":
        """Return it with its report made anew; without a failure it keeps the last."""
        report, failures = self.report, sorted(self.failures, key=age)
        if failures:
            # That work is planned moves no call, so what arrives is settled before.
            said = combined([each.word for each in failures])
            report = said.of_kind(worst(map(view, failures)))
        report = self.correction.applied(report)
        return self if report == self.report else replace(self, report=report)

    def unsaid(self, names: Collection[str]) -> "Outage":
        """Return it without what people said of these fields as they declared it."""
        blank: dict[str, Any] = dict.fromkeys(
            name for name in names if name in MAY_BE_UNKNOWN
        )
        evidence = tuple(
            replace(each, word=replace(each.word, **blank))
            if each.source == OPERATOR
            else each
            for each in self.evidence
        )
        return replace(self, evidence=evidence)

    def closed(self, reason: Reason, at: datetime) -> "Outage":
        """
        Return it ended; failures that a person ended do not come back.

        What a source says of a line that is gone still holds, should it come back.
        """
        return replace(
            self,
            state=State.OVER,
            reason=reason,
            since=at,
            cleared_at=at,
            due_at=None,
            evidence=tuple(_ended(each, reason) for each in self.evidence),
        )


def opened(outage_id: str, first: Evidence, now: datetime) -> Outage:
    """Return a new outage that rests on one failure."""
    return Outage(
        id=outage_id,
        opened_at=now,
        occurred_at=first.down_at or now,
        reported_by=first.source,
        report=first.word,
        evidence=(replace(first, outage_id=outage_id),),
        since=now,
    )


def _ended(evidence: Evidence, reason: Reason) -> Evidence:
    """Return what is left of evidence whose outage was ended from outside."""
    if reason in ("withdrawn", "operator", "expired"):
        evidence = replace(evidence, flapping=False)
    if not evidence.is_down:
        return evidence
    match reason:
        case "expired":
            return evidence.forgotten()
        case "decommissioned" if evidence.source != OPERATOR:
            return evidence
    return evidence.dismissed()
