"""Outages and windows as people and programs look at them."""

from datetime import datetime
from typing import Any

from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.outage import Lost, Outage
from outage_watcher.domain.window import Window


def shown(outage: Outage, lost: Lost | None = None) -> dict[str, Any]:
    """Return an outage with its evidence, ready for JSON."""
    return {
        "id": outage.id,
        "state": outage.state,
        "since": outage.since.isoformat(),
        "due_at": _text(outage.due_at),
        "version": outage.version,
        "reason": outage.reason,
        "occurred_at": outage.occurred_at.isoformat(),
        "detected_at": _text(outage.detected_at),
        "cleared_at": _text(outage.cleared_at),
        "reported_by": outage.reported_by,
        **_word(outage.report),
        "uncertain": outage.is_uncertain(lost or {}),
        "flapping": outage.flapping,
        "root_cause": outage.root_cause,
        "evidence": [_evidence(each) for each in outage.evidence],
    }


def shown_window(window: Window) -> dict[str, Any]:
    """Return a maintenance window, ready for JSON."""
    return {
        "id": window.id,
        "version": window.version,
        "state": window.phase,
        "element": window.word.element,
        "lines": window.word.lines,
        "starts_at": window.starts_at.isoformat(),
        "ends_at": window.ends_at.isoformat(),
        "takes_service": window.takes_service,
        "voice_reachable": window.word.voice_reachable,
        "note": window.word.note,
        "planned_by": window.planned_by,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "source": evidence.source,
        "alarm_id": evidence.alarm_id,
        "state": "down" if evidence.is_down else "up",
        "doubted": evidence.is_doubted,
        "down_at": _text(evidence.down_at),
        "up_at": _text(evidence.up_at),
        "heard_at": evidence.heard_at.isoformat(),
        "confirmed_at": evidence.confirmed_at.isoformat(),
        "confirmed": evidence.confirmed,
        "waits_for_confirmation": evidence.aged,
        **_word(evidence.word),
    }


def _word(word: Word) -> dict[str, Any]:
    return {
        "element": word.element,
        "lines": word.lines,
        "kind": word.kind,
        "voice_reachable": word.voice_reachable,
        "estimated_end": _text(word.estimated_end),
        "note": word.note,
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
