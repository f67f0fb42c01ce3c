"""May calls go there? What a save would say, said before it is sent."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chassis.postgres import Connection
from contracts.number_range import NumberRange
from contracts.phone_number import parse_phone_number
from contracts.refusal import Refusal
from contracts.refusal import Refused as Unclear
from contracts.target_check import (
    RulePlace,
    TargetPolicy,
    check_block_target,
    check_target,
)
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Range, Setting, is_block
from portal_gateway.domain.refused import Refused
from portal_gateway.store import neighbours

TEXTS = ("target", "fallback_target")


async def checked(
    connection: Connection,
    customer: str,
    entry: Entry,
    own: Setting,
    changes: dict[str, Any],
    policy: TargetPolicy,
) -> Setting:
    """Return the rule after the changes with canonical targets; raises Refused."""
    setting = replace(own, **changes)
    if not to_check(own, setting):
        return settled(entry, own, changes, RulePlace(_range(entry.span)), policy)
    place = await _place(connection, customer, entry)
    return settled(entry, own, changes, place, policy)


def settled(
    entry: Entry,
    own: Setting,
    changes: dict[str, Any],
    place: RulePlace,
    policy: TargetPolicy,
) -> Setting:
    """Return the same, for a place that is known; raises Refused."""
    setting = replace(own, **changes)
    if setting.enabled and not setting.target:
        raise Refused("target_missing")
    if setting.keep_extension and not is_block(entry.span):
        raise Refused("keep_extension_needs_block")
    for name in to_check(own, setting):
        target = accepted(
            getattr(setting, name),
            place=place,
            policy=policy,
            keep_extension=setting.keep_extension and name == "target",
            field=name,
        )
        setting = _with(setting, name, target)
    if setting.fallback_target and setting.fallback_target == setting.target:
        raise Refused("fallback_is_target")
    return setting


def to_check(own: Setting, setting: Setting) -> list[str]:
    """Return which targets are new, or stored and about to be used."""
    return [
        name
        for name in TEXTS
        if getattr(setting, name) is not None and _needs_check(name, own, setting)
    ]


async def check(
    connection: Connection,
    customer: str,
    entry: Entry,
    text: str,
    policy: TargetPolicy,
) -> str:
    """Return the canonical target; raises Refused with what a save would say."""
    place = await _place(connection, customer, entry)
    return accepted(text, place=place, policy=policy, keep_extension=False)


def accepted(
    text: str,
    *,
    place: RulePlace,
    policy: TargetPolicy,
    keep_extension: bool,
    field: str = "target",
) -> str:
    """Return the canonical target; raises Refused with code, suggestion and chain."""
    judge = check_block_target if keep_extension else check_target
    answer = judge(text, place=place, contract=policy)
    if isinstance(answer, Refusal):
        raise refused(
            answer.code,
            chain=answer.chain,
            suggestion=answer.suggestion,
            facts=dict(answer.facts),
            field=field,
        )
    return answer.number


def canonical(text: str) -> str:
    """Return a number as it is stored; what cannot be read comes back as it was."""
    try:
        return parse_phone_number(text)
    except Unclear:
        return text


def refused(
    code: str,
    *,
    chain: Sequence[str] = (),
    suggestion: str | None = None,
    facts: dict[str, object] | None = None,
    field: str = "target",
) -> Refused:
    """Return the refusal of a target as the API tells it."""
    more = {"suggestion": suggestion, "chain": list(chain), "field": field}
    return Refused(code, facts={**(facts or {}), **more}, more=more)


def _with(setting: Setting, name: str, target: str) -> Setting:
    if name == "target":
        return replace(setting, target=target)
    return replace(setting, fallback_target=target)


def _needs_check(name: str, own: Setting, setting: Setting) -> bool:
    """Tell whether the target is new, or a stored one is about to be used."""
    is_new = getattr(own, name) != getattr(setting, name)
    turned = own.keep_extension != setting.keep_extension
    return is_new or turned or (setting.enabled and not own.enabled)


async def _place(connection: Connection, customer: str, entry: Entry) -> RulePlace:
    around = await neighbours.of(connection, customer, entry.span, entry.line)
    own = _range(entry.span)
    rules = {
        _range(span): _target_range(span, target, keep_extension=keep)
        for span, target, keep in around.rules
    }
    return RulePlace(
        number=own,
        block=_range(entry.block) if entry.block else None,
        same_line=tuple(_range(span) for span in around.same_line),
        rules=rules,
    )


def _range(span: Range) -> NumberRange:
    return NumberRange(*span)


def _target_range(span: Range, target: str, *, keep_extension: bool) -> NumberRange:
    if not keep_extension:
        return NumberRange.single(target)
    return NumberRange.starting(target, size=_range(span).size)
