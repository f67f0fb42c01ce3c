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

A database that lost more than a few commits, or was made anew, is behind by more than
that. Who tells it to read again lets it go past all that Kafka knows (`go_past_told`).
"""

import structlog

from chassis.postgres import Connection, Pool, connect_pool, transaction
from chassis.replaying import newest_told
from chassis.settings import ServiceSettings
from contracts.forwardings import ForwardingApplied
from forwarding.store import FactStore
from forwarding.switch import LARGEST_VERSION

log = structlog.get_logger()

MARGIN = 10_000
"""The last that was told need not be the newest, and the switch hears things first."""


async def go_past(connection: Connection) -> None:
    """Go past versions that the database may have forgotten; mostly that is nothing."""
    following = await FactStore(connection).go_past_lost()
    if following is not None:
        log.error("database_may_have_forgotten", next_version=following)


async def go_past_told(settings: ServiceSettings) -> str:
    """Go past every version that was told; returns what to say of it."""
    told = await newest_told(settings, ForwardingApplied)
    # One that no switch takes was not told by us.
    newest = max((v for e in told if (v := e.version) <= LARGEST_VERSION), default=0)
    url = settings.database_url.get_secret_value()
    async with await open_pool(url, size=2) as pool, transaction(pool) as connection:
        facts = FactStore(connection)
        await facts.lock()
        if newest < await facts.next_seq():
            return "The database knows every version that was told."
        await facts.advance_seq(newest + MARGIN)
        return f"Versions go on after {newest + MARGIN:,}: {newest:,} had been told."


async def open_pool(url: str, *, size: int) -> Pool:
    """Open the pool of a command that may give versions."""
    return await connect_pool(url, name="forwarding", size=size, greet=go_past)
