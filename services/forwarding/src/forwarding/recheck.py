"""The nightly second look: targets that were allowed once may be barred by now."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

import structlog

from chassis.clock import BERLIN
from chassis.postgres import TRANSIENT
from chassis.service import Service
from forwarding.flagging import RULES_AT_ONCE, look_at
from forwarding.hold_store import HoldStore
from forwarding.requests import Requests
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore

log = structlog.get_logger()

AT = time(3, 0)


class Recheck:
    """Looks at every stored rule once a night and flags what would be refused now."""

    def __init__(self, service: Service, requests: Requests) -> None:
        self._service, self._requests = service, requests

    async def run(self) -> None:
        """Look when night comes; refuse wishes that wait in vain in between."""
        while True:
            night = seconds_until_night(self._service.clock.now())
            await asyncio.sleep(min(night, 60))
            with suppress(*TRANSIENT):
                async with self._service.transaction() as connection:
                    await self._requests.give_up(connection)
                if night <= 60:  # noqa: PLR2004 - the rest of the minute is slept
                    await self.look()

    async def look(self) -> int:
        """Look at all rules now and return how many were flagged."""
        flagged, after = 0, ("", "")
        while True:
            async with self._service.transaction() as connection:
                facts, rules = FactStore(connection), RuleStore(connection)
                holds = HoldStore(connection)
                await facts.lock()
                rows = await rules.rules_after(*after, RULES_AT_ONCE)
                now = self._service.clock.now()
                for row in rows:
                    flagged += await look_at(
                        facts, holds, connection, row, by="recheck", at=now
                    )
            if len(rows) < RULES_AT_ONCE:
                log.info("targets_rechecked", flagged=flagged)
                return flagged
            after = (rows[-1]["number"], rows[-1]["last"])


def seconds_until_night(now: datetime) -> float:
    """Return how long it is until the next look, at three o'clock in Germany."""
    here = now.astimezone(BERLIN)
    night = datetime.combine(here.date(), AT, BERLIN)
    if night <= here:
        night += timedelta(days=1)
    # Two times of one zone would be taken apart by what clocks on walls show.
    return (night.astimezone(UTC) - now).total_seconds()
