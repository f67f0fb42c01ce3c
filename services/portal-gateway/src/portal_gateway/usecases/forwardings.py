"""Seeing and wishing: the entries of a customer, and what he asks for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from chassis import outbox
from chassis.postgres import Connection
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain import ruling
from portal_gateway.domain.causes import running
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture, Setting, is_block
from portal_gateway.domain.judging import check_open, refused
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import history, picture, wishes
from portal_gateway.usecases import admission, once, targets
from portal_gateway.usecases.admission import Who
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.live import Subscription
from portal_gateway.usecases.wishing import REMOVING, Wish, noted, setting_wish

Person = Literal["manual", "drill"]
LOOK_AGAIN = 0.25
"""Seconds between looks for an answer whose hint was lost."""


@dataclass(frozen=True, slots=True)
class Named:
    """A number as the path names it, and whose it should be."""

    customer: str
    number: str
    single: bool = False
    block: bool = False
    """It must be a block: else nothing is meant."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An entry after a wish, and whether the wish is in force."""

    entry: Entry
    settled: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish on its way: for what, and by whom."""

    named: Named
    who: Who
    match: Callable[[Entry], None]
    """Raises Refused when the entry is not the one that the client saw."""


async def listed(gateway: Gateway, customer: str) -> list[Entry]:
    """Return all entries of the customer in the order of the numbers."""
    async with gateway.transaction() as connection:
        known = await picture.of_customer(connection, customer, at=gateway.now())
    return entry_rules.entries(known)


async def one(gateway: Gateway, named: Named) -> Entry:
    """Return one entry; raises Refused where it is not the customer's."""
    async with gateway.transaction() as connection:
        return found(await around(gateway, connection, named), named)


async def block_rule(gateway: Gateway, named: Named) -> Setting | None:
    """Return the rule of the block that a number is in, as it holds for the number."""
    if not named.single:
        return None
    async with gateway.transaction() as connection:
        known = await around(gateway, connection, named)
    return ruling.rule_around(known, (named.number, named.number))


async def around(gateway: Gateway, connection: Connection, named: Named) -> Picture:
    """Return the facts that touch one number."""
    return await picture.of_customer(
        connection, named.customer, at=gateway.now(), around=named.number
    )


def found(known: Picture, named: Named) -> Entry:
    """Return the entry that was named; raises Refused where it is not his."""
    entry = entry_rules.find(known, named.number, single=named.single)
    if entry is None or (named.block and not is_block(entry.span)):
        raise not_found()
    return entry


async def set_rule(gateway: Gateway, ask: Ask, changes: dict[str, Any]) -> Outcome:
    """Change the own rule of a number; what `changes` does not name stays."""

    async def decide(connection: Connection, known: Picture, entry: Entry) -> _Step:
        check_open(entry)
        wish = ruling.rule_of(known, entry.span)
        own = wish.shown if wish else None
        admitted = await admission.begin(gateway, connection, ask.who)
        setting = await targets.checked(
            connection,
            ask.named.customer,
            entry,
            own or Setting(),
            changes,
            admitted.policy,
            at=known.now,
        )
        is_so = own == setting or not changes
        if is_so and not ruling.is_unheard(wish, known.now):
            return None
        refused = admitted.objection(entry.span, setting)
        await admitted.keep(connection)
        return refused or setting_wish(setting, admitted.countries)

    return await _wish(gateway, ask, decide)


async def remove_rule(gateway: Gateway, ask: Ask) -> Outcome:
    """Take the own rule away: inside a block the block's rule holds again."""

    async def decide(_c: Connection, known: Picture, entry: Entry) -> _Step:
        check_open(entry)
        wish = ruling.rule_of(known, entry.span)
        is_so = wish is None or wish.shown is None
        if is_so and not ruling.is_unheard(wish, known.now):
            return None
        return REMOVING

    return await _wish(gateway, ask, decide)


async def start(
    gateway: Gateway, ask: Ask, cause: Person, lasting: timedelta | None = None
) -> Outcome:
    """Divert now, because a person says so; raises Refused without an armed rule."""

    async def decide(_c: Connection, known: Picture, entry: Entry) -> _Step:
        check_open(entry)
        if not entry.is_armed:
            raise Refused("not_armed")
        surely_runs = _runs(known, entry, cause) and not _is_asked(known, entry)
        if cause == "manual" and surely_runs:
            return None
        ends_at = gateway.now() + lasting if lasting else None
        more = {"action": "start", "cause": cause, "ends_at": ends_at}
        return Wish(_own(known, entry), more)

    return await _wish(gateway, ask, decide)


async def stop(gateway: Gateway, ask: Ask, cause: Person) -> Outcome:
    """End what a person started."""

    async def decide(_c: Connection, known: Picture, entry: Entry) -> _Step:
        check_open(entry)
        if not (_runs(known, entry, cause) or _is_asked(known, entry)):
            return None
        return Wish(_own(known, entry), {"action": "stop", "cause": cause})

    return await _wish(gateway, ask, decide)


async def check_target(gateway: Gateway, named: Named, text: str) -> str:
    """Return the canonical target; raises Refused with what a save would say."""
    async with gateway.transaction() as connection:
        known = await around(gateway, connection, named)
        entry = found(known, named)
        check_open(entry)
        policy = await admission.policy_of(connection, named.customer)
        return await targets.check(
            connection, named.customer, entry, text, policy, at=known.now
        )


_Step = Wish | Refused | None
"""What is asked; or why not, after what was noted of it was kept; None: it is so."""
_Decide = Callable[[Connection, Picture, Entry], Awaitable[_Step]]


async def _wish(gateway: Gateway, ask: Ask, decide: _Decide) -> Outcome:
    """Load, decide, keep and tell in one transaction; then wait for the answer."""
    named = ask.named
    with gateway.hub.subscription(named.customer) as changes:
        async with gateway.changing(named.customer) as connection:
            known = await around(gateway, connection, named)
            entry = found(known, named)
            step: _Step = None
            if asked := await once.effect(connection):
                version = int(asked)
            else:
                ask.match(entry)
                step = await decide(connection, known, entry)
                if step is None:
                    return Outcome(entry, settled=entry.asked_at is None)
                if isinstance(step, Wish):
                    version = await _ask(gateway, connection, ask, entry, step)
        if isinstance(step, Refused):
            raise step
        return await _answered(gateway, changes, named, entry, version)


async def _ask(
    gateway: Gateway, connection: Connection, ask: Ask, entry: Entry, step: Wish
) -> int:
    now, span = gateway.now(), entry.span
    version = await wishes.next_version(connection, span)
    event = step.event(
        ask.named.customer,
        ask.who.actor,
        span,
        version=version,
        option_version=entry.option_version,
        at=now,
    )
    await wishes.ask(connection, event, step.wished)
    await outbox.add(connection, event, at=now)
    await once.note_effect(connection, str(event.version))
    action, detail = noted(event, entry.rule)
    await history.note(
        connection,
        action,
        at=now,
        actor=ask.who.actor,
        customer=ask.named.customer,
        span=span,
        detail=detail,
    )
    await picture.tell_changed(connection, ask.named.customer, [span])
    return event.version


async def _answered(
    gateway: Gateway, changes: Subscription, named: Named, entry: Entry, version: int
) -> Outcome:
    """Wait a little for forwarding's answer; raises Refused with what it objected."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + gateway.settings.confirm_wait.total_seconds()
    while True:
        async with gateway.transaction() as connection:
            answer = await wishes.answer_to(connection, entry.span, version)
        left = deadline - clock()
        if answer or left <= 0:
            break
        await changes.take(timeout=min(LOOK_AGAIN, left))
    if answer and answer[0] == "refused":
        raise refused(answer[1] or "refused", chain=answer[2])
    single = Named(named.customer, entry.span[0], single=not is_block(entry.span))
    return Outcome(await one(gateway, single), settled=answer is not None)


def _own(known: Picture, entry: Entry) -> Setting | None:
    wish = ruling.rule_of(known, entry.span)
    return wish.shown if wish else None


def _runs(known: Picture, entry: Entry, cause: Person) -> bool:
    return any(started.cause.type == cause for started in running(known, entry.span))


def _is_asked(known: Picture, entry: Entry) -> bool:
    """Tell whether an answer is out: what runs now may not run after it."""
    wish = known.wishes.get(entry.span)
    return wish is not None and wish.is_pending
