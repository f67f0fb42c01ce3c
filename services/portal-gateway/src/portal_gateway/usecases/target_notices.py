"""Which notices granted rules bring about: contacts hear of each other target."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.forwardings import ForwardingConfigured, RuleSetting
from portal_gateway.domain.facts import Range, Setting, target_ends
from portal_gateway.store import imports, known_targets, notices
from portal_gateway.store.known_targets import Named
from portal_gateway.store.wishes import InForce
from portal_gateway.usecases.admission import named_by
from portal_gateway.usecases.notices import SETTLING

Before = Mapping[tuple[str, Range], InForce]
"""What was in force before answers came, by customer and range."""


@dataclass(frozen=True, slots=True)
class _Granted:
    """A rule with a target that forwarding took over."""

    event: ForwardingConfigured
    told_at: datetime
    span: Range
    target: Range
    before: Range | None
    is_news: bool
    named: frozenset[Named]


@dataclass(frozen=True, slots=True)
class _Notice:
    """What the contacts of a customer are told once."""

    at: datetime
    due_at: datetime
    detail: dict[str, object]
    always: bool


async def of_targets(
    connection: Connection,
    told: Sequence[Received[ForwardingConfigured]],
    before: Before,
) -> None:
    """Tell that calls go to other targets from now on; an import is told once."""
    granted = list(_granted(told, before))
    untold = await _untold(connection, granted)
    files = await imports.of_wishes(
        connection, [(one.span, one.event.version) for one in granted if one.is_news]
    )
    causes: dict[tuple[str, str], _Notice] = {}
    for one in granted:
        new = {(name.customer, name.target) for name in one.named} & untold
        untold -= new
        if one.is_news and (new or one.before != one.target):
            file = files.get((one.span, one.event.version))
            cause, notice = _notice(one, file, always=bool(new))
            key = (one.event.customer_number, cause)
            first = causes.setdefault(key, notice)
            causes[key] = replace(first, always=first.always or notice.always)
    for (customer, cause), notice in causes.items():
        await notices.tell_customers(
            connection,
            "target_set",
            [(customer, cause)],
            at=notice.at,
            due_at=notice.due_at,
            detail=notice.detail,
            always=notice.always,
        )


def _granted(
    told: Sequence[Received[ForwardingConfigured]], before: Before
) -> Iterator[_Granted]:
    """Return the rules among answers, each with what the one before it left."""
    known = dict(before)
    for one in told:
        event, rule = one.event, one.event.rule
        span = (event.number, event.last or event.number)
        key = (event.customer_number, span)
        then = known.get(key)
        target = _ends(span, rule)
        if then is None or then.version <= event.version:
            known[key] = InForce(event.version, target)
        is_granted = event.action == "set" and event.outcome == "accepted"
        if is_granted and target:
            yield _Granted(
                event,
                one.time,
                span,
                target,
                then.target if then else None,
                then is None or then.version < event.version,
                _named(event, span),
            )


def _ends(span: Range, rule: RuleSetting | None) -> Range | None:
    return target_ends(span, rule.target, keeps=rule.keep_extension) if rule else None


def _named(event: ForwardingConfigured, span: Range) -> frozenset[Named]:
    if event.rule is None:
        return frozenset()
    rule = Setting(
        target=event.rule.target,
        keep_extension=event.rule.keep_extension,
        fallback_target=event.rule.fallback_target,
    )
    return frozenset(
        Named(event.customer_number, target, event.requested_by, event.configured_at)
        for target in named_by(span, rule)
    )


async def _untold(
    connection: Connection, granted: Sequence[_Granted]
) -> set[tuple[str, str]]:
    """Return which targets of whom nobody was told of; from now on they are known."""
    named = [name for one in granted for name in one.named]
    if not named:
        return set()
    await known_targets.add(connection, named, ready_at=known_targets.AT_ONCE)
    pairs = {(name.customer, name.target) for name in named}
    return await known_targets.take_untold(connection, pairs)


def _notice(
    one: _Granted, file: tuple[str, str] | None, *, always: bool
) -> tuple[str, _Notice]:
    """Return the cause of a notice, and what it says."""
    by, at = one.event.requested_by, one.event.configured_at.isoformat()
    if file:
        detail: dict[str, object] = {"import": file[1], "by": by, "at": at}
        due_at = one.told_at + SETTLING
        return " ".join(file), _Notice(one.told_at, due_at, detail, always)
    detail = {
        "number": one.span,
        **_told("before", one.before),
        **_told("target", one.target),
        "by": by,
        "at": at,
    }
    cause = f"{one.span[0]}-{one.span[1]} {one.event.version}"
    return cause, _Notice(one.told_at, one.told_at, detail, always)


def _told(name: str, target: Range | None) -> dict[str, object]:
    first, last = target or (None, None)
    return {name: first, f"{name}_last": last}
