"""The audit: who commanded what, why, and what became of it."""

import json
from typing import Any

import asyncpg

from chassis.postgres import Connection
from contracts.operations import OutageCommandAnswered, OutageCommanded


class CommandStore:
    """Commands with their answers; none is ever changed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def command(self, command_id: str) -> OutageCommanded | None:
        """Return a command that came before, or nothing."""
        said = await self.connection.fetchval(
            "SELECT said FROM command WHERE id = $1", command_id
        )
        return OutageCommanded.model_validate_json(said) if said else None

    async def answer_to(self, command_id: str) -> OutageCommandAnswered | None:
        """Return what was answered to a command that came before, or nothing."""
        answer = await self.connection.fetchval(
            "SELECT answer FROM command WHERE id = $1", command_id
        )
        return OutageCommandAnswered.model_validate_json(answer) if answer else None

    async def keep(
        self, command: OutageCommanded, answer: OutageCommandAnswered
    ) -> None:
        """Store a command with its answer."""
        await self.connection.execute(
            """
            INSERT INTO command (id, at, action, subject, said, commanded_by, because,
                                 answer, outage_id, window_id)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            command.command_id,
            answer.answered_at,
            command.action,
            command.subject,
            command.model_dump_json(),
            command.commanded_by,
            command.because,
            answer.model_dump_json(),
            answer.outage_id,
            answer.window_id,
        )

    async def on_outage(self, outage_id: str) -> list[dict[str, Any]]:
        """Return what people did to an outage, the oldest first."""
        found = await self.connection.fetch(
            "SELECT * FROM command WHERE outage_id = $1 ORDER BY at", outage_id
        )
        return [_shown(row) for row in found]

    async def on_window(self, window_id: str) -> list[dict[str, Any]]:
        """Return what people did to a maintenance window, the oldest first."""
        found = await self.connection.fetch(
            "SELECT * FROM command WHERE window_id = $1 ORDER BY at", window_id
        )
        return [_shown(row) for row in found]


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    said = json.loads(row["said"])
    answer = json.loads(row["answer"])
    return {
        "command_id": row["id"],
        "at": row["at"].isoformat(),
        "action": row["action"],
        "by": row["commanded_by"],
        "because": row["because"],
        "outcome": answer["outcome"],
        "version": answer["version"],
        "said": {
            name: value
            for name, value in said.items()
            if value not in (None, [], "") and name not in _SHOWN_APART
        },
    }


_SHOWN_APART = frozenset(
    {"command_id", "action", "subject", "because", "commanded_by", "commanded_at"}
)
