"""May calls go there? What a save would say, said before it is sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from chassis.postgres import Connection
from contracts.target_check import TargetPolicy
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Setting
from portal_gateway.domain.judging import Judge, to_check
from portal_gateway.domain.refused import Refused
from portal_gateway.store import picture


async def checked(
    connection: Connection,
    customer: str,
    entry: Entry,
    own: Setting,
    changes: dict[str, Any],
    policy: TargetPolicy,
    *,
    at: datetime,
) -> Setting:
    """Return the rule after the changes with canonical targets; raises Refused."""
    wished = replace(own, **changes)
    judge = (
        await _judge(connection, customer, entry, policy, at)
        if to_check(own, wished)
        else Judge((), (), policy)  # it has nowhere to look, and nothing to look for
    )
    while True:
        try:
            return judge.settled(entry, own, wished)
        except Refused as refused:
            simpler = _simpler(own, wished, changes, refused.code)
            if simpler == wished:
                raise
            wished = simpler


def _simpler(
    own: Setting, wished: Setting, changes: dict[str, Any], code: str
) -> Setting:
    """Return it without what belongs to the former target, and nobody named anew."""
    if changes.get("target") in {None, own.target}:
        return wished
    if code == "fallback_is_target" and "fallback_target" not in changes:
        return replace(wished, fallback_target=None)
    if "keep_extension" not in changes:
        return replace(wished, keep_extension=False)
    return wished


async def check(
    connection: Connection,
    customer: str,
    entry: Entry,
    text: str,
    policy: TargetPolicy,
    *,
    at: datetime,
) -> str:
    """Return the canonical target; raises Refused with what a save would say."""
    if not text:
        raise Refused("target_missing")
    judge = await _judge(connection, customer, entry, policy, at)
    return judge.accepted(text, entry)


async def _judge(
    connection: Connection,
    customer: str,
    entry: Entry,
    policy: TargetPolicy,
    at: datetime,
) -> Judge:
    """Return one who knows what stands beside one number."""
    known = await picture.of_rules(connection, customer, at=at)
    return Judge.beside(entry.line, known, policy)
