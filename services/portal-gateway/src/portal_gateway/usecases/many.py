"""The same for many numbers at once: one look, one transaction, one answer each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import new_id
from portal_gateway.domain import entry as entry_rules
from portal_gateway.domain import ruling
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture, Range, Setting, is_block
from portal_gateway.domain.judging import Judge, check_open
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import history, picture, wishes
from portal_gateway.usecases import admission
from portal_gateway.usecases.admission import Admission, Who
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.wishing import REMOVING, noted, setting_wish

MOST = 20_000
"""More at once would hold the customer's lock for too long."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for one number or block; `changes` None: no own rule any more."""

    span: Range
    changes: dict[str, Any] | None
    version: int | None = None
    """The version that the person saw; None: whatever there is now."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a change: refused, or the own rule before and after."""

    span: Range
    before: Setting | None
    after: Setting | None
    refused: Refused | None = None
    version: int | None = None
    """Of the wish that it became."""

    @property
    def is_new(self) -> bool:
        """Tell whether something is different now."""
        return self.refused is None and self.before != self.after


async def change(
    gateway: Gateway,
    who: Who,
    asked: Sequence[Change],
    *,
    try_only: bool = False,
) -> list[Done]:
    """
    Change the rules of many numbers; each is taken or refused by itself.

    The answers come in the order of what was asked. Later changes see earlier ones, so
    that no circle slips through. `try_only` tells what would become of it and does
    nothing. Nobody waits for forwarding: what is taken is pending.
    """
    if len(asked) > MOST:
        raise Refused("too_many_numbers", facts={"most": MOST})
    customer = who.customer
    async with gateway.changing(customer) as connection:
        known = await picture.of_customer(connection, customer, at=gateway.now())
        admitted = await admission.begin(gateway, connection, who)
        answering = _Answering(known, admitted)
        answers = [answering.of(one) for one in asked]
        if not try_only:
            admission.check_confirmed(done.refused for _, done in answers)
            taken = [(e, d) for e, d in answers if e and d.is_new]
            asked_for = await _ask_all(
                gateway, connection, who, taken, admitted.countries
            )
            await admitted.keep(connection)
            return [
                replace(done, version=asked_for.get(done.span)) for _, done in answers
            ]
    return [done for _, done in answers]


async def _ask_all(
    gateway: Gateway,
    connection: Connection,
    who: Who,
    taken: Sequence[tuple[Entry, Done]],
    countries: list[str],
) -> dict[Range, int]:
    """Let forwarding know what is taken; return the versions of the wishes."""
    now, customer, actor = gateway.now(), who.customer, who.actor
    known = await wishes.versions(connection, [done.span[0] for _, done in taken])
    asked, history_rows = [], []
    for entry, done in taken:
        wish = setting_wish(done.after, countries) if done.after else REMOVING
        known[done.span] = version = known.get(done.span, 0) + 1
        event = wish.event(
            customer,
            actor,
            done.span,
            version=version,
            option_version=entry.option_version,
            at=now,
        )
        asked.append((event, wish.wished))
        action, detail = noted(event, entry.rule)
        history_rows.append((action, done.span, detail))
    await wishes.ask_all(connection, asked)
    events = {new_id(): event for event, _ in asked}
    await outbox.add_all(connection, events, at=now)
    await history.note_all(
        connection, history_rows, at=now, actor=actor, customer=customer
    )
    await picture.tell_changed(connection, customer, [done.span for _, done in taken])
    return {done.span: known[done.span] for _, done in taken}


class _Answering:
    """Says what becomes of a change, one after the other."""

    def __init__(self, known: Picture, admitted: Admission) -> None:
        self._known = known
        self._admitted = admitted
        self._judge = Judge.of(known, admitted.policy)
        self._now: dict[Range, Setting | None] = {}

    def of(self, asked: Change) -> tuple[Entry | None, Done]:
        """Return the entry as it was, and what becomes of it."""
        single = not is_block(asked.span)
        entry = entry_rules.find(self._known, asked.span[0], single=single)
        if entry is None or entry.span != asked.span:
            return None, Done(asked.span, None, None, not_found())
        before = self._own(entry)
        try:
            after = self._after(asked, entry, before)
        except Refused as refused:
            return entry, Done(entry.span, before, before, refused)
        self._now[entry.span] = after
        self._judge.note(entry.span, after)
        return entry, Done(entry.span, before, after)

    def _own(self, entry: Entry) -> Setting | None:
        if entry.span in self._now:
            return self._now[entry.span]
        wish = ruling.rule_of(self._known, entry.span)
        return wish.shown if wish else None

    def _after(
        self, asked: Change, entry: Entry, before: Setting | None
    ) -> Setting | None:
        check_open(entry)
        if asked.version is not None and asked.version != entry.version:
            raise Refused("version_mismatch")
        changes: dict[str, Any] | None = asked.changes
        if changes == {"enabled": True}:
            changes = ruling.switching_on(before, self._around(entry))
        if changes is None:
            return None
        own = before or Setting()
        after = self._judge.settled(entry, own, replace(own, **changes))
        if after == before:
            return after
        if refused := self._admitted.objection(entry.span, after):
            raise refused
        return after

    def _around(self, entry: Entry) -> Setting | None:
        """Return the block's rule, as it is after the changes until now."""
        if entry.block in self._now:
            block = self._now[entry.block]
            return block.inside(entry.block, entry.span[0]) if block else None
        return ruling.rule_around(self._known, entry.span)
