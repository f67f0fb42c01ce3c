"""Rows of PostgreSQL and what they stand for."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from contracts.event import derived_id
from outage_watcher.domain.evidence import Evidence, Word
from outage_watcher.domain.outage import Outage, State
from outage_watcher.domain.report import Correction
from outage_watcher.domain.window import Phase, Window

WORD = ("element", "lines", "kind", "voice_reachable", "estimated_end", "note")
OUTAGE = (
    *("id", "state", "since", "due_at", "version", "opened_at", "occurred_at"),
    *("detected_at", "cleared_at", "reason", "reported_by", "flaps", "flapping"),
    *("unproved", "uncertain", "root_cause"),
)
EVIDENCE = (
    *("source", "alarm_id", "outage_id", "is_down", "down_at", "up_at"),
    *("unknown_at", "heard_at", "confirmed_at", "confirmed"),
    *("held_from", "aged", "absent", "flapping"),
)
WINDOW = (
    *("id", "version", "phase", "starts_at", "ends_at", "takes_service"),
    *("planned_by", "external"),
)


def place_key(word: Word) -> str:
    """Return the same key for the same places, however they are named."""
    return derived_id(json.dumps(sorted(word.places)))


def upsert(table: str, columns: Sequence[str], keys: Sequence[str]) -> str:
    """Return the statement that writes a row or renews it."""
    values = ", ".join(f"${number}" for number, _ in enumerate(columns, 1))
    renewed = ", ".join(
        f"{name} = excluded.{name}" for name in columns if name not in keys
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) "  # noqa: S608 - our own names
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {renewed}"
    )


def outage_row(outage: Outage) -> tuple[Any, ...]:
    """Return an outage as a row."""
    return (
        *(getattr(outage, name) for name in OUTAGE),
        place_key(outage.report),
        _correction_text(outage.correction),
        *_said(outage.report),
    )


def evidence_row(evidence: Evidence) -> tuple[Any, ...]:
    """Return an alarm as a row."""
    return (*(getattr(evidence, name) for name in EVIDENCE), *_said(evidence.word))


def window_row(window: Window) -> tuple[Any, ...]:
    """Return a maintenance window as a row."""
    return (*(getattr(window, name) for name in WINDOW), *_said(window.word))


def outage(row: asyncpg.Record, evidence: tuple[Evidence, ...]) -> Outage:
    """Return the outage of a row, with its evidence."""
    plain = {name: row[name] for name in OUTAGE}
    return Outage(
        **plain
        | {
            "state": State(row["state"]),
            "flaps": tuple(row["flaps"]),
            "report": word(row),
            "evidence": evidence,
            "correction": _correction(row["correction"]),
        }
    )


def evidence(row: asyncpg.Record) -> Evidence:
    """Return the alarm of a row; one of the first release has no hold of its own."""
    plain = {name: row[name] for name in EVIDENCE}
    plain["held_from"] = row["held_from"] or row["heard_at"]
    return Evidence(**plain, word=word(row))


def window(row: asyncpg.Record) -> Window:
    """Return the maintenance window of a row."""
    plain = {name: row[name] for name in WINDOW}
    return Window(**plain | {"phase": Phase(row["phase"]), "word": word(row)})


def word(row: asyncpg.Record) -> Word:
    """Return the places of a row, and what is said of them."""
    return Word(**{name: row[name] for name in WORD} | {"lines": tuple(row["lines"])})


def _said(said: Word) -> tuple[Any, ...]:
    return tuple(getattr(said, name) for name in WORD)


def _correction_text(correction: Correction) -> str:
    places, end = correction.places, correction.estimated_end
    said = {
        "places": places and [places.element, places.lines],
        "kind": correction.kind,
        "voice_reachable": correction.voice_reachable,
        "estimated_end": end and end.isoformat(),
        "note": correction.note,
    }
    return json.dumps(
        {name: value for name, value in said.items() if value is not None}
    )


def _correction(text: str) -> Correction:
    said = json.loads(text)
    if "places" in said:
        element, lines = said["places"]
        said["places"] = Word(element=element, lines=tuple(lines))
    if "estimated_end" in said:
        said["estimated_end"] = datetime.fromisoformat(said["estimated_end"])
    return Correction(**said)
