"""What readers are told of an outage, and when a change is worth a word."""

from dataclasses import replace

from contracts.outages import OutageCleared, OutageDetected, OutageEvent
from outage_watcher.domain.outage import Outage, State


def told(
    before: Outage | None, after: Outage, *, hidden: bool, outlasts: bool = False
) -> tuple[Outage, OutageEvent | None]:
    """
    Return what readers must be told of a change, and the outage that knows it.

    `hidden`: the outage of an element above says it already. What recovers before it
    was told stays untold, unless it `outlasts` the hold of that element.
    """
    untold = after.version == 0
    recovers = after.state is State.RECOVERING
    if after.is_over:
        kept_quiet = untold and (hidden or (before is not None and before.is_known))
        if kept_quiet or (before and before.is_over):
            return after, None
        after = replace(after, version=after.version + 1)
        return after, _cleared(after)
    quiet = hidden or (recovers and not outlasts)
    if not after.is_known or (untold and quiet):
        return after, None
    if not untold and before and _same(before, after):
        return after, None
    after = replace(after, version=after.version + 1)
    return after, _detected(after)


def as_told(outage: Outage) -> OutageEvent:
    """Return what was told of an outage last, by what is known of it now."""
    return _cleared(outage) if outage.is_over else _detected(outage)


def _same(before: Outage, after: Outage) -> bool:
    return (before.report, before.flapping, before.uncertain) == (
        after.report,
        after.flapping,
        after.uncertain,
    )


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
        root_cause=outage.root_cause,
        uncertain=outage.uncertain,
        flapping=outage.flapping,
    )


def _note(outage: Outage) -> str | None:
    flapping = "flapping" if outage.flapping else None
    return "; ".join(filter(None, (outage.report.note, flapping))) or None


def _cleared(outage: Outage) -> OutageCleared:
    ups = [each.up_at for each in outage.evidence if each.up_at]
    by_itself = outage.reason in ("recovered", "suppressed")
    ended = outage.cleared_at or outage.since
    gone = outage.reason == "decommissioned"
    return OutageCleared(
        outage_id=outage.id,
        version=outage.version,
        element=outage.report.element,
        lines=outage.report.lines,
        # A reader of the first release knows five reasons; the note says the sixth.
        reason="expired" if gone else outage.reason or "recovered",
        occurred_at=max(ups, default=ended) if by_itself else ended,
        cleared_at=ended,
        note="decommissioned" if gone else None,
        started_at=outage.occurred_at,
    )
