"""What is held off: targets, customers, and which rules were not looked at since."""

from dataclasses import dataclass

import asyncpg

from chassis.postgres import Connection
from contracts.held_targets import HeldTargets
from contracts.holds import ForwardingsHeld, HoldSubject
from contracts.number_range import NumberRange


@dataclass(frozen=True, slots=True)
class Hold:
    """One that rules are brought up to: of a target or of a customer."""

    subject: HoldSubject
    number: str
    last: str
    version: int
    held_by: str
    at: tuple[str, str]
    """The last rule that was looked at since it changed."""


class HoldStore:
    """The holds, on one connection with an open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._targets: HeldTargets | None = None
        self._customers: dict[str, bool] = {}

    async def keep(self, event: ForwardingsHeld, number: str, last: str) -> bool:
        """Keep a hold or its end, by what it names; False when a newer one is known."""
        self._targets, self._customers = None, {}
        done = await self._db.execute(
            """
            INSERT INTO held AS h
                        (subject, number, last, held, version, held_by, at_number,
                         at_last)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            ON CONFLICT (subject, number, last) DO UPDATE
                    SET held = $4, version = $5, held_by = $6, at_number = $7,
                        at_last = $7
                  WHERE h.version < $5
            """,
            event.subject,
            number,
            last,
            event.held,
            event.version,
            event.held_by,
            None if event.subject == "all" else "",
        )
        return bool(done == "INSERT 0 1")

    async def is_customer_held(self, customer: str) -> bool:
        """Tell if nothing of him may be diverted: read once. Only while locked."""
        if customer not in self._customers:
            self._customers[customer] = await self._db.fetchval(
                """
                SELECT EXISTS (SELECT FROM held
                                WHERE subject = 'customer' AND number = $1 AND held)
                """,
                customer,
            )
        return self._customers[customer]

    async def targets(self) -> HeldTargets:
        """Return the targets that are held off: read once. Only while locked."""
        if self._targets is None:
            self._targets = await self._read_targets()
        return self._targets

    async def _read_targets(self) -> HeldTargets:
        rows = await self._db.fetch(
            "SELECT number, last FROM held WHERE subject = 'target' AND held"
        )
        return HeldTargets.of(NumberRange(row["number"], row["last"]) for row in rows)

    async def pending(self) -> Hold | None:
        """Return a hold that not all rules were brought up to."""
        row = await self._db.fetchrow(
            """
            SELECT subject, number, last, version, held_by, at_number, at_last
              FROM held
             WHERE at_number IS NOT NULL
             LIMIT 1
            """
        )
        if row is None:
            return None
        return Hold(
            row["subject"],
            row["number"],
            row["last"],
            row["version"],
            row["held_by"],
            (row["at_number"], row["at_last"]),
        )

    async def go_on(self, hold: Hold, at: tuple[str, str] | None) -> None:
        """Note up to where rules were looked at; None: all of them were."""
        await self._db.execute(
            """
            UPDATE held SET at_number = $5, at_last = $6
             WHERE subject = $1 AND number = $2 AND last = $3 AND version = $4
            """,
            hold.subject,
            hold.number,
            hold.last,
            hold.version,
            *(at or (None, None)),
        )

    async def rules(self, hold: Hold, limit: int) -> list[asyncpg.Record]:
        """Return the next rules that a hold concerns, in the order of their numbers."""
        return await self._db.fetch(
            """
            SELECT * FROM rule
             WHERE (number, last) > ($4, $5)
               AND CASE $1
                   WHEN 'customer' THEN customer_number = $2
                   -- Longer numbers too; which of them it is, the check says.
                   ELSE target BETWEEN $2 AND $3 || '~'
                        OR fallback_target BETWEEN $2 AND $3 || '~'
                        OR keep_extension
                   END
          ORDER BY number, last
             LIMIT $6
            """,
            hold.subject,
            hold.number,
            hold.last,
            *hold.at,
            limit,
        )
