"""`python -m forwarding …` as an operator runs it."""

import asyncio
import os
import sys

from support.stack import Database
from support.switch_lab import SwitchLab


async def forwarding(
    database: Database, kafka: str, switch: SwitchLab, *words: str
) -> str:
    """Run a command to its end and return what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "forwarding", *words),
        env=os.environ
        | {
            "FORWARDING_DATABASE_URL": database.url("forwarding"),
            "FORWARDING_SWITCH_URL": switch.url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    return said.decode()
