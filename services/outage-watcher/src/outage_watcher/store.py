"""All SQL of the service: outages, their evidence, and the life of the sources."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from chassis.postgres import Connection
from contracts.event import derived_id
from outage_watcher.domain.board import Board, Known
from outage_watcher.domain.evidence import AlarmKey, Evidence, Word
from outage_watcher.domain.outage import Outage, State
from outage_watcher.domain.report import Correction

WORD = ("element", "lines", "kind", "voice_reachable", "estimated_end", "note")
OUTAGE = (
    *("id", "state", "since", "due_at", "version", "opened_at", "occurred_at"),
    *("detected_at", "cleared_at", "reason", "reported_by", "flaps", "flapping"),
)
EVIDENCE = (
    *("source", "alarm_id", "outage_id", "is_down", "down_at", "up_at"),
    *("unknown_at", "heard_at", "confirmed_at", "confirmed"),
)


class OutageStore:
    """Outages and alarms; whoever changes them holds the lock until commit."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def lock(self) -> None:
        """Wait until no other task or instance changes outages, then keep them out."""
        await self.connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext(current_schema()), 2)"
        )

    async def known(
        self,
        keys: Sequence[AlarmKey],
        words: Iterable[Word],
        new_ids: Sequence[str],
        *,
        now: datetime,
    ) -> Known:
        """Return all that a board must know of these alarms, places and ids."""
        alarms = await self._alarms(keys)
        ids = {each.outage_id for each in alarms if each.outage_id}
        outages = await self._open(ids, {place_key(word) for word in words})
        return Known(
            outages=tuple(outages),
            alarms=tuple(alarms),
            taken_ids=await self._taken(new_ids),
            lost=await self.lost(now),
        )

    async def due(self, now: datetime) -> Known:
        """Return the outages whose deadline has come."""
        rows = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state <> 'over' AND due_at <= $1
             ORDER BY due_at, id
            """,
            now,
        )
        return Known(outages=tuple(await self._whole(rows)), lost=await self.lost(now))

    async def of_source(self, source: str, now: datetime) -> Known:
        """Return the open outages that rest on a source."""
        rows = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE id IN (SELECT outage_id
                            FROM evidence
                           WHERE source = $1 AND outage_id IS NOT NULL)
             ORDER BY id
            """,
            source,
        )
        return Known(outages=tuple(await self._whole(rows)), lost=await self.lost(now))

    async def one(self, outage_id: str, now: datetime) -> Known:
        """Return one outage, over or not, or nothing."""
        rows = await self.connection.fetch(
            "SELECT * FROM outage WHERE id = $1", outage_id
        )
        return Known(outages=tuple(await self._whole(rows)), lost=await self.lost(now))

    async def all_open(self, now: datetime) -> Known:
        """Return every open outage, the oldest first."""
        rows = await self.connection.fetch(
            "SELECT * FROM outage WHERE state <> 'over' ORDER BY opened_at, id"
        )
        return Known(outages=tuple(await self._whole(rows)), lost=await self.lost(now))

    async def next_due(self) -> datetime | None:
        """Return the nearest deadline; None when nothing waits."""
        due_at: datetime | None = await self.connection.fetchval(
            "SELECT min(due_at) FROM outage WHERE state <> 'over'"
        )
        return due_at

    async def save(self, board: Board) -> None:
        """Store what changed on a board."""
        await self.connection.executemany(
            _upsert("outage", (*OUTAGE, "place_key", "correction", *WORD), ("id",)),
            [_outage_row(outage) for outage in board.changed.values()],
        )
        await self.connection.executemany(
            _upsert("evidence", (*EVIDENCE, *WORD), ("source", "alarm_id")),
            [_evidence_row(evidence) for evidence in board.renewed.values()],
        )

    async def forget(self, *, before: datetime) -> None:
        """Delete outages and alarms that were over before that time."""
        await self.connection.execute(
            "DELETE FROM evidence WHERE outage_id IS NULL AND confirmed_at < $1", before
        )
        await self.connection.execute(
            "DELETE FROM outage WHERE state = 'over' AND cleared_at < $1", before
        )

    async def census(self, *, without: str) -> list[asyncpg.Record]:
        """Return how many outages and places stand in each state; not the canary's."""
        return await self.connection.fetch(
            """
              SELECT state, flapping, kind = 'planned' AS planned, count(*) AS outages,
                     sum(cardinality(lines) + (element IS NOT NULL)::int) AS places
                FROM outage
               WHERE state <> 'over' AND reported_by <> $1
            GROUP BY state, flapping, planned
            """,
            without,
        )

    async def _alarms(self, keys: Sequence[AlarmKey]) -> list[Evidence]:
        rows = await self.connection.fetch(
            """
            SELECT evidence.*
              FROM evidence
              JOIN unnest($1::text[], $2::text[]) AS named (source, alarm_id)
             USING (source, alarm_id)
            """,
            [source for source, _ in keys],
            [alarm_id for _, alarm_id in keys],
        )
        return [_evidence(row) for row in rows]

    async def _open(self, ids: set[str], place_keys: set[str]) -> list[Outage]:
        rows = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state <> 'over'
               AND (id = ANY($1::text[]) OR place_key = ANY($2::text[]))
             ORDER BY opened_at, id
            """,
            list(ids),
            list(place_keys),
        )
        return await self._whole(rows)

    async def _whole(self, rows: list[asyncpg.Record]) -> list[Outage]:
        if not rows:
            return []
        found = await self.connection.fetch(
            """
            SELECT *
              FROM evidence
             WHERE outage_id = ANY($1::text[])
             ORDER BY heard_at, source, alarm_id
            """,
            [row["id"] for row in rows],
        )
        evidence: dict[str, list[Evidence]] = defaultdict(list)
        for row in found:
            evidence[row["outage_id"]].append(_evidence(row))
        return [_outage(row, tuple(evidence[row["id"]])) for row in rows]

    async def _taken(self, ids: Sequence[str]) -> frozenset[str]:
        rows = await self.connection.fetch(
            "SELECT id FROM outage WHERE id = ANY($1::text[])", ids
        )
        return frozenset(row["id"] for row in rows)

    async def lost(self, now: datetime) -> frozenset[str]:
        """Return the sources that have been silent for too long."""
        rows = await self.connection.fetch(
            "SELECT name FROM source WHERE silent_at <= $1", now
        )
        return frozenset(row["name"] for row in rows)

    async def alive(self, source: str, *, at: datetime, patience: timedelta) -> None:
        """Note a heartbeat; one that is older than the last changes nothing."""
        await self.connection.execute(
            """
            INSERT INTO source (name, heartbeat_at, silent_at)
                 VALUES ($1, $2, $3)
            ON CONFLICT (name)
          DO UPDATE SET heartbeat_at = excluded.heartbeat_at,
                        silent_at = excluded.silent_at
                  WHERE source.heartbeat_at <= excluded.heartbeat_at
            """,
            source,
            at,
            at + patience,
        )

    async def silent(self, source: str, *, at: datetime) -> None:
        """Note that a source says of itself that it no longer sees."""
        await self.alive(source, at=at, patience=timedelta())

    async def sources(self) -> list[asyncpg.Record]:
        """Return every source that ever sent a heartbeat."""
        return await self.connection.fetch("SELECT * FROM source ORDER BY name")


def place_key(word: Word) -> str:
    """Return the same key for the same places, however they are named."""
    return derived_id(json.dumps(sorted(word.places)))


def _upsert(table: str, columns: Sequence[str], keys: Sequence[str]) -> str:
    values = ", ".join(f"${number}" for number, _ in enumerate(columns, 1))
    renewed = ", ".join(
        f"{name} = excluded.{name}" for name in columns if name not in keys
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) "  # noqa: S608 - our own names
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {renewed}"
    )


def _outage_row(outage: Outage) -> tuple[Any, ...]:
    return (
        *(getattr(outage, name) for name in OUTAGE),
        place_key(outage.report),
        _correction_text(outage.correction),
        *astuple(outage.report),
    )


def _evidence_row(evidence: Evidence) -> tuple[Any, ...]:
    return (*(getattr(evidence, name) for name in EVIDENCE), *astuple(evidence.word))


def _outage(row: asyncpg.Record, evidence: tuple[Evidence, ...]) -> Outage:
    plain = {name: row[name] for name in OUTAGE}
    return Outage(
        **plain
        | {
            "state": State(row["state"]),
            "flaps": tuple(row["flaps"]),
            "report": _word(row),
            "evidence": evidence,
            "correction": _correction(row["correction"]),
        }
    )


def _evidence(row: asyncpg.Record) -> Evidence:
    return Evidence(**{name: row[name] for name in EVIDENCE}, word=_word(row))


def _word(row: asyncpg.Record) -> Word:
    return Word(**{name: row[name] for name in WORD} | {"lines": tuple(row["lines"])})


def _correction_text(correction: Correction) -> str:
    places, end = correction.places, correction.estimated_end
    said = {
        "places": places and [places.element, places.lines],
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
