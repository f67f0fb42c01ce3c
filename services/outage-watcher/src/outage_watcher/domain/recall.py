"""After a restore: outages as readers know them, where the database is behind."""

from dataclasses import replace

from contracts.operations import MaintenanceAnnounced
from contracts.outages import OutageCleared, OutageDetected
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.outage import OPERATOR, Outage, State
from outage_watcher.domain.window import Phase, Window

BY_PEOPLE = frozenset({"operator", "withdrawn"})


def ended(outage: Outage, told: OutageCleared) -> Outage:
    """
    Return an outage over, as was told.

    What its sources say of it again is a new failure, unless a person ended it.
    """
    by_people = told.reason in BY_PEOPLE
    return replace(
        outage,
        state=State.OVER,
        since=told.cleared_at,
        due_at=None,
        version=told.version,
        cleared_at=told.cleared_at,
        reason=told.reason,
        evidence=tuple(
            replace(each.dismissed() if by_people else each.forgotten(), outage_id=None)
            for each in outage.evidence
        ),
    )


def extended(outage: Outage, told: OutageDetected) -> Outage:
    """Return an open outage with all places that readers know of."""
    if outage.is_known and outage.report.places >= set(told.places):
        return outage
    return replace(
        outage,
        state=State.DOWN,
        due_at=None,
        detected_at=outage.detected_at or told.detected_at,
        evidence=(*outage.evidence, _by_hand(told)),
    )


def unknown(told: OutageDetected) -> Outage:
    """
    Return an outage of which only readers know.

    Which alarms it rests on was lost. So it stands like one that a person declared,
    until a person ends it: sources would not say again that it is over.
    """
    return Outage(
        id=told.outage_id,
        opened_at=told.detected_at,
        occurred_at=told.occurred_at,
        reported_by=told.reported_by,
        report=_word(told),
        evidence=(_by_hand(told),),
        state=State.DOWN,
        since=told.detected_at,
        version=told.version,
        detected_at=told.detected_at,
        root_cause=told.root_cause,
    )


def planned(before: Window | None, told: MaintenanceAnnounced) -> Window:
    """
    Return a window as it was told; time moves it on from there.

    One that runs here and was cancelled since ends now: its outage ends with it.
    """
    word = Word(
        told.element, told.lines, "planned", told.voice_reachable, note=told.note
    )
    after = replace(
        before or Window(told.window_id, word, told.starts_at, told.ends_at),
        word=word,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        takes_service=told.takes_service,
        version=told.version,
    )
    if told.state != "cancelled":
        return after
    if after.is_running:
        return replace(after, ends_at=min(told.announced_at, told.ends_at))
    return replace(after, phase=Phase.CANCELLED)


def _by_hand(told: OutageDetected) -> Evidence:
    return Evidence(
        OPERATOR,
        told.outage_id,
        _word(told),
        heard_at=told.detected_at,
        confirmed_at=told.detected_at,
        held_from=told.occurred_at,
        is_down=True,
        down_at=told.occurred_at,
        confirmed=True,
        outage_id=told.outage_id,
    )


def _word(told: OutageDetected) -> Word:
    return Word(
        told.element,
        told.lines,
        told.kind,
        told.voice_reachable,
        told.estimated_end,
        told.note,
    )
