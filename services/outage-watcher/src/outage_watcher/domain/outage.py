"""
The life of one outage: suspect, down, recovering, over.

Its state follows from its evidence, the time and which sources are lost;
nothing else moves it, so a restart or a late timer changes nothing.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from contracts.outages import OutageCleared, OutageDetected, OutageEvent
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.report import Correction, combined

Reason = Literal["recovered", "withdrawn", "operator", "expired", "suppressed"]
Lost = AbstractSet[str]
"""The sources whose heartbeat is missing."""


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
    detected_at: datetime | None = None
    cleared_at: datetime | None = None
    reason: Reason | None = None
    flaps: tuple[datetime, ...] = ()
    flapping: bool = False
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
        """Return whether readers were told of it and not yet of its end."""
        return self.state in (State.DOWN, State.RECOVERING)

    def is_uncertain(self, lost: Lost) -> bool:
        """Return whether a source of its evidence is lost or no longer knows."""
        return any(
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
        return replace(
            self,
            evidence=(*others, replace(news, outage_id=self.id)),
            occurred_at=earliest,
            correction=correction,
        ).reported()

    def reported(self) -> "Outage":
        """Return it with its report made anew; without a failure it keeps the last."""
        report = combined(self.failures) if self.failures else self.report
        return replace(self, report=self.correction.applied(report))

    def closed(self, reason: Reason, at: datetime) -> "Outage":
        """Return it ended; failures that a person ended do not come back."""
        end = Evidence.forgotten if reason == "expired" else Evidence.dismissed
        return replace(
            self,
            state=State.OVER,
            reason=reason,
            since=at,
            cleared_at=at,
            due_at=None,
            evidence=tuple(
                end(each) if each.is_down else each for each in self.evidence
            ),
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


def settle(outage: Outage, *, now: datetime, policy: Policy, lost: Lost) -> Outage:
    """Return the outage in the state that its evidence and the time demand."""
    while (after := _step(outage, now, policy, lost)) is not outage:
        outage = after
    return replace(outage, due_at=_due(outage, policy, lost))


def told(before: Outage | None, after: Outage) -> tuple[Outage, OutageEvent | None]:
    """Return what readers must be told of a change, and the outage that knows it."""
    if after.is_over:
        if before and before.is_over:
            return after, None
        after = replace(after, version=after.version + 1)
        return after, _cleared(after)
    if not after.is_known or (before and before.is_known and _same(before, after)):
        return after, None
    after = replace(after, version=after.version + 1)
    return after, _detected(after)


def _step(outage: Outage, now: datetime, policy: Policy, lost: Lost) -> Outage:
    failing = bool(outage.failures)
    due_at = _due(outage, policy, lost)
    due = due_at is not None and due_at <= now
    if outage.is_over:
        return outage
    if failing:
        return _worse(outage, now, policy, due=due)
    certain = not any(each.source in lost for each in outage.evidence)
    return _better(outage, now, policy, due=due, certain=certain)


def _worse(outage: Outage, now: datetime, policy: Policy, *, due: bool) -> Outage:
    match outage.state:
        case State.SUSPECT if due:
            return replace(outage, state=State.DOWN, since=now, detected_at=now)
        case State.DOWN if due:
            return outage.closed("expired", now)
        case State.RECOVERING:
            return _down_again(outage, now, policy)
    return outage


def _better(
    outage: Outage, now: datetime, policy: Policy, *, due: bool, certain: bool
) -> Outage:
    match outage.state:
        case State.SUSPECT if certain:
            return outage.closed("suppressed", now)
        case State.DOWN if certain:
            return _recovering(outage, now, policy)
        case State.RECOVERING if not certain:
            return replace(outage, state=State.DOWN, since=now)
        case State.RECOVERING if due:
            return outage.closed("recovered", now)
    return outage


def _recovering(outage: Outage, now: datetime, policy: Policy) -> Outage:
    recent = _recent(outage.flaps, now, policy)
    flapping = outage.flapping and len(recent) >= policy.flap_limit
    return replace(outage, state=State.RECOVERING, since=now, flapping=flapping)


def _down_again(outage: Outage, now: datetime, policy: Policy) -> Outage:
    flaps = (*_recent(outage.flaps, now, policy), now)
    flapping = len(flaps) >= policy.flap_limit
    return replace(outage, state=State.DOWN, since=now, flaps=flaps, flapping=flapping)


def _recent(
    flaps: tuple[datetime, ...], now: datetime, policy: Policy
) -> tuple[datetime, ...]:
    return tuple(at for at in flaps if at > now - policy.flap_window)


def _due(outage: Outage, policy: Policy, lost: Lost) -> datetime | None:
    match outage.state:
        case State.SUSPECT:
            return min(
                (_told_from(each, policy) for each in outage.failures), default=None
            )
        case State.DOWN:
            return _expiry(outage, policy, lost)
        case State.RECOVERING:
            hold = max(policy.of(each.source).up for each in outage.evidence)
            quiet = policy.flap_quiet if outage.flapping else timedelta()
            return outage.since + max(hold, quiet)
        case State.OVER:
            return None


def _told_from(failure: Evidence, policy: Policy) -> datetime:
    hold = timedelta() if failure.confirmed else policy.of(failure.source).down
    return failure.heard_at + hold


def _expiry(outage: Outage, policy: Policy, lost: Lost) -> datetime | None:
    """Return when nobody said it for too long; a lost source cannot say it."""
    ends: list[datetime] = []
    for each in outage.failures:
        life = policy.of(each.source).expire_after
        if life is None or each.source in lost:
            return None
        ends.append(each.confirmed_at + life)
    return max(ends, default=None)


def _same(before: Outage, after: Outage) -> bool:
    return before.report == after.report and before.flapping == after.flapping


def _detected(outage: Outage) -> OutageDetected:
    report = outage.report
    return OutageDetected(
        outage_id=outage.id,
        version=outage.version,
        element=report.element,
        lines=report.lines,
        kind=report.kind,
        voice_reachable=report.voice_reachable,
        occurred_at=outage.occurred_at,
        detected_at=outage.detected_at or outage.since,
        estimated_end=report.estimated_end,
        reported_by=outage.reported_by,
        note=_note(outage),
    )


def _note(outage: Outage) -> str | None:
    flapping = "flapping" if outage.flapping else None
    return "; ".join(filter(None, (outage.report.note, flapping))) or None


def _cleared(outage: Outage) -> OutageCleared:
    ups = [each.up_at for each in outage.evidence if each.up_at]
    by_itself = outage.reason in ("recovered", "suppressed")
    ended = outage.cleared_at or outage.since
    return OutageCleared(
        outage_id=outage.id,
        version=outage.version,
        element=outage.report.element,
        lines=outage.report.lines,
        reason=outage.reason or "recovered",
        occurred_at=max(ups, default=ended) if by_itself else ended,
        cleared_at=ended,
    )
