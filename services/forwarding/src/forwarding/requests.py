"""Wishes of customers: taken over when they may be, else refused with the reason."""

from datetime import datetime, timedelta

import structlog

from chassis import outbox
from chassis.clock import Clock
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.forwardings import (
    LONGEST_DRILL,
    ForwardingConfigured,
    ForwardingRequested,
    RuleSetting,
)
from contracts.number_range import BadRange, NumberRange
from forwarding import causes
from forwarding.arming import rearm
from forwarding.domain import Option, is_stranger
from forwarding.end_store import EndStore
from forwarding.hold_store import HoldStore
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
    """Takes over what customers ask for, one wish at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def on_requested(
        self, received: Received[ForwardingRequested], connection: Connection
    ) -> None:
        """Take over a wish or refuse it, and say which."""
        facts = FactStore(connection)
        await facts.lock()
        await self._look_at(facts, connection, received.event)

    async def resume(self, connection: Connection, opened: NumberRange) -> None:
        """Look at wishes that came before these numbers opened. Only while locked."""
        facts = FactStore(connection)
        for text in await WishStore(connection).early(opened):
            wish = ForwardingRequested.model_validate_json(text)
            await self._look_at(facts, connection, wish)

    async def give_up(self, connection: Connection) -> None:
        """Refuse wishes for numbers that nobody opened in time."""
        facts = FactStore(connection)
        await facts.lock()
        for text in await WishStore(connection).stale(self._clock.now() - PATIENCE):
            wish = ForwardingRequested.model_validate_json(text)
            numbers = numbers_of(wish.number, wish.last)
            option = await facts.option_here(numbers)
            unknown = Refused("number_unknown")
            await self._answer(connection, wish, numbers, option, unknown)

    async def _look_at(
        self, facts: FactStore, connection: Connection, wish: ForwardingRequested
    ) -> None:
        numbers = numbers_of(wish.number, wish.last)
        if wish.action in ("start", "stop"):
            cause_of(wish)  # parked now: later it would be with what opens its number
        option = await facts.option_here(numbers)
        over = await is_over(EndStore(connection), option, wish)
        if not over and not is_open(option, wish.customer_number):
            await WishStore(connection).keep_early(wish, numbers, at=self._clock.now())
            return
        newest = await WishStore(connection).is_newest(
            wish.customer_number, numbers, wish.version
        )
        if not newest:
            log.info("wish_overtaken", version=wish.version)
            return
        wish = with_end(wish, self._clock.now())
        refused: Refused | None = Refused("number_unknown")
        if option and not over:
            refused = await self._take_over(facts, connection, wish, numbers, option)
        await self._answer(connection, wish, numbers, option, refused)

    async def _take_over(
        self,
        facts: FactStore,
        connection: Connection,
        wish: ForwardingRequested,
        numbers: NumberRange,
        option: Option,
    ) -> Refused | None:
        if wish.action in ("start", "stop"):
            return await self._use(facts, connection, wish, numbers)
        rule = wish.rule if wish.action == "set" else None
        if wish.action == "set":
            rules = RuleStore(connection)
            holds = HoldStore(connection)
            if refused := await check_rule(facts, rules, holds, numbers, option, wish):
                return refused
        await _store_rule(
            RuleStore(connection), wish, numbers, rule, at=self._clock.now()
        )
        await rearm(connection, numbers)
        return None

    async def _use(
        self,
        facts: FactStore,
        connection: Connection,
        wish: ForwardingRequested,
        numbers: NumberRange,
    ) -> Refused | None:
        cause = cause_of(wish)
        if wish.action == "stop":
            await causes.stop(connection, numbers, cause)
            return None
        rule = await _rule_in_force(facts, RuleStore(connection), numbers)
        if rule is None or not rule.enabled:
            return Refused("not_armed")
        await causes.start(
            connection,
            numbers,
            cause,
            cause_id=wish.request_id,
            by=wish.requested_by,
            at=self._clock.now(),
            ends_at=wish.ends_at,
        )
        return None

    async def _answer(
        self,
        connection: Connection,
        wish: ForwardingRequested,
        numbers: NumberRange,
        option: Option | None,
        refused: Refused | None,
    ) -> None:
        now = self._clock.now()
        # Nobody is told the rule of another customer's number.
        open_ = is_open(option, wish.customer_number)
        event = ForwardingConfigured(
            request_id=wish.request_id,
            customer_number=wish.customer_number,
            number=wish.number,
            last=wish.last,
            action=wish.action,
            outcome="refused" if refused else "accepted",
            rule=await RuleStore(connection).rule(numbers) if open_ else None,
            cause=wish.cause,
            ends_at=wish.ends_at,
            code=refused.code if refused else None,
            chain=refused.chain if refused else (),
            version=wish.version,
            requested_by=wish.requested_by,
            configured_at=now,
        )
        answer_id = derived_id("configured", wish.request_id)
        await outbox.add(connection, event, at=now, event_id=answer_id)


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


async def _rule_in_force(
    facts: FactStore, rules: RuleStore, numbers: NumberRange
) -> RuleSetting | None:
    rule = await rules.rule_to_arm(numbers)
    around = await facts.block_around(numbers)
    if rule or around is None or is_stranger(await facts.option(numbers), around):
        return rule
    return await rules.rule_to_arm(around.numbers)


async def _store_rule(
    rules: RuleStore,
    wish: ForwardingRequested,
    numbers: NumberRange,
    rule: RuleSetting | None,
    *,
    at: datetime,
) -> None:
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
