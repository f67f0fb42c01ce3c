"""Lines and the elements above them, as provisioning tells them."""

import json
from collections.abc import Iterable, Mapping, Sequence

from chassis.postgres import Connection
from contracts.numbers import LineConnected
from outage_watcher.domain.topology import MOST_LINES, Topology

_FAILING = """
    SELECT id, unnest(lines || element) AS place
      FROM outage
     WHERE state <> 'over' AND cardinality(lines) <= $2
       AND kind <> 'planned' AND coalesce(NOT voice_reachable, kind <> 'degradation')
       AND id IN (SELECT outage_id
                    FROM evidence
                   WHERE is_down AND outage_id IS NOT NULL
                GROUP BY outage_id
                  HAVING NOT bool_or(aged))
"""
"""What has no calls by each outage that rests on what a source still says."""


class InventoryStore:
    """What hangs on what."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def connect(self, events: Sequence[LineConnected]) -> list[str]:
        """Take the newest word on each line; return the lines that changed."""
        newest = {
            event.line: event for event in sorted(events, key=lambda each: each.version)
        }
        changed = await self.connection.fetch(
            """
            INSERT INTO line AS known (line, elements, version, gone)
                 SELECT line, ARRAY(SELECT json_array_elements_text(elements::json)),
                        version, gone
                   FROM unnest($1::text[], $2::text[], $3::int[], $4::bool[])
                        AS told (line, elements, version, gone)
            ON CONFLICT (line)
          DO UPDATE SET elements = excluded.elements,
                        version = excluded.version, gone = excluded.gone
                  WHERE known.version < excluded.version
              RETURNING line
            """,
            list(newest),
            [_json_list(event.elements) for event in newest.values()],
            [event.version for event in newest.values()],
            [event.gone for event in newest.values()],
        )
        return [row["line"] for row in changed]

    async def above(self, lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the elements above each of these lines that is known."""
        found = await self.connection.fetch(
            """
            SELECT line, elements
              FROM line
             WHERE line = ANY($1::text[]) AND NOT gone
            """,
            list(lines),
        )
        return {row["line"]: tuple(row["elements"]) for row in found}

    async def gone(self, places: Iterable[str]) -> frozenset[str]:
        """Return which of these lines are gone."""
        found = await self.connection.fetch(
            "SELECT line FROM line WHERE line = ANY($1::text[]) AND gone",
            list(places),
        )
        return frozenset(row["line"] for row in found)

    async def count(self, changes: Mapping[str, int], lines: int) -> None:
        """Add so many lines to each element, and to all there are; or take them."""
        await self.connection.execute(
            """
            INSERT INTO element (element, lines)
                 SELECT * FROM unnest($1::text[], $2::integer[])
            ON CONFLICT (element)
          DO UPDATE SET lines = element.lines + excluded.lines
            """,
            list(changes.keys()),
            list(changes.values()),
        )
        await self.connection.execute("UPDATE inventory SET lines = lines + $1", lines)

    async def failing(
        self, elements: Sequence[str], *, share: float, coming: int
    ) -> dict[str, tuple[str, ...]]:
        """
        Return the lines below these elements that fail now, with what is above.

        Not those of an element that is too large to have failed: even if all lines that
        fail anywhere hung on it, and `coming` more, they would be less than `share`.
        """
        # Planned for a quiet time, a join is a storm's: thousands times thousands.
        found = await self.connection.fetch(
            f"""
            WITH failing AS MATERIALIZED (
                SELECT DISTINCT place AS line FROM ({_FAILING}) AS failing)
            SELECT line, elements
              FROM line
             WHERE line = ANY (ARRAY(SELECT line FROM failing))
               AND elements && ARRAY(
                       SELECT element
                         FROM element
                        WHERE element = ANY ($1::text[])
                          AND lines * $3::float8
                              <= (SELECT count(line) FROM failing) + $4::int)
               AND NOT gone
            """,  # noqa: S608 - a constant of this module
            elements,
            MOST_LINES,
            share,
            coming,
        )
        return {row["line"]: tuple(row["elements"]) for row in found}

    async def named(self, places: Iterable[str]) -> dict[str, list[str]]:
        """Return the outages by which these places fail now."""
        found = await self.connection.fetch(
            f"""
              SELECT place, array_agg(id) AS outages
                FROM ({_FAILING}) AS failing
               WHERE place = ANY($1::text[])
            GROUP BY place
            """,  # noqa: S608 - a constant of this module
            list(places),
            MOST_LINES,
        )
        return {row["place"]: row["outages"] for row in found}

    async def topology(self, above: dict[str, tuple[str, ...]]) -> Topology:
        """Return these lines with the sizes of what is above them."""
        elements = {each for chain in above.values() for each in chain}
        sizes = await self.connection.fetch(
            "SELECT element, lines FROM element WHERE element = ANY($1::text[])",
            list(elements),
        )
        lines = await self.connection.fetchval("SELECT lines FROM inventory")
        return Topology(above, {row["element"]: row["lines"] for row in sizes}, lines)

    async def below(self, elements: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return for each element one line that hangs on it, to know what is above."""
        found = await self.connection.fetch(
            """
            SELECT line.line, line.elements
              FROM unnest($1::text[]) AS named (element)
             CROSS JOIN LATERAL (SELECT line, elements
                                   FROM line
                                  WHERE elements @> ARRAY[named.element]
                                    AND NOT gone
                                  LIMIT 1) AS line
            """,
            elements,
        )
        return {row["line"]: tuple(row["elements"]) for row in found}


def _json_list(elements: Sequence[str]) -> str:
    # Arrays of arrays must be of one length in PostgreSQL.
    return json.dumps(list(elements))
