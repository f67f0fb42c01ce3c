"""What stood in a customer's slot at the switch before our diversion did."""

import json
from dataclasses import dataclass
from typing import Any

from chassis.clock import Clock
from chassis.postgres import Pool


@dataclass(frozen=True, slots=True)
class SlotStore:
    """One switch's slots; each call is done before the switch is told."""

    pool: Pool
    backend: str
    clock: Clock

    async def taken(self) -> set[str]:
        """Return the numbers that we divert, or were about to."""
        rows = await self.pool.fetch(
            "SELECT number FROM switch_slot WHERE backend = $1", self.backend
        )
        return {row["number"] for row in rows}

    async def before(self, number: str) -> dict[str, Any] | None:
        """Return what was there before; None: we have not been there."""
        text = await self.pool.fetchval(
            "SELECT before FROM switch_slot WHERE backend = $1 AND number = $2",
            self.backend,
            number,
        )
        return json.loads(text) if text else None

    async def take(
        self, number: str, *, before: dict[str, Any], ours: dict[str, Any]
    ) -> None:
        """Keep what is there and what we are about to write."""
        await self.pool.execute(
            """
            INSERT INTO switch_slot (backend, number, before, ours, at)
                 VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (backend, number) DO UPDATE
                    SET before = $3, ours = $4, at = $5
            """,
            self.backend,
            number,
            json.dumps(before),
            json.dumps(ours),
            self.clock.now(),
        )

    async def give_back(self, number: str) -> None:
        """Forget a slot that is the customer's again."""
        await self.pool.execute(
            "DELETE FROM switch_slot WHERE backend = $1 AND number = $2",
            self.backend,
            number,
        )
