"""Telling what the network does with one number or block now."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

import asyncpg
import structlog

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import Event, derived_id
from contracts.forwardings import ForwardingApplied, ForwardingFailed
from contracts.number_range import NumberRange
from forwarding.domain import Arming, Diversion, diversion
from forwarding.option_store import ends_of
from forwarding.store import FactStore

log = structlog.get_logger()

InEffect = tuple[Arming, Diversion]

REFUSED = "switch_refused"
DOWN = "!"
"""What was told of a scope whose target is down and has no fallback."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A number or block that something is told of, and whose it is."""

    numbers: NumberRange
    customer_number: str
    head: str = ""
    """What all its events share, see `head_of`."""
    told: str | None = None
    """Where its calls went by the last event, for those with `target_places`."""

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """Return the scope of a row of `arming`."""
        numbers = NumberRange(row["number"], row["last"])
        return cls(numbers, row["customer_number"], row["head"], row["told"])


class Change(NamedTuple):
    """What the network does with a scope since now, and why it changed."""

    scope: Scope
    now: InEffect | None
    reason: str
    outage_id: str | None = None
    """The outage by which it changed; named where none is in effect any more."""


async def in_effect_now(
    connection: Connection, numbers: NumberRange
) -> InEffect | None:
    """Return where calls to these numbers go now, by the acknowledged facts."""
    found = await _acknowledged(connection, [numbers])
    if not found:
        return None
    [now] = await in_effect_of(connection, list(found.items()))
    return now


async def in_effect_among(
    connection: Connection, scopes: Sequence[NumberRange]
) -> dict[NumberRange, InEffect]:
    """Return which scopes' calls are diverted now, by the acknowledged facts."""
    found = await _acknowledged(connection, scopes)
    if not found:
        return {}
    now = await in_effect_of(connection, list(found.items()))
    return {numbers: one for numbers, one in zip(found, now, strict=True) if one}


async def in_effect_of(
    connection: Connection, asked: Sequence[tuple[NumberRange, Arming]]
) -> list[InEffect | None]:
    """Return where calls to numbers go now by what the switch acknowledged of each."""
    facts = FactStore(connection)
    places = {p for _, arming in asked for p in (*arming.places, *arming.target_places)}
    outages = await facts.open_outages(list(places))
    causes = await facts.live_causes([(each, arming.alone) for each, arming in asked])
    held = await facts.held()
    found = (
        (arming, diversion(arming, outages, its, held=held))
        for (_, arming), its in zip(asked, causes, strict=True)
    )
    return [(arming, where) if where else None for arming, where in found]


async def _acknowledged(
    connection: Connection, scopes: Sequence[NumberRange]
) -> dict[NumberRange, Arming]:
    """Return what the switch holds for each of these, or for the block around it."""
    rows = await connection.fetch(
        """
        SELECT s.place, held.*
          FROM unnest($1::text[], $2::text[], $3::text[])
               WITH ORDINALITY AS s (first, last, lowest, place)
         CROSS JOIN LATERAL (
               SELECT value, customer_number, head FROM arming
                WHERE number BETWEEN s.lowest AND s.first AND last >= s.last
                  AND length(number) = length(s.first)
                  AND live_seq IS NOT NULL AND value IS NOT NULL
             ORDER BY last::bigint - number::bigint, number DESC
                LIMIT 1) AS held
        """,
        *ends_of(scopes),
    )
    return {scopes[row["place"] - 1]: arming_of(row) for row in rows}


def arming_of(row: asyncpg.Record) -> Arming:
    """Return what the switch holds by a row of `arming` with a value."""
    value = json.loads(row["value"])
    return Arming(
        NumberRange(value["first"], value["last"] or value["first"]),
        row["customer_number"],
        tuple(value["places"]),
        value["target"],
        keep_extension=value["keep_extension"],
        fallback=value["fallback"],
        target_places=tuple(value["target_places"]),
        planned=value["planned"],
        alone=value.get("alone", False),
        source="block" if '"rule":"block"' in row["head"] else "own",
    )


def head_of(arming: Arming) -> str:
    """
    Return the part of ForwardingApplied that all events of an arming share.

    Without what is so by default: a mass flip writes it once a number.
    """
    numbers = arming.numbers
    head: dict[str, Any] = {
        "number": numbers.first,
        "customer_number": arming.customer_number,
        "line": arming.line,
        "target": arming.target,
    }
    if not numbers.is_single:
        head["last"] = numbers.last
    if arming.keep_extension:
        head["keep_extension"] = True
    if arming.source != "own":
        head["rule"] = arming.source
    return json.dumps(head, separators=(",", ":"), ensure_ascii=True)[:-1]


def said(now: InEffect | None) -> str | None:
    """Return what is told of such a state, in short."""
    return (now[1].target or DOWN) if now else None


def words_of(numbers: NumberRange, now: InEffect) -> str:
    """Return all that is told of such a state: no other event says the same."""
    causes = [cause.model_dump(mode="json") for cause in now[1].causes]
    return json.dumps([_head_now(numbers, now), causes])


async def tell_scope(
    connection: Connection,
    scope: Scope,
    now: InEffect | None,
    seq: int,
    *,
    reason: str,
    at: datetime,
) -> None:
    """Queue what the network does with one scope now."""
    await tell_scopes(connection, [Change(scope, now, reason)], seq, at=at)


async def tell_scopes(
    connection: Connection, changes: Sequence[Change], seq: int, *, at: datetime
) -> None:
    """Queue what the network does with each scope now, in their order."""
    await note_told(connection, changes)
    await outbox.add_all(
        connection, dict(_told(change, seq, at=at) for change in changes), at=at
    )


async def note_told(connection: Connection, changes: Sequence[Change]) -> None:
    """Note what is known to readers of each scope from now on."""
    await connection.execute(
        """
        UPDATE arming a
           SET told = n.told
          FROM unnest($1::text[], $2::text[]) AS n (scope, told)
         WHERE a.scope = n.scope AND a.target_places IS NOT NULL
        """,
        [str(change.scope.numbers) for change in changes],
        [said(change.now) for change in changes],
    )


def _told(change: Change, seq: int, *, at: datetime) -> tuple[str, Event]:
    """Return what is told of a change, and its id."""
    scope, now = change.scope, change.now
    if now and now[1].target is None:
        return _failed(scope, "target_down", 1, seq=seq, at=at)
    return f"{seq}:{scope.numbers}", _applied(change, seq, at=at)


def _applied(change: Change, seq: int, *, at: datetime) -> ForwardingApplied:
    scope, now = change.scope, change.now
    causes = now[1].causes if now else ()
    outages = [one.id for one in causes if one.type == "outage"]
    head = _head_now(scope.numbers, now) if now else _head_until_now(scope)
    return ForwardingApplied.model_validate(
        head
        | {
            "number": scope.numbers.first,
            "last": None if scope.numbers.is_single else scope.numbers.last,
            "in_effect": now is not None,
            "outage_id": outages[0] if outages else change.outage_id,
            "causes": causes,
            "reason": change.reason,
            "version": seq,
            "applied_at": at,
        }
    )


def _head_now(numbers: NumberRange, now: InEffect) -> dict[str, Any]:
    arming, found = now
    target, keeps = found.target, arming.keep_extension
    is_own = arming.numbers == numbers
    if target and keeps and not is_own:
        other = NumberRange.starting(target, size=arming.numbers.size)
        target, keeps = arming.numbers.same_extension_in(other, numbers.first), False
    return {
        # Whose rule it is: an entry that is going away may have been another's.
        "customer_number": arming.customer_number,
        "line": arming.line,
        "target": target,
        "keep_extension": keeps and found.target == arming.target,
        "rule": arming.source if is_own else "block",
    }


def _head_until_now(scope: Scope) -> dict[str, Any]:
    known = json.loads(scope.head + "}") if scope.head else {"line": "", "target": None}
    return {**known, "customer_number": scope.customer_number}


async def tell_refusal(
    connection: Connection,
    row: asyncpg.Record,
    reason: str,
    attempts: int,
    *,
    seq: int,
    at: datetime,
) -> None:
    """Tell a customer, and the log, that the switch does not follow a rule of his."""
    log.warning(REFUSED, scope=row["scope"], reason=reason, attempts=attempts)
    scope = Scope.of(row)
    await tell_failure(connection, scope, REFUSED, attempts, seq=seq, at=at)


async def tell_failure(
    connection: Connection,
    scope: Scope,
    code: str,
    attempts: int,
    *,
    seq: int,
    at: datetime,
) -> None:
    """Queue that the network does not do for a scope what it should, yet."""
    event_id, event = _failed(scope, code, attempts, seq=seq, at=at)
    await outbox.add(connection, event, at=at, event_id=event_id)


def _failed(
    scope: Scope, code: str, attempts: int, *, seq: int, at: datetime
) -> tuple[str, Event]:
    numbers = scope.numbers
    event = ForwardingFailed(
        number=numbers.first,
        last=None if numbers.is_single else numbers.last,
        customer_number=scope.customer_number,
        code=code,
        attempts=attempts,
        version=seq,
        failed_at=at,
    )
    return derived_id("failed", code, seq, numbers, attempts), event
