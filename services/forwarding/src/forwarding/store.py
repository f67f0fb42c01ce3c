"""Facts about numbers: lines, and what is open now; options are beside it."""

import json
from collections.abc import Iterable, Sequence

from contracts.number_range import NumberRange
from forwarding.domain import ActiveCause, OpenOutage
from forwarding.option_store import OptionStore


class FactStore(OptionStore):
    """The facts, on one connection with an open transaction."""

    async def lock(self) -> None:
        """Let facts change one at a time, so that flips are numbered as they commit."""
        await self._db.execute("SELECT facts_lock()")

    async def next_seq(self) -> int:
        """Return the number of the next flip; only while locked."""
        seq: int = await self._db.fetchval("SELECT nextval('flip_seq')")
        return seq

    async def advance_seq(self, past: int) -> None:
        """Go past a number that the switch has seen; only while locked."""
        await self._db.execute("SELECT advance_flip_seq($1)", past)

    async def go_past_lost(self) -> int | None:
        """Go past numbers that the database may have lost; the next, if there are."""
        following: int | None = await self._db.fetchval(
            "SELECT go_past_lost_versions()"
        )
        return following

    # -- lines -----------------------------------------------------------------

    async def connect_line(
        self, line: str, customer: str, places: Sequence[str], version: int
    ) -> bool:
        """Keep where a line hangs; False when that is older than what is known."""
        done = await self._db.execute(
            """
            INSERT INTO line AS l (line, customer_number, places, version)
                 VALUES ($1, $2, $3, $4)
            ON CONFLICT (line) DO UPDATE
                    SET customer_number = $2, places = $3, version = $4
                  WHERE l.version < $4
            """,
            line,
            customer,
            places,
            version,
        )
        return bool(done == "INSERT 0 1")

    async def places(self, line: str) -> tuple[str, ...]:
        """Return a line and what is above it; the line alone while that is unknown."""
        return (await self.places_of([line]))[line]

    async def places_of(self, lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return each line's places; of one that is not known, itself alone."""
        asked = list(lines)
        rows = await self._db.fetch(
            "SELECT line, places FROM line WHERE line = ANY($1)", asked
        )
        known = {row["line"]: tuple(row["places"]) for row in rows}
        return {line: known.get(line) or (line,) for line in asked}

    # -- what is open now ------------------------------------------------------

    async def open_outages(self, places: Sequence[str]) -> list[OpenOutage]:
        """Return the open outages that take down one of these places."""
        rows = await self._db.fetch(
            """
            SELECT c.outage_id, array_agg(c.place) AS places, o.occurred_at, c.planned
              FROM coverage c JOIN outage o USING (outage_id)
             WHERE c.place = ANY($1)
          GROUP BY c.outage_id, o.occurred_at, c.planned
            """,
            places,
        )
        return [
            OpenOutage(
                row["outage_id"],
                frozenset(row["places"]),
                row["occurred_at"],
                row["planned"],
            )
            for row in rows
        ]

    async def live_causes(
        self, scopes: Sequence[tuple[NumberRange, bool]]
    ) -> list[list[ActiveCause]]:
        """
        Return the acknowledged drills and the like of each scope, in their order.

        Of a scope that is alone (the second of the pair) without its block's.
        """
        rows = await self._db.fetch(
            """
            SELECT s.place, c.type, c.id, c.since
              FROM unnest($1::text[], $2::text[], $3::boolean[])
                   WITH ORDINALITY AS s (number, last, alone, place)
              JOIN cause c
                ON c.number <= s.number AND c.last >= s.last
               AND length(c.number) = length(s.number)
               AND c.shown AND (c.number = c.last OR NOT s.alone)
            """,
            [numbers.first for numbers, _ in scopes],
            [numbers.last for numbers, _ in scopes],
            [alone for _, alone in scopes],
        )
        found: list[list[ActiveCause]] = [[] for _ in scopes]
        for row in rows:
            cause = ActiveCause(row["type"], row["id"], row["since"])
            found[row["place"] - 1].append(cause)
        return found

    async def used(self, scopes: Iterable[NumberRange]) -> set[str]:
        """Return which of these have a cause, also one about to end."""
        rows = await self._db.fetch(
            "SELECT scope FROM cause WHERE scope = ANY($1)",
            [str(numbers) for numbers in scopes],
        )
        return {row["scope"] for row in rows}

    async def held(self) -> bool:
        """Return whether the kill switch holds every forwarding off."""
        return bool(await self._db.fetchval("SELECT held FROM hold"))


def as_json(value: object) -> str | None:
    """Return JSON text for a jsonb column."""
    return None if value is None else json.dumps(value)
