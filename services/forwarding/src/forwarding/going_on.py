"""
Versions go on from what was told, whatever the database remembers.

One that was restored, or whose standby had not heard of the last commits, would give
versions that it gave before to something else. Readers and the switch keep what is
newer, so they would not believe it.
"""

import structlog

from chassis.replaying import newest_told
from chassis.service import Service
from contracts.forwardings import ForwardingApplied
from forwarding.store import FactStore
from forwarding.switch import LARGEST_VERSION

log = structlog.get_logger()

MARGIN = 10_000
"""The last that was told need not be the newest, and the switch hears things first."""


async def go_on(service: Service) -> None:
    """Go past every version that was told; that is nothing unless some were lost."""
    told = await newest_told(service.settings, ForwardingApplied)
    # One that no switch takes was not told by us.
    newest = max((v for e in told if (v := e.version) <= LARGEST_VERSION), default=0)
    async with service.transaction() as connection:
        facts = FactStore(connection)
        # Without the lock: an instance that is frozen with it must keep nobody waiting.
        ours = await facts.next_seq()
        if newest >= ours:
            await facts.lock()
            await facts.advance_seq(newest + MARGIN)
            log.error("database_forgot_what_it_told", told=newest, known=ours)
