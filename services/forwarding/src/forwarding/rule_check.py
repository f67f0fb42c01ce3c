"""May a rule stand? Every target looked at with the rules of all customers in view."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from contracts.forwardings import ForwardingRequested, RuleSetting
from contracts.number_range import BadRange, NumberRange
from contracts.refusal import Refusal
from contracts.target_check import (
    RulePlace,
    TargetPolicy,
    check_block_target,
    check_target,
)
from contracts.target_circle import Lookup, following
from forwarding.domain import Option
from forwarding.hold_store import HoldStore
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a wish is not taken over, or a rule may not stand."""

    code: str
    chain: tuple[str, ...] = ()


async def check_rule(
    facts: FactStore,
    rules: RuleStore,
    holds: HoldStore,
    numbers: NumberRange,
    option: Option,
    wish: ForwardingRequested,
    *,
    around: Option | None,
) -> Refused | None:
    """Check every target again, with all rules of all customers in view."""
    rule = wish.rule
    if rule is None or (rule.enabled and rule.target is None):
        return Refused("target_missing")
    if rule.keep_extension and numbers.is_single:
        return Refused("target_not_a_block")
    if not rule.enabled and _same_targets(await rules.rule(numbers), rule):
        return None  # whatever is wrong with them: a rule can always be switched off
    return await objection(
        facts,
        rules,
        holds,
        numbers,
        option,
        rule,
        around=around,
        countries=wish.allowed_countries,
    )


def _same_targets(known: RuleSetting | None, rule: RuleSetting) -> bool:
    return known is not None and (
        (known.target, known.keep_extension, known.fallback_target)
        == (rule.target, rule.keep_extension, rule.fallback_target)
    )


async def objection(
    facts: FactStore,
    rules: RuleStore,
    holds: HoldStore,
    numbers: NumberRange,
    option: Option,
    rule: RuleSetting,
    *,
    around: Option | None,
    countries: tuple[str, ...],
) -> Refused | None:
    """Return why a rule may not stand now, or None; `around`: of the block around."""
    if rule.enabled and await holds.is_customer_held(option.customer_number):
        return Refused("customer_held")
    contract = TargetPolicy(frozenset(countries), held=await holds.targets())
    for target in (rule.target, rule.fallback_target):
        if target is None:
            continue
        found = await _look_at(
            facts,
            rules,
            numbers,
            option,
            target,
            around=around,
            keeps=rule.keep_extension and target == rule.target,
            contract=contract,
        )
        if found:
            return Refused(found.code, await _shown(facts, option, found.chain))
    return None


async def _shown(
    facts: FactStore, option: Option, circle: tuple[str, ...]
) -> tuple[str, ...]:
    """Leave out where other customers' rules lead, unless it is to a number of his."""
    is_his = [await _is_his(facts, option, number) for number in circle]
    # Of the first, the one before is the last, which is the same number.
    return tuple(
        number
        for at, number in enumerate(circle)
        if is_his[at] or is_his[at - 1]  # his own rule leads there
    )


async def _is_his(facts: FactStore, option: Option, number: str) -> bool:
    try:
        found = await facts.option_here(NumberRange.single(number))
    except BadRange:  # lengthened beyond what a number may have
        return False
    return found is not None and found.customer_number == option.customer_number


async def _look_at(
    facts: FactStore,
    rules: RuleStore,
    numbers: NumberRange,
    option: Option,
    target: str,
    *,
    around: Option | None,
    keeps: bool,
    contract: TargetPolicy,
) -> Refusal | None:
    goal = _goal(target, numbers.size if keeps else 1)
    place = RulePlace(
        number=numbers,
        block=around.numbers if around else None,
        same_line=tuple(await facts.neighbours(option.line, goal)),
        rules=await reachable(rules, numbers, goal),
    )
    check = check_block_target if keeps else check_target
    found = check(target, place=place, contract=contract)
    return found if isinstance(found, Refusal) else None


def _goal(target: str, size: int) -> NumberRange:
    """Return where calls end: so many numbers from there on, as far as there are."""
    try:
        return NumberRange.starting(target, size=size)
    except BadRange:
        return NumberRange.single(target)


async def reachable(
    rules: RuleStore, start: NumberRange, target: NumberRange
) -> Lookup:
    """
    Return where calls that come to `target` may go on, over any number of hops.

    By any rule but that of `start`; to its fallback too, as when its target is down.
    """
    targets: dict[NumberRange, NumberRange] = {}
    fallbacks: dict[NumberRange, NumberRange] = {}
    seen, ahead = {start}, [target]
    while ahead:
        for row in await rules.rules_touching(ahead.pop()):
            source = NumberRange(row["number"], row["last"])
            if source in seen:
                continue
            seen.add(source)
            if row["target"]:
                size = source.size if row["keep_extension"] else 1
                targets[source] = _goal(row["target"], size)
                ahead.append(targets[source])
            if row["fallback_target"]:
                fallbacks[source] = NumberRange.single(row["fallback_target"])
                ahead.append(fallbacks[source])
    usual, otherwise = following(targets), following(fallbacks)

    def next_numbers(number: str) -> Iterator[str]:
        return chain(usual(number), otherwise(number))

    return next_numbers
