"""
What is kept where, why and for how long: one table, and the job that follows it.

Each service has a line for every table of its schema; a test reads the schema and
fails on a table without one. docs/operating/retention.md is written from these lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.postgres import Connection, changed
from chassis.settings import ServiceSettings

CONTRACT = "contract with the customer (GDPR 6 (1) b)"
SECURITY = "security of processing (GDPR 32, TKG 165)"
FAULTS = "faults and misuse (TDDDG 12)"
NO_PERSON = "names no person"


@dataclass(frozen=True, slots=True)
class Setting:
    """A time that the operator sets, by the name of the setting."""

    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One table, or some of one kind, and their fate."""

    table: str
    what: str
    purpose: str
    ground: str
    until: timedelta | Setting | str
    """How long, and then the job deletes; or in words, what ends it otherwise."""
    delete: str = ""
    """Deletes what is older than $1; a query returns the number of rows."""

    def time(self, settings: ServiceSettings) -> timedelta | None:
        """Return how long rows are kept; None: something else ends it."""
        if isinstance(self.until, Setting):
            found: timedelta = getattr(settings, self.until.name)
            return found
        return self.until if isinstance(self.until, timedelta) else None


COMMON: tuple[Kept, ...] = (
    Kept(
        "outbox",
        "events until they are sent, whole",
        "nothing that happened goes untold",
        CONTRACT,
        "Kafka has it, within a second",
    ),
    Kept(
        "inbox",
        "ids of messages",
        "a repeated message has no second effect",
        NO_PERSON,
        Setting("inbox_retention"),
        "DELETE FROM inbox WHERE received_at < $1",
    ),
    Kept(
        "dead_letter",
        "messages that could not be processed, whole",
        "a person mends the cause and sends them again",
        FAULTS,
        Setting("dead_letter_retention"),
        "DELETE FROM dead_letter WHERE parked_at < $1",
    ),
    Kept(
        "erasure_waiting",
        "whom to erase as soon as what is his is over",
        "an erasure that is not forgotten",
        CONTRACT,
        "he is erased",
    ),
    Kept(
        "seal, seal_start",
        "digests of the audit's rows",
        "an audit that nobody changes unseen",
        SECURITY,
        "the row of the audit goes",
    ),
)
"""The tables of the chassis, which every service has."""


async def forget(
    connection: Connection, kept: Kept, settings: ServiceSettings, now: datetime
) -> int:
    """Delete what a table keeps no longer and return how many rows."""
    time = kept.time(settings)
    if time is None:
        return 0
    if kept.delete.startswith("SELECT"):
        return int(await connection.fetchval(kept.delete, now - time) or 0)
    done: str = await connection.execute(kept.delete, now - time)
    return changed(done)


def tables(lines: Sequence[Kept]) -> set[str]:
    """Return every table that has a line."""
    return {name.strip() for line in lines for name in line.table.split(",")}
