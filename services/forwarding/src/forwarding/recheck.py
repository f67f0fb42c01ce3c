"""The nightly second look: targets that were allowed once may be barred by now."""

import asyncio
from contextlib import suppress
from datetime import datetime, time, timedelta

import asyncpg
import structlog

from chassis import outbox
from chassis.clock import BERLIN
from chassis.postgres import TRANSIENT, Connection
from chassis.service import Service
from contracts.forwardings import ForwardingConfigured
from contracts.number_range import NumberRange
from contracts.refusal import Refusal
from forwarding.requests import Requests
from forwarding.rule_check import refusal_of
from forwarding.rule_store import RuleStore, rule_of
from forwarding.store import FactStore

log = structlog.get_logger()

AT = time(3, 0)
PAGE = 500


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
                await facts.lock()
                rows = await rules.rules_after(*after, PAGE)
                for row in rows:
                    flagged += await self._look_at(facts, connection, row)
            if len(rows) < PAGE:
                log.info("targets_rechecked", flagged=flagged)
                return flagged
            after = (rows[-1]["number"], rows[-1]["last"])

    async def _look_at(
        self, facts: FactStore, connection: Connection, row: asyncpg.Record
    ) -> bool:
        numbers = NumberRange(row["number"], row["last"])
        option = await facts.option(numbers) or await facts.block_around(numbers)
        if option is None:
            return False
        refusal = await refusal_of(
            facts,
            RuleStore(connection),
            numbers,
            option,
            rule_of(row),
            countries=tuple(row["allowed_countries"]),
        )
        code = refusal.code if refusal else None
        if not await RuleStore(connection).flag_rule(numbers, code) or not refusal:
            return False
        await self._flag(connection, row, refusal)
        return True

    async def _flag(
        self, connection: Connection, row: asyncpg.Record, refusal: Refusal
    ) -> None:
        now = self._service.clock.now()
        single = row["number"] == row["last"]
        event = ForwardingConfigured(
            request_id=None,
            customer_number=row["customer_number"],
            number=row["number"],
            last=None if single else row["last"],
            action="set",
            outcome="flagged",
            rule=rule_of(row),
            code=refusal.code,
            chain=refusal.chain,
            version=0,
            requested_by="recheck",
            configured_at=now,
        )
        await outbox.add(connection, event, at=now)


def seconds_until_night(now: datetime) -> float:
    """Return how long it is until the next look, at three o'clock in Germany."""
    here = now.astimezone(BERLIN)
    night = datetime.combine(here.date(), AT, BERLIN)
    if night <= here:
        night += timedelta(days=1)
    return (night - here).total_seconds()
