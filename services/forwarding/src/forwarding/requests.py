"""Wishes of customers: taken over when they may be, else refused with the reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from chassis import tracing
from chassis.clock import Clock
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.forwardings import (
    LONGEST_DRILL,
    ForwardingConfigured,
    ForwardingRequested,
    RuleSetting,
)
from contracts.number_range import BadRange, NumberRange
from forwarding import causes
from forwarding.domain import Option, is_stranger
from forwarding.end_store import EndStore
from forwarding.hearing import Hearing
from forwarding.rule_check import Refused, check_rule
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore
from forwarding.wish_store import WishStore

log = structlog.get_logger()

PATIENCE = timedelta(minutes=15)
"""How long a wish waits for the fact that opens its number."""
USUAL_DRILL = timedelta(minutes=15)
"""A drill ends by itself, also when nobody said when."""


class Requests:
    """Takes over what customers ask for, one wish after the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def on_requested(
        self, received: Sequence[Received[ForwardingRequested]], connection: Connection
    ) -> None:
        """Take over each wish or refuse it, and say which."""
        await FactStore(connection).lock()
        wishes = [one.event for one in received]
        await self._look_at_all(
            connection, wishes, [one.traceparent for one in received]
        )

    async def resume(self, connection: Connection, opened: NumberRange) -> None:
        """Look at wishes that came before these numbers opened. Only while locked."""
        if wishes := _read(await WishStore(connection).early(opened)):
            await self._look_at_all(connection, wishes, [None] * len(wishes))

    async def give_up(self, connection: Connection) -> None:
        """Refuse wishes for numbers that nobody opened in time."""
        await FactStore(connection).lock()
        now = self._clock.now()
        wishes = _read(await WishStore(connection).stale(now - PATIENCE))
        hearing = await _hearing_of(connection, wishes)
        for wish in wishes:
            await self._answer(hearing, wish, Refused("number_unknown"))
        await hearing.end(at=now)

    async def _look_at_all(
        self,
        connection: Connection,
        wishes: Sequence[ForwardingRequested],
        traces: Sequence[str | None],
    ) -> None:
        hearing = await _hearing_of(connection, wishes)
        for wish, trace in zip(wishes, traces, strict=True):
            with tracing.within(trace):
                await self._look_at(hearing, wish)
        await hearing.end(at=self._clock.now())

    async def _look_at(self, hearing: Hearing, wish: ForwardingRequested) -> None:
        numbers = numbers_of(wish.number, wish.last)
        if wish.action in ("start", "stop"):
            cause_of(wish)  # parked now: later it would be with what opens its number
        option, now = hearing.option_here(numbers), self._clock.now()
        over = await is_over(hearing.ends, option, wish)
        if not over and not is_open(option, wish.customer_number):
            await hearing.wishes.keep_early(wish, numbers, at=now)
            return
        newest = await hearing.wishes.is_newest(
            wish.customer_number, numbers, wish.version
        )
        if not newest:
            log.info("wish_overtaken", version=wish.version)
            return
        wish = with_end(wish, now)
        refused: Refused | None = Refused("number_unknown")
        if option and not over:
            refused = await self._take_over(hearing, wish, numbers, option)
        await self._answer(hearing, wish, refused)

    async def _take_over(
        self,
        hearing: Hearing,
        wish: ForwardingRequested,
        numbers: NumberRange,
        option: Option,
    ) -> Refused | None:
        if wish.action in ("start", "stop"):
            return await self._use(hearing, wish, numbers)
        if wish.action == "set":
            around = hearing.block_around(numbers)
            if refused := await check_rule(
                hearing.facts,
                hearing.rules,
                hearing.holds,
                numbers,
                option,
                wish,
                around=around,
            ):
                return refused
        await _store_rule(hearing.rules, wish, numbers, at=self._clock.now())
        await hearing.arm(numbers)
        return None

    async def _use(
        self, hearing: Hearing, wish: ForwardingRequested, numbers: NumberRange
    ) -> Refused | None:
        cause = cause_of(wish)
        await hearing.catch_up()
        if wish.action == "stop":
            await causes.stop(hearing.connection, numbers, cause)
            return None
        rule = await _rule_in_force(hearing, numbers)
        if rule is None or not rule.enabled:
            return Refused("not_armed")
        await causes.start(
            hearing.connection,
            numbers,
            cause,
            cause_id=wish.request_id,
            by=wish.requested_by,
            at=self._clock.now(),
            ends_at=wish.ends_at,
        )
        return None

    async def _answer(
        self, hearing: Hearing, wish: ForwardingRequested, refused: Refused | None
    ) -> None:
        numbers = numbers_of(wish.number, wish.last)
        event = ForwardingConfigured(
            request_id=wish.request_id,
            customer_number=wish.customer_number,
            number=wish.number,
            last=wish.last,
            action=wish.action,
            outcome="refused" if refused else "accepted",
            rule=await _rule_now(hearing, numbers, wish, refused),
            cause=wish.cause,
            ends_at=wish.ends_at,
            code=refused.code if refused else None,
            chain=refused.chain if refused else (),
            version=wish.version,
            requested_by=wish.requested_by,
            configured_at=self._clock.now(),
        )
        hearing.answer(event)


def _read(texts: Sequence[str]) -> list[ForwardingRequested]:
    return [ForwardingRequested.model_validate_json(text) for text in texts]


async def _hearing_of(
    connection: Connection, wishes: Sequence[ForwardingRequested]
) -> Hearing:
    scopes = [numbers_of(wish.number, wish.last) for wish in wishes]
    return await Hearing.of(connection, scopes)


def with_end(wish: ForwardingRequested, now: datetime) -> ForwardingRequested:
    """Return the wish with the end that its drill will have, which is told back."""
    if (wish.action, wish.cause) != ("start", "drill"):
        return wish
    ends_at = min(wish.ends_at or now + USUAL_DRILL, now + LONGEST_DRILL)
    return wish.model_copy(update={"ends_at": ends_at})


def cause_of(wish: ForwardingRequested) -> causes.CauseName:
    """Return what shall start or stop; raises Rejected when the wish names nothing."""
    if wish.cause is None:
        raise Rejected("cause_missing", "start and stop name manual or drill.")
    return wish.cause


def is_open(option: Option | None, customer: str) -> bool:
    """
    Return whether a wish can be judged: the number is this customer's now.

    Topics have no common order, so the fact that opens the number may still come.
    """
    return option is not None and option.enabled and option.customer_number == customer


async def is_over(
    ends: EndStore, option: Option | None, wish: ForwardingRequested
) -> bool:
    """Return whether the option ended after the wish, also when it began anew since."""
    if option is None:
        return False
    known, customer = wish.option_version, wish.customer_number
    if known is not None and option.version > known and not is_open(option, customer):
        return True
    return await ends.has_ended(
        option.numbers, customer, after=known, since=wish.requested_at
    )


def numbers_of(number: str, last: str | None) -> NumberRange:
    """Return the range that an event names; raises Rejected when it is none."""
    try:
        return NumberRange(number, last or number)
    except BadRange as error:
        raise Rejected("bad_range", str(error)) from error


async def _rule_now(
    hearing: Hearing,
    numbers: NumberRange,
    wish: ForwardingRequested,
    refused: Refused | None,
) -> RuleSetting | None:
    """Return the rule that these numbers have after the wish, as its customer may."""
    if wish.action in ("set", "remove") and not refused:
        return wish.rule if wish.action == "set" else None
    # Nobody is told the rule of another customer's number.
    if not is_open(hearing.option_here(numbers), wish.customer_number):
        return None
    return await hearing.rules.rule(numbers)


async def _rule_in_force(hearing: Hearing, numbers: NumberRange) -> RuleSetting | None:
    rule = await hearing.rules.rule_to_arm(numbers)
    around = hearing.block_around(numbers)
    if rule or around is None or is_stranger(hearing.own_option(numbers), around):
        return rule
    return await hearing.rules.rule_to_arm(around.numbers)


async def _store_rule(
    rules: RuleStore, wish: ForwardingRequested, numbers: NumberRange, *, at: datetime
) -> None:
    rule = wish.rule if wish.action == "set" else None
    if rule:
        await rules.keep_rule(
            numbers,
            wish.customer_number,
            rule,
            wish.allowed_countries,
            wished_at=wish.requested_at,
            option_version=wish.option_version,
        )
    else:
        await rules.remove_rules([numbers])
    await rules.remember(
        [numbers],
        wish.customer_number,
        rule,
        reason=wish.action,
        by=wish.requested_by,
        at=at,
    )
