"""What the switch shall hold, as rows: many scopes at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from chassis.postgres import Connection
from contracts.number_range import NumberRange
from forwarding.option_store import ends_of
from forwarding.store import as_json


@dataclass(frozen=True, slots=True)
class NewArming:
    """A scope with another value than it had; None: the switch shall forget it."""

    numbers: NumberRange
    customer_number: str
    places: Sequence[str]
    value: dict[str, Any] | None
    off: bool
    planned: bool
    target_places: Sequence[str] | None
    head: str
    hash: int
    was_in_effect: bool
    words: str | None
    """What was told of it while that was so, where it is known."""
    traceparent: str | None

    def row(self) -> dict[str, Any]:
        """Return its columns."""
        return {
            "scope": str(self.numbers),
            "number": self.numbers.first,
            "last": self.numbers.last,
            "customer_number": self.customer_number,
            "places": self.places,
            "value": self.value,
            "off": self.off,
            "planned": self.planned,
            "target_places": self.target_places,
            "head": self.head,
            "hash": self.hash,
            "was_in_effect": self.was_in_effect,
            "words": self.words,
            "traceparent": self.traceparent,
        }


class ArmingStore:
    """The rows, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def rows(self, scopes: Sequence[NumberRange]) -> dict[str, asyncpg.Record]:
        """Return what is known of each scope, for which there is a row."""
        rows = await self._db.fetch(
            """
            SELECT scope, value, head, live_seq IS NULL AS pending, was_in_effect,
                   words
              FROM arming WHERE scope = ANY($1)
            """,
            [str(one) for one in scopes],
        )
        return {row["scope"]: row for row in rows}

    async def being_flipped(self, scopes: Sequence[NumberRange]) -> set[NumberRange]:
        """
        Return for which a flip is untold that would have told these numbers.

        From now on it leaves them out, so what it changed is told with this change:
        they may have been in effect by what was told last, whatever the facts say.
        """
        rows = await self._db.fetch(
            """
            SELECT s.place
              FROM unnest($1::text[], $2::text[], $3::text[])
                   WITH ORDINALITY AS s (first, last, lowest, place)
             WHERE EXISTS (SELECT FROM flip f
                            WHERE f.told_at IS NULL
                              AND EXISTS (
                                  SELECT FROM arming a
                                   WHERE a.number BETWEEN s.lowest AND s.first
                                     AND a.last >= s.last
                                     AND length(a.number) = length(s.first)
                                     AND (a.places && (f.opened || f.closed)
                                          OR a.target_places
                                             && (f.opened || f.closed)
                                          -- The kill switch has a flip for each
                                          -- outage; what it tells beside those is
                                          -- diverted by a cause.
                                          OR f.reason = 'hold' AND EXISTS (
                                             SELECT FROM cause c
                                              WHERE acts_on(c, a)))))
            """,
            *ends_of(scopes),
        )
        return {scopes[row["place"] - 1] for row in rows}

    async def were_told_apart(self, scopes: Sequence[NumberRange]) -> set[NumberRange]:
        """Return which were told by themselves before they followed their block."""
        by_name = {str(numbers): numbers for numbers in scopes}
        rows = await self._db.fetch(
            "DELETE FROM told_apart WHERE scope = ANY($1) RETURNING scope",
            list(by_name),
        )
        return {by_name[row["scope"]] for row in rows}

    async def note_heads(self, heads: Sequence[tuple[NumberRange, str, str]]) -> None:
        """Note whose each is and which rule won: nothing that the switch must know."""
        await self._db.execute(
            """
            UPDATE arming a SET head = n.head, customer_number = n.customer_number
              FROM unnest($1::text[], $2::text[], $3::text[])
                   AS n (scope, head, customer_number)
             WHERE a.scope = n.scope
            """,
            [str(numbers) for numbers, _, _ in heads],
            [head for _, head, _ in heads],
            [customer for _, _, customer in heads],
        )

    async def keep(self, armings: Sequence[NewArming]) -> None:
        """Give each a new version in their order, pending until the switch has it."""
        await self._db.execute(
            """
            INSERT INTO arming AS a (scope, number, last, customer_number, places,
                        value, off, planned, target_places, head, hash, seq,
                        was_in_effect, words, traceparent)
                 SELECT n.scope, n.number, n.last, n.customer_number, n.places,
                        n.value, n.off, n.planned, n.target_places, n.head, n.hash,
                        nextval('flip_seq'), n.was_in_effect, n.words, n.traceparent
                   FROM jsonb_to_recordset($1::jsonb) AS n (
                        scope text, number text, last text, customer_number text,
                        places text[], value jsonb, off boolean, planned boolean,
                        target_places text[], head text, hash integer,
                        was_in_effect boolean, words text, traceparent text)
            ON CONFLICT (scope) DO UPDATE
                    -- What is off stays with whom it was last told as on.
                    SET customer_number = CASE WHEN excluded.off
                            THEN a.customer_number ELSE excluded.customer_number END,
                        places = CASE WHEN excluded.value IS NULL
                            THEN a.places ELSE excluded.places END,
                        value = excluded.value, off = excluded.off,
                        planned = excluded.planned,
                        target_places = excluded.target_places,
                        head = CASE WHEN excluded.off THEN a.head
                            ELSE excluded.head END,
                        seq = excluded.seq, live_seq = NULL,
                        was_in_effect = excluded.was_in_effect,
                        words = excluded.words,
                        attempts = 0, failure = NULL, try_at = '-infinity',
                        traceparent = excluded.traceparent
            """,
            as_json([one.row() for one in armings]),
        )

    async def fail(
        self, scopes: Mapping[str, str], *, try_at: datetime
    ) -> list[asyncpg.Record]:
        """Make what the switch had pending again, as failed for a reason each."""
        rows: list[asyncpg.Record] = await self._db.fetch(
            """
            UPDATE arming a
               SET live_seq = NULL, seq = nextval('flip_seq'), was_in_effect = true,
                   attempts = 1, failure = n.reason, failure_told = true, try_at = $3
              FROM unnest($1::text[], $2::text[]) AS n (scope, reason)
             WHERE a.scope = n.scope AND a.live_seq IS NOT NULL
         RETURNING a.scope, a.number, a.last, a.customer_number, a.head, a.told,
                   a.seq, a.failure
            """,
            list(scopes),
            list(scopes.values()),
            try_at,
        )
        return rows
