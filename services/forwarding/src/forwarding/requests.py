"""Wishes of customers: taken over when they may be, else refused with the reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from chassis import outbox
from chassis.clock import Clock
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.forwardings import (
    ForwardingConfigured,
    ForwardingRequested,
    RuleSetting,
)
from contracts.number_range import BadRange, NumberRange
from contracts.refusal import Refusal
from contracts.target_check import (
    RulePlace,
    TargetPolicy,
    check_block_target,
    check_target,
)
from forwarding import causes
from forwarding.arming import rearm
from forwarding.domain import Option
from forwarding.store import FactStore

log = structlog.get_logger()

PATIENCE = timedelta(minutes=15)
"""How long a wish waits for the fact that opens its number."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a wish is not taken over."""

    code: str
    chain: tuple[str, ...] = ()


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
        for text in await facts.early_wishes(opened):
            wish = ForwardingRequested.model_validate_json(text)
            await self._look_at(facts, connection, wish)

    async def give_up(self, connection: Connection) -> None:
        """Refuse wishes for numbers that nobody opened in time."""
        facts = FactStore(connection)
        await facts.lock()
        for text in await facts.stale_wishes(self._clock.now() - PATIENCE):
            wish = ForwardingRequested.model_validate_json(text)
            numbers = numbers_of(wish.number, wish.last)
            unknown = Refused("number_unknown")
            await self._answer(facts, connection, wish, numbers, unknown)

    async def _look_at(
        self, facts: FactStore, connection: Connection, wish: ForwardingRequested
    ) -> None:
        numbers = numbers_of(wish.number, wish.last)
        if not await is_open(facts, numbers, wish.customer_number):
            await facts.keep_early(wish, numbers, at=self._clock.now())
            return
        newest = await facts.is_newest_wish(wish.customer_number, numbers, wish.version)
        if not newest:
            log.info("wish_overtaken", version=wish.version)
            return
        refused = await self._take_over(facts, connection, wish, numbers)
        await self._answer(facts, connection, wish, numbers, refused)

    async def _take_over(
        self,
        facts: FactStore,
        connection: Connection,
        wish: ForwardingRequested,
        numbers: NumberRange,
    ) -> Refused | None:
        option = await facts.option(numbers) or await facts.block_around(numbers)
        if option is None or not option.enabled:
            return Refused("number_unknown")
        if wish.action in ("start", "stop"):
            return await self._use(facts, connection, wish, numbers)
        rule = wish.rule if wish.action == "set" else None
        if rule and (refused := await check_rule(facts, numbers, option, wish)):
            return refused
        await _store_rule(facts, wish, numbers, rule, at=self._clock.now())
        await rearm(connection, numbers)
        return None

    async def _use(
        self,
        facts: FactStore,
        connection: Connection,
        wish: ForwardingRequested,
        numbers: NumberRange,
    ) -> Refused | None:
        if wish.cause is None:
            raise Rejected("cause_missing", "start and stop name manual or drill.")
        if wish.action == "stop":
            await causes.stop(connection, numbers, wish.cause)
            return None
        around = await facts.block_around(numbers)
        rule = await facts.rule(numbers)
        if rule is None and around:
            rule = await facts.rule(around.numbers)
        if rule is None or not rule.enabled:
            return Refused("not_armed")
        await causes.start(
            connection,
            numbers,
            wish.cause,
            cause_id=wish.request_id,
            by=wish.requested_by,
            at=self._clock.now(),
            ends_at=wish.ends_at,
        )
        return None

    async def _answer(
        self,
        facts: FactStore,
        connection: Connection,
        wish: ForwardingRequested,
        numbers: NumberRange,
        refused: Refused | None,
    ) -> None:
        now = self._clock.now()
        event = ForwardingConfigured(
            request_id=wish.request_id,
            customer_number=wish.customer_number,
            number=wish.number,
            last=wish.last,
            action=wish.action,
            outcome="refused" if refused else "accepted",
            rule=await facts.rule(numbers),
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


async def is_open(facts: FactStore, numbers: NumberRange, customer: str) -> bool:
    """
    Return whether a wish can be judged: the number is, or was, this customer's.

    Topics have no common order, so the fact that opens the number may still come.
    """
    option = await facts.option(numbers) or await facts.block_around(numbers)
    return option is not None and option.customer_number == customer


def numbers_of(number: str, last: str | None) -> NumberRange:
    """Return the range that an event names; raises Rejected when it is none."""
    try:
        return NumberRange(number, last or number)
    except BadRange as error:
        raise Rejected("bad_range", str(error)) from error


async def _store_rule(
    facts: FactStore,
    wish: ForwardingRequested,
    numbers: NumberRange,
    rule: RuleSetting | None,
    *,
    at: datetime,
) -> None:
    if rule:
        await facts.keep_rule(
            numbers, wish.customer_number, rule, wish.allowed_countries
        )
    else:
        await facts.remove_rule(numbers)
    await facts.remember(
        numbers,
        wish.customer_number,
        rule,
        reason=wish.action,
        by=wish.requested_by,
        at=at,
    )


async def check_rule(
    facts: FactStore,
    numbers: NumberRange,
    option: Option,
    wish: ForwardingRequested,
) -> Refused | None:
    """Check every target again, with all rules of all customers in view."""
    rule = wish.rule
    if rule is None or (rule.enabled and rule.target is None):
        return Refused("target_missing")
    if rule.keep_extension and numbers.is_single:
        return Refused("target_not_a_block")
    for target in (rule.target, rule.fallback_target):
        if target is None:
            continue
        keeps = rule.keep_extension and target == rule.target
        refusal = await look_at(
            facts,
            numbers,
            option,
            target,
            keeps=keeps,
            countries=wish.allowed_countries,
        )
        if refusal:
            return Refused(refusal.code, refusal.chain)
    return None


async def look_at(
    facts: FactStore,
    numbers: NumberRange,
    option: Option,
    target: str,
    *,
    keeps: bool,
    countries: tuple[str, ...],
) -> Refusal | None:
    """Return why calls may not go there now, or None."""
    around = await facts.block_around(numbers)
    goal = NumberRange.starting(target, size=numbers.size) if keeps else None
    place = RulePlace(
        number=numbers,
        block=around.numbers if around else None,
        same_line=tuple(await facts.on_line(option.line)),
        rules=await reachable(facts, numbers, goal or NumberRange.single(target)),
    )
    check = check_block_target if keeps else check_target
    found = check(target, place=place, contract=TargetPolicy(frozenset(countries)))
    return found if isinstance(found, Refusal) else None


async def reachable(
    facts: FactStore, start: NumberRange, target: NumberRange
) -> dict[NumberRange, NumberRange]:
    """Return the rules that calls to `target` would follow, over any number of hops."""
    rules: dict[NumberRange, NumberRange] = {}
    ahead = [target]
    while ahead:
        for row in await facts.rules_touching(ahead.pop()):
            source = NumberRange(row["number"], row["last"])
            if source in rules or source == start:
                continue
            size = source.size if row["keep_extension"] else 1
            rules[source] = (
                NumberRange.starting(row["target"], size=size)
                if size > 1
                else NumberRange.single(row["target"])
            )
            ahead.append(rules[source])
    return rules
