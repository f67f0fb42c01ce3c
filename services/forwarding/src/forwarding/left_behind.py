"""
Rules that the switch could not follow, though it did for all others.

A flag moves many numbers with one write; where the switch has one slot a number, one of
them may fail alone. Its rule is pending again then: so the flip leaves it out, the
keeper sends it until it is done, and its customer hears that it failed, and the end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from chassis.errors import Unavailable
from chassis.postgres import Connection
from forwarding.arming_store import ArmingStore
from forwarding.switch import Answer, Operation, Switch
from forwarding.telling import Scope, tell_failure

log = structlog.get_logger()

REFUSED = "switch_refused"
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


async def hand_over(
    connection: Connection, scopes: Mapping[str, str], *, at: datetime
) -> int:
    """Leave rules to the keeper and tell it; only while the facts are locked."""
    try_at = at + FIRST_PAUSE
    rows = await ArmingStore(connection).fail(scopes, try_at=try_at)
    for row in rows:
        log.warning(REFUSED, scope=row["scope"], reason=row["failure"], attempts=1)
        scope, seq = Scope.of(row), row["seq"]
        await tell_failure(connection, scope, REFUSED, 1, seq=seq, at=at)
    return len(rows)
