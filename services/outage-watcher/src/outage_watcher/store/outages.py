"""Outages and alarms."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from chassis.postgres import Connection
from outage_watcher.domain.board import Board
from outage_watcher.domain.evidence import AlarmKey, Evidence, Word
from outage_watcher.domain.outage import Outage
from outage_watcher.store import rows


class OutageStore:
    """Outages and alarms; whoever changes them holds the lock until commit."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def lock(self) -> None:
        """Wait until no other task or instance changes outages, then keep them out."""
        await self.connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext(current_schema()), 2)"
        )

    async def alarms(self, keys: Sequence[AlarmKey]) -> list[Evidence]:
        """Return what is known of these alarms."""
        found = await self.connection.fetch(
            """
            SELECT evidence.*
              FROM evidence
              JOIN unnest($1::text[], $2::text[]) AS named (source, alarm_id)
             USING (source, alarm_id)
            """,
            [source for source, _ in keys],
            [alarm_id for _, alarm_id in keys],
        )
        return [rows.evidence(row) for row in found]

    async def unplaced(
        self, *, source: str | None = None, lines: Sequence[str] = ()
    ) -> list[Evidence]:
        """Return the alarms that fail and have no outage: their lines were gone."""
        found = await self.connection.fetch(
            """
            SELECT *
              FROM evidence
             WHERE is_down AND outage_id IS NULL
               AND (source = $1 OR lines && $2::text[] OR element = ANY($2::text[]))
             ORDER BY heard_at, source, alarm_id
            """,
            source,
            list(lines),
        )
        return [rows.evidence(row) for row in found]

    async def concerned(
        self, ids: Iterable[str], words: Iterable[Word], elements: Iterable[str]
    ) -> list[Outage]:
        """Return open outages by id, by their exact places, or of these elements."""
        found = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state <> 'over'
               AND (id = ANY($1::text[]) OR place_key = ANY($2::text[])
                    OR element = ANY($3::text[]))
             ORDER BY opened_at, id
            """,
            list(ids),
            list({rows.place_key(word) for word in words}),
            list(elements),
        )
        return await self._whole(found)

    async def due(self, now: datetime, *, at_most: int) -> list[Outage]:
        """
        Return outages whose deadline has come, or that are ahead of `now`.

        In the order in which they move: elements hide what is below, and end after it.
        """
        found = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state <> 'over' AND (due_at <= $1 OR since > $1)
             ORDER BY state = 'recovering' AND element IS NOT NULL, element IS NULL,
                      due_at, id
             LIMIT $2
            """,
            now,
            at_most,
        )
        return await self._whole(found)

    async def of_source(self, source: str) -> list[str]:
        """Return the ids of the open outages that rest on a source."""
        found = await self.connection.fetch(
            "SELECT outage_id FROM evidence WHERE source = $1 AND outage_id <> ''",
            source,
        )
        return sorted({row["outage_id"] for row in found})

    async def naming(self, lines: Sequence[str]) -> list[Outage]:
        """Return the open outages that name one of these lines, or whose alarms do."""
        found = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state <> 'over'
               AND (lines && $1::text[] OR element = ANY($1::text[])
                    OR id IN (SELECT outage_id
                                FROM evidence
                               WHERE outage_id IS NOT NULL AND lines && $1::text[]))
             ORDER BY opened_at, id
            """,
            list(lines),
        )
        return await self._whole(found)

    async def at(self, places: Sequence[str]) -> list[str]:
        """Return the ids of open outages with alarms at these places, or below."""
        found = await self.connection.fetch(
            """
            SELECT id
              FROM outage
             WHERE state <> 'over'
               AND id IN (SELECT outage_id
                            FROM evidence e
                           WHERE outage_id IS NOT NULL
                             AND (e.element = ANY($1::text[]) OR e.lines && $1::text[]
                                  OR EXISTS (SELECT FROM line
                                              WHERE line = ANY(e.lines || e.element)
                                                AND elements && $1::text[])
                                  OR EXISTS (SELECT FROM line
                                              WHERE elements @> ARRAY[e.element]
                                                AND elements && $1::text[])))
             ORDER BY opened_at, id
            """,
            list(places),
        )
        return [row["id"] for row in found]

    async def make_due(self, ids: Sequence[str], now: datetime) -> None:
        """Let the timer move these outages, as many at once as it can."""
        await self.connection.execute(
            "UPDATE outage SET due_at = $2 WHERE id = ANY($1::text[])", ids, now
        )

    async def under(self, elements: Sequence[str]) -> list[Outage]:
        """Return the open outages that the outage of such an element covered."""
        found = await self.connection.fetch(
            """
            SELECT *
              FROM outage
             WHERE state <> 'over' AND root_cause = ANY($1::text[])
             ORDER BY opened_at, id
            """,
            elements,
        )
        return await self._whole(found)

    async def one(self, outage_id: str) -> Outage | None:
        """Return one outage, over or not, or nothing."""
        if "\x00" in outage_id:
            return None  # PostgreSQL takes no such text, not even to look for
        found = await self.connection.fetch(
            "SELECT * FROM outage WHERE id = $1", outage_id
        )
        whole = await self._whole(found)
        return whole[0] if whole else None

    async def all_open(self) -> list[Outage]:
        """Return every open outage, the oldest first."""
        found = await self.connection.fetch(
            "SELECT * FROM outage WHERE state <> 'over' ORDER BY opened_at, id"
        )
        return await self._whole(found)

    async def next_due(self, now: datetime) -> datetime | None:
        """
        Return the nearest deadline of an outage, source or window, if any.

        It is `now` for what is in its state since a moment to come: the clock that
        said so ran ahead, and the deadline that follows from it is as far off.
        """
        due_at: datetime | None = await self.connection.fetchval(
            """
            SELECT least(
                (SELECT min(due_at) FROM outage WHERE state <> 'over'),
                (SELECT $1::timestamptz
                  WHERE EXISTS (SELECT FROM outage
                                 WHERE state <> 'over' AND since > $1)),
                (SELECT min(silent_at) FROM source WHERE NOT noted_lost),
                (SELECT min(starts_at) FROM maintenance WHERE phase = 'planned'),
                (SELECT min(ends_at) FROM maintenance WHERE phase = 'running'))
            """,
            now,
        )
        return due_at

    async def save(self, board: Board) -> None:
        """Store what changed on a board."""
        await self.put(board.changed.values(), board.renewed.values())

    async def put(self, outages: Iterable[Outage], alarms: Iterable[Evidence]) -> None:
        """Store outages and alarms as they are now."""
        columns = (*rows.OUTAGE, "place_key", "correction", *rows.WORD)
        await self.connection.executemany(
            rows.upsert("outage", columns, ("id",)),
            [rows.outage_row(outage) for outage in outages],
        )
        of_alarm = (*rows.EVIDENCE, *rows.WORD)
        await self.connection.executemany(
            rows.upsert("evidence", of_alarm, ("source", "alarm_id")),
            [rows.evidence_row(evidence) for evidence in alarms],
        )

    async def note(
        self, moves: Sequence[tuple[str, str, str, int]], *, cause: str, at: datetime
    ) -> None:
        """Keep what happened: outage, from, to, and the version that says so."""
        await self.connection.executemany(
            """
            INSERT INTO history (outage_id, before, after, version, cause, at)
                 VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [(*move, cause, at) for move in moves],
        )

    async def history(self, outage_id: str) -> list[asyncpg.Record]:
        """Return what happened to an outage, the oldest first."""
        return await self.connection.fetch(
            "SELECT * FROM history WHERE outage_id = $1 ORDER BY id", outage_id
        )

    async def taken(self, ids: Sequence[str]) -> frozenset[str]:
        """Return which of these ids some outage has."""
        found = await self.connection.fetch(
            "SELECT id FROM outage WHERE id = ANY($1::text[])", ids
        )
        return frozenset(row["id"] for row in found)

    async def doubt(
        self, source: str, begins: str, places: Sequence[str], at: datetime
    ) -> None:
        """
        Note that a source forgot what it said.

        Of the alarms whose key so begins, and of these places; without both, all.
        """
        await self.connection.execute(
            """
            UPDATE evidence
               SET unknown_at = $3
             WHERE source = $1 AND outage_id IS NOT NULL
               AND starts_with(alarm_id, $4)
               AND ($2::text[] = '{}' OR element = ANY($2) OR lines && $2)
            """,
            source,
            list(places),
            at,
            begins,
        )

    async def census(self, *, without: str) -> list[dict[str, Any]]:
        """Return how many outages and places stand in each state; not a source's."""
        found = await self.connection.fetch(
            """
              SELECT state, flapping, kind = 'planned' AS planned, uncertain,
                     count(*) AS outages,
                     sum(cardinality(lines) + (element IS NOT NULL)::int) AS places
                FROM outage
               WHERE state <> 'over' AND reported_by <> $1
            GROUP BY state, flapping, planned, uncertain
            """,
            without,
        )
        return [dict(row) for row in found]

    async def _whole(self, found: list[asyncpg.Record]) -> list[Outage]:
        if not found:
            return []
        alarms = await self.connection.fetch(
            """
            SELECT *
              FROM evidence
             WHERE outage_id = ANY($1::text[])
             ORDER BY heard_at, source, alarm_id
            """,
            [row["id"] for row in found],
        )
        evidence: dict[str, list[Evidence]] = defaultdict(list)
        for row in alarms:
            evidence[row["outage_id"]].append(rows.evidence(row))
        return [rows.outage(row, tuple(evidence[row["id"]])) for row in found]
