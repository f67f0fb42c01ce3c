"""
The life of one outage: suspect, down, recovering, over.

Its state follows from its evidence, the time and which sources are lost;
nothing else moves it, so a restart or a late timer changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from outage_watcher.domain.evidence import Evidence
from outage_watcher.domain.outage import Lost, Outage, State
from outage_watcher.domain.policy import Holds, Policy


@dataclass(frozen=True, slots=True)
class Situation:
    """What moves outages beside their evidence."""

    now: datetime
    policy: Policy
    lost: Lost = field(default_factory=dict)
    storms: Mapping[str, datetime] = field(default_factory=dict)
    """The sources that report too much at once, and until when that is waited out."""


def settle(outage: Outage, at: Situation) -> Outage:
    """Return the outage in the state that its evidence and the time demand."""
    outage = _by_now(outage, at)
    while (after := _step(outage, at)) is not outage:
        outage = after
    uncertain = outage.unproved or any(
        each.source in at.lost for each in outage.evidence
    )
    due_at = _due(outage, at)
    flapping = outage.flapping or (outage.is_known and outage.is_restless)
    uncertain = uncertain and outage.is_known
    same = (outage.due_at, outage.flapping, outage.uncertain)
    if same == (due_at, flapping, uncertain):
        return outage
    return replace(outage, due_at=due_at, flapping=flapping, uncertain=uncertain)


def _by_now(outage: Outage, at: Situation) -> Outage:
    """Return it in its state since a moment that has come: a clock may run ahead."""
    return outage if outage.since <= at.now else replace(outage, since=at.now)


def told_from(failure: Evidence, at: Situation) -> datetime | None:
    """Return when a failure has lasted long enough; None: not before more is known."""
    holds = at.policy.of(failure.source)
    lost_since = at.lost.get(failure.source)
    if failure.aged or (lost_since and failure.heard_at < lost_since):
        return None
    hold = timedelta() if failure.confirmed else holds.down
    return max(failure.held_from + hold, _storm_ends(failure, holds, at))


def _storm_ends(failure: Evidence, holds: Holds, at: Situation) -> datetime:
    until = at.storms.get(failure.source)
    if until is None:
        return failure.held_from
    began = until - holds.storm_hold - holds.storm_window
    if not began <= failure.heard_at <= until:
        return failure.held_from
    return min(until, failure.heard_at + holds.storm_hold)


def _step(outage: Outage, at: Situation) -> Outage:
    due_at = _due(outage, at)
    due = due_at is not None and due_at <= at.now
    if outage.is_over:
        return outage
    if outage.failures:
        return _worse(outage, at, due=due)
    return _better(outage, at, due=due)


def _worse(outage: Outage, at: Situation, *, due: bool) -> Outage:
    match outage.state:
        case State.SUSPECT if due:
            return replace(outage, state=State.DOWN, since=at.now, detected_at=at.now)
        case State.DOWN if due:
            return outage.closed("expired", at.now)
        case State.DOWN if outage.unproved:
            return replace(outage, unproved=False)
        case State.RECOVERING:
            return _down_again(outage, at)
    return outage


def _better(outage: Outage, at: Situation, *, due: bool) -> Outage:
    certain = not any(each.source in at.lost for each in outage.evidence)
    if not certain:
        if outage.state is not State.RECOVERING and not outage.unproved:
            return outage
        # Nobody can prove it now, so nothing is due: the hold begins anew afterwards.
        return replace(outage, state=State.DOWN, since=at.now, unproved=False)
    proved = _is_proved(outage, at.policy)
    match outage.state:
        case State.SUSPECT:
            return outage.closed("suppressed", at.now)
        case State.DOWN if proved or not outage.unproved:
            return _recovering(outage, at)
        case State.DOWN | State.RECOVERING if due:
            return _ended(outage, at, proved=proved)
    return outage


def _ended(outage: Outage, at: Situation, *, proved: bool) -> Outage:
    if outage.state is State.DOWN or outage.is_restless:
        return outage.closed("expired", at.now)
    if proved:
        return outage.closed("recovered", at.now)
    return replace(outage, state=State.DOWN, since=at.now, unproved=True)


def _is_proved(outage: Outage, policy: Policy) -> bool:
    """Return whether every source that can be asked agrees that it is over."""
    return all(
        each.confirmed or not policy.of(each.source).asked for each in outage.evidence
    )


def _recovering(outage: Outage, at: Situation) -> Outage:
    holds = at.policy.of(outage.reported_by)
    recent = _recent(outage, at)
    flapping = outage.flapping and len(recent) >= holds.flap_limit
    return replace(
        outage,
        state=State.RECOVERING,
        since=at.now,
        flapping=flapping or outage.is_restless,
        unproved=False,
    )


def _down_again(outage: Outage, at: Situation) -> Outage:
    flaps = (*_recent(outage, at), at.now)
    flapping = len(flaps) >= at.policy.of(outage.reported_by).flap_limit
    return replace(
        outage, state=State.DOWN, since=at.now, flaps=flaps, flapping=flapping
    )


def _recent(outage: Outage, at: Situation) -> tuple[datetime, ...]:
    window = at.policy.of(outage.reported_by).flap_window
    return tuple(flap for flap in outage.flaps if flap > at.now - window)


def _due(outage: Outage, at: Situation) -> datetime | None:
    match outage.state:
        case State.SUSPECT:
            told = [told_from(_heard(each, outage, at), at) for each in outage.failures]
            return min((each for each in told if each), default=None)
        case State.DOWN if outage.failures:
            return _expiry(outage, at)
        case State.DOWN if outage.unproved:
            return _stale(outage, at)
        case State.RECOVERING if outage.is_restless:
            return _stale(outage, at)  # the word that it ended may be lost
        case State.RECOVERING:
            hold = max(at.policy.of(each.source).up for each in outage.evidence)
            quiet = at.policy.of(outage.reported_by).quiet
            return outage.since + (max(hold, quiet) if outage.flapping else hold)
    return None


def _stale(outage: Outage, at: Situation) -> datetime:
    """Return when a recovery ends that its sources neither prove nor take back."""
    lives = [at.policy.of(each.source).stale_after for each in outage.evidence]
    return outage.since + max(lives)


def _heard(failure: Evidence, outage: Outage, at: Situation) -> Evidence:
    """Return it held from a moment that has come, and the same one each time."""
    if failure.held_from <= at.now:
        return failure
    return replace(failure, held_from=outage.since)


def _expiry(outage: Outage, at: Situation) -> datetime | None:
    """Return when nobody said it for too long; a lost source cannot say it."""
    ends: list[datetime] = []
    for each in outage.failures:
        life = at.policy.of(each.source).expire_after
        if life is None or each.source in at.lost:
            return None
        ends.append(each.confirmed_at + life)
    return max(ends, default=None)
