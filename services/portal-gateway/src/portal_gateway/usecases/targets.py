"""May calls go there? What a save would say, said before it is sent."""

from dataclasses import replace
from typing import Any

from chassis.postgres import Connection
from contracts.target_check import TargetPolicy
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Setting
from portal_gateway.domain.judging import Judge, to_check
from portal_gateway.store import neighbours


async def checked(
    connection: Connection,
    customer: str,
    entry: Entry,
    own: Setting,
    changes: dict[str, Any],
    policy: TargetPolicy,
) -> Setting:
    """Return the rule after the changes with canonical targets; raises Refused."""
    wished = replace(own, **changes)
    judge = (
        await _judge(connection, customer, entry, policy)
        if to_check(own, wished)
        else Judge((), (), policy)  # it has nowhere to look, and nothing to look for
    )
    return judge.settled(entry, own, wished)


async def check(
    connection: Connection,
    customer: str,
    entry: Entry,
    text: str,
    policy: TargetPolicy,
) -> str:
    """Return the canonical target; raises Refused with what a save would say."""
    judge = await _judge(connection, customer, entry, policy)
    return judge.accepted(text, entry)


async def _judge(
    connection: Connection, customer: str, entry: Entry, policy: TargetPolicy
) -> Judge:
    """Return one who knows what stands beside one number."""
    around = await neighbours.of(connection, customer, entry.span, entry.line)
    beside = ((span, entry.line) for span in around.same_line)
    return Judge(beside, around.rules, policy)
