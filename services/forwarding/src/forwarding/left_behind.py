"""
Rules that the switch could not follow, though it did for all others.

A flag moves many numbers with one write; where the switch has one slot a number, one of
them may fail alone. Its rule is pending again then: so the flip leaves it out, the
keeper sends it until it is done, and its customer hears that it failed, and the end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.postgres import Connection, Transaction
from forwarding.arming_store import ArmingStore
from forwarding.store import FactStore
from forwarding.switch import Answer, Operation, Switch
from forwarding.telling import tell_refusal

log = structlog.get_logger()

FIRST_PAUSE = timedelta(seconds=0.5)


def left_by(answers: Sequence[Answer]) -> dict[str, str]:
    """Return the scopes whose rules were left, and why."""
    left = (each for answer in answers for each in answer.left)
    return {key.removeprefix("rule/"): reason for key, reason in left}


async def apply_flags(
    switch: Switch, operations: Sequence[Operation]
) -> dict[str, str]:
    """
    Send flags to the switch; a newer one there already is as good.

    A place that it cannot even name carries no armed number: the others go on. Returns
    the scopes whose rules could not follow.
    """
    answers = await switch.apply(operations)
    for answer in answers:
        if answer.reason == "bad_key":
            log.error("place_refused", key=answer.key, reason=answer.reason)
        elif answer.result == "refused":
            raise Unavailable(f"flag refused: {answer.reason}")
    return left_by(answers)


async def leave(
    transaction: Transaction, scopes: Mapping[str, str], *, clock: Clock
) -> None:
    """Leave rules to the keeper, if there are any."""
    if scopes:
        async with transaction() as connection:
            await FactStore(connection).lock()
            await hand_over(connection, scopes, at=clock.now())


async def hand_over(
    connection: Connection, scopes: Mapping[str, str], *, at: datetime
) -> None:
    """Leave rules to the keeper and tell it; only while the facts are locked."""
    if not scopes:
        return
    try_at = at + FIRST_PAUSE
    for row in await ArmingStore(connection).fail(scopes, try_at=try_at):
        reason, seq = row["failure"], row["seq"]
        await tell_refusal(connection, row, reason, 1, seq=seq, at=at)
