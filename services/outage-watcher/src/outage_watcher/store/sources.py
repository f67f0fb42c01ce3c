"""Whether sources are alive, what they storm, and when they were asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.postgres import Connection


class SourceStore:
    """The life of the sources."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def lost(self, now: datetime) -> dict[str, datetime]:
        """Return the sources that are silent or blind, and since when."""
        found = await self.connection.fetch(
            """
              SELECT name, min(since) AS since
                FROM (SELECT name, silent_at AS since
                        FROM source
                       WHERE silent_at <= $1
                       UNION ALL
                      SELECT source, blind_since
                        FROM eye
                       WHERE blind_since IS NOT NULL) AS gone
            GROUP BY name
            """,
            now,
        )
        return {row["name"]: row["since"] for row in found}

    async def alive(self, source: str, *, at: datetime, patience: timedelta) -> None:
        """Note a heartbeat; one that is older than the last changes nothing."""
        await self.connection.execute(
            """
            INSERT INTO source (name, heartbeat_at, silent_at)
                 VALUES ($1, $2, $3)
            ON CONFLICT (name)
          DO UPDATE SET heartbeat_at = excluded.heartbeat_at,
                        silent_at = excluded.silent_at,
                        noted_lost = false
                  WHERE source.heartbeat_at <= excluded.heartbeat_at
            """,
            source,
            at,
            at + patience,
        )

    async def silent(self, source: str, *, at: datetime) -> None:
        """Note that a source says of itself that it no longer sees."""
        await self.alive(source, at=at, patience=timedelta())

    async def look(self, source: str, eye: str, *, sees: bool, at: datetime) -> None:
        """Note whether one eye of a source sees; an older word changes nothing."""
        await self.connection.execute(
            """
            INSERT INTO eye AS known (source, name, told_at, blind_since)
                 VALUES ($1, $2, $3, $4)
            ON CONFLICT (source, name)
          DO UPDATE SET told_at = excluded.told_at,
                        blind_since = CASE WHEN excluded.blind_since IS NULL THEN NULL
                                           ELSE coalesce(known.blind_since,
                                                         excluded.blind_since) END
                  WHERE known.told_at <= excluded.told_at
            """,
            source,
            eye,
            at,
            None if sees else at,
        )

    async def just_lost(self, now: datetime) -> list[str]:
        """Return the sources whose silence nobody noted yet, and note it."""
        found = await self.connection.fetch(
            """
            UPDATE source
               SET noted_lost = true
             WHERE silent_at <= $1 AND NOT noted_lost
         RETURNING name
            """,
            now,
        )
        return [row["name"] for row in found]

    async def note(self, source: str, *, is_lost: bool) -> None:
        """Note that a loss or return was acted upon."""
        await self.connection.execute(
            "UPDATE source SET noted_lost = $2 WHERE name = $1", source, is_lost
        )

    async def hold_anew(self, source: str, now: datetime) -> None:
        """Let what recovers by its word be held from now on, moved yet or not."""
        await self.connection.execute(
            """
            UPDATE outage
               SET since = $2
             WHERE state = 'recovering'
               AND id IN (SELECT outage_id
                            FROM evidence
                           WHERE source = $1 AND outage_id <> '')
            """,
            source,
            now,
        )

    async def all(self) -> list[dict[str, Any]]:
        """Return every source that ever sent a heartbeat."""
        found = await self.connection.fetch("SELECT * FROM source ORDER BY name")
        return [dict(row) for row in found]

    async def storms(self, now: datetime) -> dict[str, datetime]:
        """Return the sources that report too much at once, and until when."""
        found = await self.connection.fetch("SELECT * FROM storm WHERE until > $1", now)
        return {row["source"]: row["until"] for row in found}

    async def keep_storms(self, storms: Mapping[str, datetime]) -> None:
        """Note which gates are closed, and until when."""
        await self.connection.executemany(
            """
            INSERT INTO storm (source, until)
                 VALUES ($1, $2)
            ON CONFLICT (source) DO UPDATE SET until = excluded.until
            """,
            list(storms.items()),
        )

    async def recent(
        self, sources: Sequence[str], since: Sequence[datetime]
    ) -> dict[str, int]:
        """Return how many failures each source reported after its moment."""
        found = await self.connection.fetch(
            """
              SELECT source, count(*) AS failures
                FROM evidence
                JOIN unnest($1::text[], $2::timestamptz[]) AS named (source, since)
               USING (source)
               WHERE is_down AND heard_at > since
            GROUP BY source
            """,
            sources,
            since,
        )
        return {row["source"]: row["failures"] for row in found}

    async def gated(self, now: datetime) -> dict[str, int]:
        """Return how many suspects wait behind each closed gate."""
        found = await self.connection.fetch(
            """
              SELECT storm.source, count(outage.id) AS suspects
                FROM storm
                LEFT JOIN outage
                  ON outage.reported_by = storm.source AND outage.state = 'suspect'
               WHERE storm.until > $1
            GROUP BY storm.source
            """,
            now,
        )
        return {row["source"]: row["suspects"] for row in found}

    async def want(self, source: str) -> None:
        """Note that a source has to be asked at once."""
        await self.connection.execute(
            """
            INSERT INTO asked (source, wanted)
                 VALUES ($1, true)
            ON CONFLICT (source) DO UPDATE SET wanted = true
            """,
            source,
        )

    async def can_be_asked(self, sources: Sequence[str]) -> None:
        """Note which sources there are to ask."""
        await self.connection.execute(
            """
            INSERT INTO asked (source)
                 SELECT unnest($1::text[])
            ON CONFLICT DO NOTHING
            """,
            list(sources),
        )

    async def claim(
        self, sources: Sequence[str], *, now: datetime, every: timedelta
    ) -> dict[str, bool]:
        """
        Return the sources that this instance has to ask now, and no other one.

        True: it is its time. False: something was missed, and it is asked beside that.
        """
        found = await self.connection.fetch(
            """
            WITH due AS (
                SELECT source, next_at IS NULL OR next_at <= $2 AS is_its_time
                  FROM asked
                 WHERE source = ANY($1::text[])
                   AND (wanted OR next_at IS NULL OR next_at <= $2)
                   FOR UPDATE SKIP LOCKED)
            UPDATE asked
               SET wanted = false,
                   next_at = CASE WHEN is_its_time THEN $2 + $3::interval
                                  ELSE next_at END
              FROM due
             WHERE asked.source = due.source
         RETURNING asked.source, is_its_time
            """,
            list(sources),
            now,
            every,
        )
        return {row["source"]: row["is_its_time"] for row in found}

    async def blind_eyes(self, source: str) -> list[str]:
        """Return the eyes of a source that do not see."""
        found = await self.connection.fetch(
            "SELECT name FROM eye WHERE source = $1 AND blind_since IS NOT NULL", source
        )
        return [row["name"] for row in found]

    async def beats(self, source: str) -> bool:
        """Return whether a source ever sent a sign of life."""
        found = await self.connection.fetchval(
            "SELECT true FROM source WHERE name = $1", source
        )
        return bool(found)

    async def answers(self) -> dict[str, datetime]:
        """Return when each source last answered."""
        found = await self.connection.fetch(
            "SELECT source, answered_at FROM asked WHERE answered_at IS NOT NULL"
        )
        return {row["source"]: row["answered_at"] for row in found}

    async def answered(self, source: str, *, at: datetime) -> None:
        """Note that a source answered."""
        await self.connection.execute(
            """
            INSERT INTO asked (source, answered_at)
                 VALUES ($1, $2)
            ON CONFLICT (source) DO UPDATE SET answered_at = excluded.answered_at
            """,
            source,
            at,
        )
