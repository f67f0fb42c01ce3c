"""
A version is given once, whatever the database forgot.

Readers and the switch keep the highest that they know, so they would not believe one
that is given again, to something else. PostgreSQL may lose commits when it crashes,
when a standby takes over, and when a back-up comes back; what was told of them stands.
In all of these it empties its unlogged tables, so that the table `unbroken` has no row.

Each connection that may give a version asks `go_past` first, as its first statement.
That suffices: a crash ends all connections, so all that there are afterwards asked
after it, and who finds the row gone waits until the versions have been moved on.
None is let in by a standby that has not taken over yet.

It is one statement and a transaction of its own: a process that is frozen, wherever it
is, holds up nobody who starts.
"""

import structlog

from chassis.postgres import Connection, Pool, connect_pool
from forwarding.store import FactStore

log = structlog.get_logger()


async def go_past(connection: Connection) -> None:
    """Go past versions that the database may have forgotten; mostly that is nothing."""
    following = await FactStore(connection).go_past_lost()
    if following is not None:
        log.error("database_may_have_forgotten", next_version=following)


async def open_pool(url: str, *, size: int) -> Pool:
    """Open the pool of a command that may give versions."""
    return await connect_pool(url, name="forwarding", size=size, greet=go_past)
