"""What a service has decided to tell, before its relay takes it away."""

import json
from typing import Any

from chassis.postgres import Pool


async def queued(pool: Pool, topic: str | None = None) -> list[dict[str, Any]]:
    """Return the events in the outbox, in their order."""
    rows = await pool.fetch(
        "SELECT topic, value FROM outbox WHERE $1 = '' OR topic = $1 ORDER BY id",
        topic or "",
    )
    return [{"topic": row["topic"]} | json.loads(row["value"]) for row in rows]
