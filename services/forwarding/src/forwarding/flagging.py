"""Rules that may not stand any more, or may again: flagged, rearmed and told."""

from datetime import datetime

import asyncpg

from chassis import outbox
from chassis.postgres import Connection
from contracts.forwardings import ForwardingConfigured
from contracts.number_range import NumberRange
from forwarding.arming import rearm
from forwarding.hold_store import HoldStore
from forwarding.rule_check import Refused, objection
from forwarding.rule_store import RuleStore, rule_of
from forwarding.store import FactStore
from forwarding.wish_store import WishStore

RULES_AT_ONCE = 50
"""Looked at in one transaction: an outage waits no longer than for these."""


async def look_at(
    facts: FactStore,
    holds: HoldStore,
    connection: Connection,
    row: asyncpg.Record,
    *,
    by: str,
    at: datetime,
) -> bool:
    """
    Look at one stored rule; return whether it is flagged now and was not.

    What must not divert is off the switch with the next acknowledgement. Only while
    locked.
    """
    numbers = NumberRange(row["number"], row["last"])
    option = await facts.option_here(numbers)
    if option is None:
        return False
    rules = RuleStore(connection)
    refused = await objection(
        facts,
        rules,
        holds,
        numbers,
        option,
        rule_of(row),
        around=await facts.block_around(numbers),
        countries=tuple(row["allowed_countries"]),
    )
    if not await rules.flag_rule(numbers, refused.code if refused else None):
        return False
    await rearm(connection, numbers)
    await _tell(connection, row, refused, by=by, at=at)
    return refused is not None


async def _tell(
    connection: Connection,
    row: asyncpg.Record,
    refused: Refused | None,
    *,
    by: str,
    at: datetime,
) -> None:
    numbers = NumberRange(row["number"], row["last"])
    customer = row["customer_number"]
    event = ForwardingConfigured(
        request_id=None,
        customer_number=customer,
        number=numbers.first,
        last=None if numbers.is_single else numbers.last,
        action="set",
        outcome="flagged" if refused else "accepted",
        rule=rule_of(row),
        code=refused.code if refused else None,
        chain=refused.chain if refused else (),
        # Of the wish that the rule came from: a newer one is not told over.
        version=await WishStore(connection).newest(customer, numbers),
        requested_by=by,
        configured_at=at,
    )
    await outbox.add(connection, event, at=at)
